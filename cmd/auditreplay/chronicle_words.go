package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// event is an event in words: a line, and lines below it. i is the item as it
// stood before the commit, nil if there was none. Nothing is said of what
// changes nothing.
func (h *chronicle) event(c *triage.Commit, e triage.Event, i *triage.Item) []string {
	line := func(format string, a ...any) []string { return []string{fmt.Sprintf(format, a...)} }
	switch e := e.(type) {
	case triage.ItemOpened:
		return h.notice(e.Entry, "opened the item", e.Item)
	case triage.NoticeJoined:
		return h.notice(e.Entry, "joined the item", e.Item)
	case triage.ItemScored:
		return h.scored(c, e, i)
	case triage.ItemLinked:
		if e.Link.Kind == triage.LinkUnknown {
			return line("link to item %s taken back", e.Link.To)
		}
		return line("linked to item %s as %s%s: %s", e.Link.To, e.Link.Kind, unconfirmed(e.Link), strings.Join(e.Link.Why, "; "))
	case triage.Opened:
		return line("opened the text of notice %s for the first time", e.Notice)
	case triage.Claimed:
		return line("claimed it until %s", clock(e.Until))
	case triage.ClaimRenewed:
		return line("renewed the claim until %s", clock(e.Until))
	case triage.Released:
		return line("gave it back%s", because(e.Reason))
	case triage.ClaimExpired:
		return line("the claim ran out")
	case triage.Decided:
		return decidedOn(c, e, i)
	case triage.InterimRecorded:
		return line("acted out of hours: %s%s", e.Words, labelled("; child safe with ", e.SafeWith))
	case triage.BandOverridden:
		return line("set the band to %s, due %s%s", e.Band, clock(e.Due), because(e.Reason))
	case triage.BreachRisk:
		return line("its time was nearly used up")
	case triage.Overdue:
		return line("its time had passed")
	}
	return h.amended(e, line)
}

// amended is a person's word on what was read or linked.
func (h *chronicle) amended(e triage.Event, line func(string, ...any) []string) []string {
	switch e := e.(type) {
	case triage.ItemJoined:
		return line("joined item %s into item %s%s", e.Absorbed, e.Item, because(e.Reason))
	case triage.NoticeSplit:
		h.known[e.Notice] = true
		return line("split notice %s off item %s as item %s%s", e.Notice, e.Item, e.New, because(e.Reason))
	case triage.LinkJudged:
		verdict := map[bool]string{true: "confirmed", false: "rejected"}[e.Confirmed]
		return line("%s the link to item %s%s%s", verdict, e.To, labelled(" of child ", e.Child), because(e.Reason))
	case triage.FactCorrected:
		return line("corrected fact %d of notice %s to %s, %s, of the %s%s", e.Fact, e.Notice, e.Polarity, e.Time, e.Holder, because(e.Reason))
	case triage.NoticeStruck:
		return line("struck notice %s%s", e.Notice, because(e.Reason))
	case triage.ChildStatusSet:
		return line("set the status of child %s to %s as of %s (%s)", e.Child, e.Status, e.AsOf, e.Source)
	case triage.Erased:
		return line("erased (%s): %s", e.Ground, strings.Join(erasedOf(e), ", "))
	case triage.BellRung:
		return line("the bell, call %d to %s: %s", e.Step+1, e.To, e.Outcome)
	case triage.BellAnswered:
		return line("answered the bell")
	case triage.HoldPlaced:
		return line("forbade to erase anything of it%s", because(e.Reason))
	case triage.HoldLifted:
		return line("allowed to erase it again%s", because(e.Reason))
	case triage.PoliceAsked:
		return line("asked %s: %s", e.Force, e.Question)
	}
	return line("%s", reflect.TypeOf(e).Name())
}

// erasedOf says what an erasure took away.
func erasedOf(e triage.Erased) (out []string) {
	for what, did := range map[string]bool{"the words of its notices and the mails": e.Text, "whom they name": e.Identity, "what people wrote on it": e.Words} {
		if did {
			out = append(out, what)
		}
	}
	slices.Sort(out)
	return out
}

// notice tells of a notice that came in.
func (h *chronicle) notice(e triage.Entry, did string, item triage.ItemID) []string {
	h.known[e.Notice] = true
	first := fmt.Sprintf("notice %s (number %d%s), received %s, %s", e.Notice, e.Seq, labelled(" from force ", e.Reading.Force), clock(e.Received), did)
	if item != h.item {
		first += " " + string(item)
	}
	out := []string{first + ": " + e.Relation.String()}
	for _, why := range e.Why {
		out = append(out, "because "+why)
	}
	if !e.Readable {
		out = append(out, "it could not be read whole: for a person to read")
	}
	return out
}

