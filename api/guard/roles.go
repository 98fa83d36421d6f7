package guard

import "strings"

// anybody lets a caller without a name read, on loopback without TLS only.
const anybody = "anybody"

// Who may do what. A method that is not listed is open to nobody; a test fails
// when the contract has one that is missing here.
var (
	readers  = []string{"supervisor", "manager", "edt", "auditor", anybody}
	readers2 = []string{"supervisor", "manager", "edt", "auditor"} // what is read is recorded under a name
	deciders = []string{"supervisor", "manager"}
	desk     = []string{"supervisor", "manager", "edt"}
	auditors = []string{"auditor", "manager", "supervisor", anybody}
	owners   = []string{"manager"}
	holders  = []string{"manager", "auditor"}
	police   = []string{"police", "operator", "supervisor", "manager"}
	watchers = []string{"supervisor", "manager", "edt", "auditor", "operator", anybody}
)

var methods = map[string][]string{
	"QueueService/ListItems":       readers,
	"QueueService/GetItem":         readers,
	"QueueService/WatchItems":      readers,
	"QueueService/ExplainItem":     readers,
	"QueueService/GetQueueStats":   watchers,
	"QueueService/ClaimNext":       deciders,
	"QueueService/ClaimItem":       deciders,
	"QueueService/RenewClaim":      deciders,
	"QueueService/ReleaseItem":     deciders,
	"QueueService/DecideItem":      deciders,
	"QueueService/RecordInterim":   desk,
	"QueueService/AnswerBell":      desk,
	"QueueService/OverrideBand":    deciders,
	"QueueService/AskPolice":       deciders,
	"QueueService/JoinItems":       deciders,
	"QueueService/SplitNotice":     deciders,
	"QueueService/ConfirmLink":     deciders,
	"QueueService/RejectLink":      deciders,
	"QueueService/CorrectFact":     deciders,
	"QueueService/StrikeNotice":    deciders,
	"QueueService/SetChildStatus":  deciders,
	"QueueService/EraseItem":       owners,
	"QueueService/PlaceHold":       holders,
	"QueueService/LiftHold":        owners,
	"QueueService/ImportCaseList":  owners,
	"NoticeService/SubmitNotice":   police,
	"NoticeService/GetReceipt":     police,
	"NoticeService/GetQuality":     watchers,
	"NoticeService/GetNotice":      readers2,
	"NoticeService/StreamNotices":  auditors,
	"AuditService/ListEvents":      auditors,
	"AuditService/GetCheckpoint":   watchers,
	"AuditService/GetWorldAt":      auditors,
	"RulesService/GetRuleset":      watchers,
	"RulesService/CheckRuleset":    watchers,
	"RulesService/ActivateRuleset": owners,
	"RulesService/WhatIf":          auditors,
}

// roles returns who may call a method; nil and true for health and reflection.
func roles(method string) ([]string, bool) {
	name := strings.TrimPrefix(method, "/triage.v1.")
	if name == method {
		return nil, strings.HasPrefix(method, "/grpc.health.") || strings.HasPrefix(method, "/grpc.reflection.")
	}
	allowed, ok := methods[name]
	return allowed, ok
}
