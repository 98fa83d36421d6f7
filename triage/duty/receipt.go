package duty

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Receipt is what a force is told of a mail it sent. It holds nothing of the
// mail, no score and no name; of a restricted item not even that the mail was
// known.
type Receipt struct {
	Notice      triage.NoticeID `json:"notice_id"`
	Seq         uint64          `json:"seq"` // in the notices stream: what the publish was answered with
	SHA256      string          `json:"sha256"`
	Received    time.Time       `json:"received"`
	Kind        string          `json:"kind"` // "notice" or "not_a_notice"
	Already     bool            `json:"already_received"`
	AlreadyAs   triage.NoticeID `json:"already_received_as,omitempty"` // the first notice of the same text
	Readable    bool            `json:"readable"`
	ArchivedSeq uint64          `json:"archived_through"`
}

// receipt tells the forces of their mails as soon as these stand in the second
// copy; the commit does.
func (r *Relay) receipt(ctx context.Context, c *triage.Commit, now *triage.Snapshot) (bool, error) {
	if c.Through > now.Ledger.Archived.Notices {
		return false, nil
	}
	for _, e := range c.Events {
		n, ok := e.(triage.NoticeRead)
		if !ok {
			continue
		}
		told := receipt(c, n, now)
		if err := errors.Join(r.send(ctx, n.Force, "receipt", n.Seq, told), r.feedback(ctx, n.Force, findings(c, told, now))); err != nil {
			return false, err
		}
	}
	return true, nil
}

// receipt gathers what the commit says of the notice.
func receipt(c *triage.Commit, n triage.NoticeRead, now *triage.Snapshot) Receipt {
	out := Receipt{
		Notice: n.Notice, Seq: n.Seq, SHA256: n.SHA256, Received: n.Received, Kind: "not_a_notice",
		Readable: true, ArchivedSeq: now.Ledger.Archived.Notices,
	}
	if n.Kind == triage.LetterNotice {
		out.Kind = "notice"
	}
	for _, e := range c.Events {
		entry, ok := triage.EntryOf(e)
		if !ok || entry.Notice != n.Notice {
			continue
		}
		out.Readable = out.Readable && entry.Readable
		i := now.Items[e.Target()]
		if entry.Relation != triage.RelationResend || i == nil || slices.Contains(i.Score.Flags, "restricted") {
			continue
		}
		out.Already, out.AlreadyAs = true, firstOf(i, entry)
	}
	return out
}

// firstOf is the first notice of the item that has the entry's text.
func firstOf(i *triage.Item, entry triage.Entry) (first triage.NoticeID) {
	seq := entry.Seq
	for _, e := range i.Entries {
		if e.Content == entry.Content && e.Seq < seq {
			first, seq = e.Notice, e.Seq
		}
	}
	return first
}
