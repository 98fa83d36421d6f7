package letter

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// report is what the machine-readable parts of a multipart/report say.
type report struct {
	typ     string   // report-type of the mail itself
	actions []string // Action fields (RFC 3464 2.3.3)
	receipt bool     // a disposition notification (RFC 8098)
	class   string   // PidTagMessageClass of a mail of Outlook
}

// reportType notes the type of the mail's own multipart/report.
func (r *reading) reportType(e entity) {
	if e.typ == "multipart/report" && r.parts == 1 {
		r.report.typ = strings.ToLower(e.params["report-type"])
	}
}

// reportPart reads the fields of a status or disposition part.
func (r *reading) reportPart(typ string, data []byte) {
	if len(r.mails) > 0 {
		return // of a mail inside the mail
	}
	if strings.Contains(typ, "disposition-notification") {
		r.report.receipt = true
		return
	}
	for l := range strings.Lines(string(data[:min(len(data), maxHeaderBlock)])) {
		if name, value, ok := strings.Cut(l, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "action") {
			r.report.actions = append(r.report.actions, strings.ToLower(strings.TrimSpace(value)))
		}
	}
}

// classify tells the automatic mails from notices. A sign of the standards
// decides, and a mail with a notice inside is a notice whatever its signs.
func (r *reading) classify(pieces []piece) {
	l := &r.letter
	l.Kind = triage.LetterNotice
	kind, why := r.automatic(pieces)
	if kind == triage.LetterNotice {
		return
	}
	if r.noticeInside(kind, pieces) {
		r.problem(CodeAutoIgnored, "")
		return
	}
	l.Kind, l.Why = kind, why
	if kind == triage.LetterRecall {
		l.Recalls = recalled(&r.head)
	}
}

// mostRecalled is how many ids a recall may name: a thread has no more.
const mostRecalled = 20

// recalled lists the Message-IDs that a recall names, the mail that it answers
// before the thread that it belongs to (RFC 5322 3.6.4).
func recalled(h *header) (ids []string) {
	thread := strings.Fields(h.get("references"))
	slices.Reverse(thread)
	for _, id := range append(strings.Fields(h.get("in-reply-to")), thread...) {
		id = strings.ToValidUTF8(clean(strings.Trim(id, "<> ")), "")
		if id != "" && !slices.Contains(ids, id) && len(ids) < mostRecalled {
			ids = append(ids, id)
		}
	}
	return ids
}

// automatic reads the signs of RFC 3834, RFC 3464 and RFC 8098, of Exchange,
// and the fixed words of an Outlook recall.
func (r *reading) automatic(pieces []piece) (triage.LetterKind, string) {
	h := &r.head
	auto := strings.ToLower(strings.TrimSpace(h.get("auto-submitted")))
	auto, _, _ = strings.Cut(auto, ";")
	auto, _, _ = strings.Cut(strings.TrimSpace(auto), " ")
	sender, _, _ := strings.Cut(r.letter.From, "@")
	daemon := sender == "mailer-daemon" || sender == "postmaster" || strings.HasPrefix(sender, "microsoftexchange")
	nullPath := strings.TrimSpace(h.get("return-path")) == "<>"
	switch {
	case r.report.receipt || r.report.typ == "disposition-notification":
		return triage.LetterReceipt, "report-type disposition-notification (RFC 8098)"
	case r.report.typ == "delivery-status" || len(r.report.actions) > 0 && r.report.typ != "":
		return r.statusKind()
	case h.has("x-failed-recipients") && daemon:
		return triage.LetterBounce, "X-Failed-Recipients"
	case daemon && nullPath:
		return triage.LetterBounce, "Return-Path <> of a mail system (RFC 5321 4.5.5)"
	case auto == "auto-replied":
		return triage.LetterAutoReply, "Auto-Submitted: auto-replied (RFC 3834)"
	case auto == "auto-generated" && autoSubject(r.letter.Subject) && (h.has("in-reply-to") || h.has("x-auto-response-suppress")):
		return triage.LetterAutoReply, "Auto-Submitted: auto-generated, as Exchange answers"
	case h.has("x-autoreply") || h.has("x-autorespond") || strings.EqualFold(strings.TrimSpace(h.get("precedence")), "auto_reply"):
		return triage.LetterAutoReply, "X-Autoreply"
	case strings.HasPrefix(strings.ToUpper(r.report.class), "REPORT.IPM.NOTE.NDR"):
		return triage.LetterBounce, "message class of a non-delivery report"
	case strings.HasPrefix(strings.ToUpper(r.report.class), "REPORT.") || strings.EqualFold(r.report.class, "IPM.Microsoft Mail.Read Receipt"):
		return triage.LetterReceipt, "message class of a receipt"
	case strings.EqualFold(r.report.class, "IPM.Outlook.Recall"):
		return triage.LetterRecall, "message class of a recall"
	case recalls(r.letter.Subject, pieces):
		return triage.LetterRecall, "Outlook recall"
	}
	return triage.LetterNotice, ""
}

