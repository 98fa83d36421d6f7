package triage

import "time"

// Event is one change. Its place in the log is (Commit.Seq, index).
type Event interface {
	// Target is the item that the event changes, empty if it changes none.
	Target() ItemID
}

// NoticeRead says that a mail was taken in and what it is.
type NoticeRead struct {
	Notice     NoticeID
	Seq        uint64 // in the notices stream
	SHA256     string // hex, of the mail as received
	StreamTime time.Time
	Received   time.Time // the earlier of the topmost Received header and StreamTime
	Force      string    // last token of the subject it came on
	Kind       LetterKind
	Why        string // sign that decided a Kind other than notice
	MessageID  string // hex SHA-256 of the Message-ID, empty if none
	Content    string // Letter.ContentHash
	From       string // domain of the sender, ".pnn." folded
	Auth       []string
	Problems   []Problem
	Program    string // version of the program that read it
}

// ItemOpened begins an item with its first notice.
type ItemOpened struct {
	Item  ItemID
	Entry Entry
}

// NoticeJoined adds a notice to an item.
type NoticeJoined struct {
	Item  ItemID
	Entry Entry
}

// ItemScored sets children, score, band and due time by the rules.
type ItemScored struct {
	Item     ItemID
	Children []Child
	Score    Score
	History  History
	Due      time.Time // by the band at that time; never later than before
	Rescore  bool      // by new rules: a lower band is only proposed
	Raised   bool      // the band is higher than the one that the item stood at
}

// ItemLinked records that an item concerns a child or household seen before.
type ItemLinked struct {
	Item ItemID
	Link Link
}

// Relation is how a notice came to its item.
type Relation uint8

// The relations of policy.md's table.
const (
	RelationUnknown Relation = iota
	RelationNew
	RelationResend
	RelationUpdate
	RelationSameIncident
	RelationRepeat
)

// Link ties an item to an earlier one.
type Link struct {
	To        ItemID
	Kind      LinkKind
	Child     string // Child.ID of this item, empty for a household or person link
	Weight    int    // match weight in hundredths of a bit
	Why       []string
	Confirmed bool       // by a unique match or a person
	Rejected  bool       // by a person, for ever
	Notices   []NoticeID // that give the link; it goes with the last of them unless a person has judged it
}

// LinkKind says what two items share.
type LinkKind uint8

// The kinds of link. Possible counts for nothing until a person confirms it.
const (
	LinkUnknown LinkKind = iota // nothing: takes back what only notices gave
	LinkChild
	LinkHousehold
	LinkPossible
	LinkAlleged
)

// Opened says that a person opened a notice's source text.
type Opened struct {
	Item   ItemID
	Notice NoticeID
}

// Claimed gives an item to one person until a time.
type Claimed struct {
	Item  ItemID
	Token uint64 // fencing token: the log sequence the claim was computed at plus one; grows for ever
	Until time.Time
}

// ClaimRenewed moves the end of a claim.
type ClaimRenewed struct {
	Item  ItemID
	Token uint64
	Until time.Time
}

// Released gives an item back, with its age.
type Released struct {
	Item   ItemID
	Token  uint64
	Reason string // required when the item was skipped
}

// ClaimExpired gives an item back because its holder's time ran out.
type ClaimExpired struct {
	Item  ItemID
	Token uint64
}

// Decided records a named person's decision on children of an item.
type Decided struct {
	Item      ItemID
	Token     uint64
	Decisions []Decision
}

// Decision is what was decided for one child.
type Decision struct {
	Child          string // Child.ID; empty where the item names no child
	Outcome        string // DfE contact outcome code or a local one
	Threshold      string // level of the local threshold document
	Rationale      string
	ParentSpoken   string // "yes", or why not
	Consent        string // "given", "refused", "dispensed"
	ConsentWhy     string
	SeenBy         string
	Checks         []string
	StrategyAt     time.Time
	CaseID         string
	ReferrerToldAt time.Time
	By             string // set by Apply
	At             time.Time
}

// InterimRecorded is the out-of-hours team's action: it silences the bell,
// keeps item and clock.
type InterimRecorded struct {
	Item     ItemID
	Words    string
	SafeWith string
}

// BandOverridden is a person's own band, with a reason. It may lower.
type BandOverridden struct {
	Item   ItemID
	Token  uint64
	Band   Band
	Due    time.Time
	Reason string
}

// BreachRisk says that an item's time is nearly used up.
type BreachRisk struct{ Item ItemID }

// Overdue says that an item's time has passed.
type Overdue struct{ Item ItemID }

// RulesActivated makes a ruleset the one that scores from here on.
type RulesActivated struct {
	Hash  string // hex SHA-256 of Bytes
	Bytes []byte // a txtar archive of the rules' files
}

// Archived says how far both streams are safe in the second copy.
type Archived struct {
	Notices uint64
	Commits uint64
}

// ItemJoined is a person's word that two items are one incident. The older
// item survives; the other answers with its id for ever.
type ItemJoined struct {
	Item     ItemID // survives
	Absorbed ItemID
	Reason   string
}

// NoticeSplit is a person's word that a notice belongs to an item of its own.
// It undoes a join, and stays undone. The new item keeps its own first receipt.
type NoticeSplit struct {
	Item   ItemID
	Notice NoticeID
	Part   int
	New    ItemID
	Reason string
}

// LinkJudged is a person's word on a link, for ever.
type LinkJudged struct {
	Item      ItemID
	To        ItemID
	Child     string
	Confirmed bool // false: rejected
	Reason    string
}

// FactCorrected is a person's correction of one fact. It may lower.
type FactCorrected struct {
	Item     ItemID
	Notice   NoticeID
	Part     int
	Fact     int
	Polarity Polarity
	Time     Time
	Holder   Holder
	Reason   string
}

// NoticeStruck takes a notice out of an item: wrong child, recall upheld.
type NoticeStruck struct {
	Item   ItemID
	Notice NoticeID
	Part   int
	Reason string
}

// NoticeRecalled says that the sender has asked for a notice back. It only
// flags the item: what the notice says still counts until a person strikes it.
type NoticeRecalled struct {
	Item   ItemID
	Notice NoticeID // the one recalled
	Part   int
	By     NoticeID // the mail that recalls it
}

// ChildStatusSet is a child's status by the case list or a person's entry.
type ChildStatusSet struct {
	Item     ItemID
	Child    string
	Status   string // "child_protection", "looked_after", "child_in_need" or "none"
	ClosedAt string // YYYY-MM-DD, when the case was closed last; empty if not known
	AsOf     string // YYYY-MM-DD, date of the list or of the entry
	Source   string // "case_list" or "person"
}

// PoliceAsked is a question to the force on an item. The item's clock runs on.
type PoliceAsked struct {
	Item     ItemID
	Force    string
	Question string
}