// scored tells the rules' answer, with every word that counted, if it is not
// the one told before.
func (h *chronicle) scored(c *triage.Commit, e triage.ItemScored, i *triage.Item) []string {
	entries := entriesAfter(c, e.Item, i)
	out := words(e.Score, entries)
	first := fmt.Sprintf("scored %s, %s, due %s, by ruleset %.12s", e.Score.Band, hundredths(e.Score.Points), clock(e.Due), e.Score.Ruleset)
	if e.Rescore && i != nil && e.Score.Band < i.Score.Band {
		first = fmt.Sprintf("proposed %s, %s, by ruleset %.12s; a person decides", e.Score.Band, hundredths(e.Score.Points), e.Score.Ruleset)
	}
	if told := first + strings.Join(out, ""); told != h.words {
		h.words = told
		return append([]string{first}, out...)
	}
	return nil
}

// entriesAfter are the notices of an item with those that the commit adds.
func entriesAfter(c *triage.Commit, id triage.ItemID, i *triage.Item) (out []triage.Entry) {
	if i != nil {
		out = slices.Clone(i.Entries)
	}
	for _, e := range c.Events {
		switch e := e.(type) {
		case triage.ItemOpened:
			if e.Item == id {
				out = append(out, e.Entry)
			}
		case triage.NoticeJoined:
			if e.Item == id {
				out = append(out, e.Entry)
			}
		}
	}
	return out
}

// words are the rules that count in a score, each with the words of the mail
// that it rests on.
func words(s triage.Score, entries []triage.Entry) (out []string) {
	for _, h := range s.Hits {
		if h.Case == "" {
			continue
		}
		quote := ""
		if h.Entry >= 0 && h.Entry < len(entries) && h.Fact >= 0 && h.Fact < len(entries[h.Entry].Reading.Facts) {
			f := entries[h.Entry].Reading.Facts[h.Fact]
			quote = fmt.Sprintf(": “%s” [notice %d, %d:%d]", f.Quote, entries[h.Entry].Seq, f.Start, f.End)
		}
		floor := ""
		if h.Floor != triage.BandUnknown {
			floor = ", floor " + h.Floor.String()
		}
		out = append(out, fmt.Sprintf("%s %s (%s%s)%s", hundredths(h.Points), h.Title, h.Rule, floor, quote))
	}
	for _, p := range s.Parts {
		out = append(out, fmt.Sprintf("%s %s: %s", hundredths(p.Points), p.Name, p.Why))
	}
	return out
}

// decidedOn tells a decision, and on what it was taken: how the item stood,
// which words counted, and what the person had opened.
func decidedOn(c *triage.Commit, e triage.Decided, i *triage.Item) []string {
	var out []string
	for _, d := range e.Decisions {
		out = append(out, fmt.Sprintf("decided%s %s: %s", labelled(" on child ", d.Child), d.Outcome, d.Rationale))
		for _, more := range []string{
			labelled("threshold level ", d.Threshold), labelled("parent spoken to: ", d.ParentSpoken),
			labelled("consent ", strings.TrimSuffix(d.Consent+": "+d.ConsentWhy, ": ")), labelled("seen by ", d.SeenBy),
			labelled("checks: ", strings.Join(d.Checks, ", ")), labelled("case ", d.CaseID),
		} {
			if more != "" {
				out = append(out, more)
			}
		}
	}
	if i == nil {
		return out
	}
	var opened []string
	for _, n := range i.Entries {
		if slices.ContainsFunc(i.Looks, func(l triage.Look) bool { return l.By == c.Actor.Name && l.Notice == n.Notice }) {
			opened = append(opened, fmt.Sprint(n.Seq))
		}
	}
	out = append(out, fmt.Sprintf("it stood at %s, %s points; of its %d notices the person had opened %s; what counted then:",
		i.Band(), points(i), len(i.Entries), orNone(strings.Join(opened, ", "))))
	return append(out, words(i.Score, i.Entries)...)
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func hundredths(n int) string { return fmt.Sprintf("%+.2f", float64(n)/100) }

func because(reason string) string { return labelled(": ", reason) }

func labelled(label, s string) string {
	if s == "" {
		return ""
	}
	return label + s
}

func unconfirmed(l triage.Link) string {
	if l.Confirmed {
		return ""
	}
	return " (waits for a person)"
}