// statusKind tells a report of failure or delay from one of delivery.
func (r *reading) statusKind() (triage.LetterKind, string) {
	for _, a := range r.report.actions {
		if a == "failed" || a == "delayed" {
			return triage.LetterBounce, "report-type delivery-status, Action: " + a + " (RFC 3464)"
		}
	}
	for _, a := range r.report.actions {
		if a == "delivered" || a == "relayed" || a == "expanded" {
			return triage.LetterReceipt, "report-type delivery-status, Action: " + a + " (RFC 3464)"
		}
	}
	return triage.LetterBounce, "report-type delivery-status (RFC 3464)"
}

// autoSubject tells the subjects that Exchange gives its answers.
func autoSubject(s string) bool {
	low := strings.ToLower(strings.TrimSpace(s))
	for _, p := range []string{"automatic reply:", "out of office:", "out of office", "autoreply:", "auto reply:", "auto:", "ymateb awtomatig:"} {
		if strings.HasPrefix(low, p) {
			return true
		}
	}
	return false
}

// recall is all that the mail of an Outlook recall says.
var recall = regexp.MustCompile(`(?is)^\s*\S.{0,200}? would like to recall the message,? ["“].{0,500}["”]\.?\s*$`)

// recalls tells an Outlook recall: its subject and its only sentence.
func recalls(subject string, pieces []piece) bool {
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(subject)), "recall:") {
		return false
	}
	said := 0
	for _, p := range pieces {
		switch p.kind {
		case triage.SectionDisclaimer, triage.SectionSignature:
			continue
		}
		if said++; len(p.text) > 1000 || !recall.MatchString(p.text) {
			return false
		}
	}
	return said > 0
}

// noticeInside tells whether an automatic mail carries what somebody wrote: a
// mail from anybody but the one it answers, a document, or a filled form.
func (r *reading) noticeInside(kind triage.LetterKind, pieces []piece) bool {
	for _, m := range r.mails {
		if !r.ours(m.from) {
			return true
		}
	}
	for _, a := range r.letter.Attachments {
		switch a.Type {
		case typePDF, typeDOCX, typeRTF, typeOLE, typeZip, typeODT, typeXLSX:
			return true
		}
	}
	fields := 0
	for _, p := range pieces {
		if p.kind == triage.SectionQuoted || p.kind == triage.SectionSignature || p.kind == triage.SectionDisclaimer {
			continue
		}
		if p.kind == triage.SectionForwarded && kind != triage.LetterAutoReply {
			continue
		}
		fields += formFields(p.text)
	}
	return fields >= 3
}

// ours tells whether a report carries back what its receiver has sent: the
// mail inside is from the address, or the domain, that the report went to.
func (r *reading) ours(addr string) bool {
	_, domain, ok := strings.Cut(addr, "@")
	if !ok || r.report.typ == "" {
		return false
	}
	for _, to := range r.letter.To {
		if to == addr || strings.HasSuffix(to, "@"+domain) {
			return true
		}
	}
	return false
}

// formLabels are fields that every force's form has and no automatic answer.
var formLabels = wordSet("occurrence crime dob d.o.b born surname forename forenames child children niche consent grade circumstances venue ethnicity gender")

// formFields counts lines "label: value" or "label\tvalue" whose label is one
// of a notice form.
func formFields(text string) (n int) {
	for l := range strings.Lines(text) {
		m := label.FindStringSubmatch(l)
		if m == nil || strings.TrimSpace(l[len(m[0]):]) == "" {
			continue
		}
		for _, w := range words(m[1]) {
			if formLabels[w] {
				n++
				break
			}
		}
	}
	return n
}
