package intake

import (
	"context"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// recall is what a mail that asks another back says of that one.
type recall struct {
	messages []string // hex SHA-256 of Message-IDs, the likeliest first
	title    string
}

const (
	recallDays  = 14 // how far back a recall that names no Message-ID reaches
	mostTitled  = 50 // of more items of one sender and subject nobody can tell which is meant
	recallWords = "recall:"
)

// recallOf reads a recall. Outlook's own name the mail by its subject alone.
func recallOf(l *triage.Letter) recall {
	var r recall
	for _, id := range l.Recalls {
		r.messages = append(r.messages, digestText(id))
	}
	if s := strings.TrimSpace(l.Subject); len(s) > len(recallWords) && strings.EqualFold(s[:len(recallWords)], recallWords) {
		r.title = title(l.From, s[len(recallWords):])
	}
	return r
}

// title is a hash of who sent a mail and of its subject, blanks and case aside;
// empty if it lacks one of them.
func title(from, subject string) string {
	subject = strings.ToLower(strings.Join(strings.Fields(subject), " "))
	if from == "" || subject == "" {
		return ""
	}
	return digestText(from + "\n" + subject)
}

func titleKey(title string) string { return "title:" + title }

// titleKeys are those under which a recall finds an item. Notices never ask for
// them, so a subject that every mail of a sender bears crowds nobody's linking.
func titleKeys(i *triage.Item) (keys []string) {
	for _, e := range i.Entries {
		if !e.Struck && e.Title != "" {
			keys = append(keys, titleKey(e.Title))
		}
	}
	return keys
}

func (r recall) keys(rs *Ruleset) (keys []string) {
	for _, m := range r.messages {
		keys = append(keys, keysOf(rs, triage.Entry{MessageID: m})...)
	}
	if r.title != "" {
		keys = append(keys, titleKey(r.title))
	}
	return keys
}

// recall flags what a mail asks back. What it does not name surely is left
// alone: the mail is counted, and stands in the log.
func (p *placing) recall(ctx context.Context, r reading) error {
	if r.event.Kind != triage.LetterRecall {
		return nil
	}
	var items []*triage.Item
	if ids := p.under(r.keys); len(ids) <= mostTitled {
		if err := p.bring(ctx, ids...); err != nil {
			return err
		}
		for _, id := range ids {
			items = append(items, p.items[id])
		}
	}
	for _, e := range r.recalls.of(items, &r.event) {
		e.By = r.event.Notice
		if err := p.apply(p.items[e.Item], e); err != nil {
			return err
		}
	}
	return nil
}

// of finds the notices meant: those with the likeliest Message-ID that anybody
// has sent, else the newest one of that sender and subject in each item, if all
// of these are one text.
func (r recall) of(items []*triage.Item, mail *triage.NoticeRead) []triage.NoticeRecalled {
	for _, m := range r.messages {
		if found, _ := recalled(items, mail, func(e *triage.Entry) bool { return e.MessageID == m }); len(found) > 0 {
			return found
		}
	}
	from := mail.Received.AddDate(0, 0, -recallDays)
	found, one := recalled(items, mail, func(e *triage.Entry) bool { return r.title != "" && e.Title == r.title && e.Received.After(from) })
	if !one {
		return nil
	}
	return found
}

// recalled lists for each item its newest notice from before a mail that is
// meant, and tells whether all of them are one text.
func recalled(items []*triage.Item, mail *triage.NoticeRead, meant func(*triage.Entry) bool) (found []triage.NoticeRecalled, one bool) {
	content := ""
	one = true
	for _, i := range items {
		for n := len(i.Entries) - 1; n >= 0; n-- {
			e := &i.Entries[n]
			if e.Struck || e.Seq >= mail.Seq || !meant(e) {
				continue
			}
			one = one && (content == "" || content == e.Content)
			content = e.Content
			found = append(found, triage.NoticeRecalled{Item: i.ID, Notice: e.Notice, Part: e.Part})
			break
		}
	}
	return found, one
}
