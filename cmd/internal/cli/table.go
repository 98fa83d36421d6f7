package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Queue prints items as a person reads them, most urgent first; see
// Screen.Queue. width is the screen's, 0 for none.
func Queue(w io.Writer, p Palette, items []*pb.Item, now time.Time, width int) {
	Screen{W: w, Palette: p, Now: now, Width: width}.Queue(items)
}

// Queue prints items, a few lines each: band, time, children and who holds it;
// the worst fact in words; where the alleged person and the child are; and
// what it is known by.
func (s Screen) Queue(items []*pb.Item) {
	for n, i := range items {
		s.row(fmt.Sprintf("%3d", n+1), i)
	}
}

// Change prints one item that is new or has changed.
func (s Screen) Change(what string, i *pb.Item) {
	s.line("%s  %s", s.Now.In(London).Format("15:04:05"), what)
	s.row("   ", i)
}

// row prints one item of a list.
func (s Screen) row(mark string, i *pb.Item) {
	const indent = 5
	m := i.GetSummary()
	time := fmt.Sprintf("%-15s", s.due(m))
	if m.GetOverdue() || m.GetBreachRisk() {
		time = string(s.Palette.paint(bold, time))
	}
	s.line("%s  %s  %s  %s", mark, styled(s.Palette.Band(m.GetBand())), styled(time), joined(children(m), s.held(m)))
	for _, detail := range []string{s.shortened(worst(m), indent), joined(where(m), prefixed("out of hours: ", m.GetInterim())), s.marks(m)} {
		if detail != "" {
			s.line("     %s", s.cut(detail, indent))
		}
	}
	s.line("     %s", s.cut(joined(i.GetId(), m.GetForce(), strings.Join(m.GetReferences(), ", "), notices(m), repeats(m), unopened(m)), indent))
}

func children(m *pb.ItemSummary) string {
	if len(m.GetChildren()) == 0 {
		return "no child named"
	}
	var out []string
	for _, c := range m.GetChildren() {
		name := c.GetName()
		if name == "" {
			name = "child"
		}
		age := c.GetAge()
		if age == "not known" {
			age = "age not known"
		}
		out = append(out, fmt.Sprintf("%s (%s)", name, strings.Join(nonEmpty(age, standing(c)), ", ")))
	}
	return strings.Join(out, ", ")
}

// standing is a child's status and the day that it is of.
func standing(c *pb.ChildSummary) string {
	status := inWords(statusWords, c.GetStatus())
	if status == "" || c.GetStatusAsOf() == "" {
		return status
	}
	return status + " as of " + c.GetStatusAsOf()
}

func (s Screen) held(m *pb.ItemSummary) string {
	if m.GetHeldBy() == "" {
		return ""
	}
	return fmt.Sprintf("held by %s until %s", m.GetHeldBy(), s.clockTime(m.GetHeldUntil()))
}

// worst is the worst fact, or why there is none to show.
func worst(m *pb.ItemSummary) string {
	has := func(flag string) bool { return slices.Contains(m.GetFlags(), flag) }
	switch {
	case m.GetMasked():
		return "restricted: open it to read"
	case has("manual_read"):
		return joined("COULD NOT BE READ BY MACHINE: a person must read it", m.GetWorstFact())
	case m.GetWorstFact() == "":
		return "nothing recognised that the policy has a word for: read it"
	}
	return m.GetWorstFact()
}

// shortened makes a worst fact fit: of "title: “quote”" the title gives way, so
// that the notice's own words are seen.
func (s Screen) shortened(fact string, indent int) string {
	title, quote, ok := strings.Cut(fact, ": “")
	room := s.Width - indent - utf8.RuneCountInString(quote) - len(": “")
	if !ok || s.Width < 40 || room < 20 || utf8.RuneCountInString(title) <= room {
		return fact
	}
	return string([]rune(title)[:room-1]) + "…: “" + quote
}

func where(m *pb.ItemSummary) string {
	if m.GetMasked() {
		return ""
	}
	alleged := m.GetAllegedNow()
	if alleged == "" {
		alleged = "not stated where"
	}
	return joined("alleged person: "+alleged, prefixed("child with: ", m.GetChildWith()))
}

// marks are what else a person should know at a glance.
func (s Screen) marks(m *pb.ItemSummary) string {
	var score, band, proposed string
	if s.Points {
		score = points(m.GetPoints()) + " points"
	}
	if m.GetOverridden() {
		band = "band set by a person"
	}
	if b := m.GetProposedBand(); b != pb.Band_BAND_UNSPECIFIED {
		proposed = "new rules propose " + BandWord(b)
	}
	return joined(score, band, proposed, prefixed("flags: ", strings.Join(m.GetFlags(), ", ")))
}

func notices(m *pb.ItemSummary) string {
	if m.GetNotices() < 2 {
		return ""
	}
	return count(int(m.GetNotices()), "notice")
}

func repeats(m *pb.ItemSummary) string {
	if len(m.GetRepeatOf()) == 0 {
		return ""
	}
	return "REPEAT: " + count(len(m.GetRepeatOf()), "earlier incident")
}

func unopened(m *pb.ItemSummary) string {
	if m.GetFirstOpened() != nil {
		return ""
	}
	return "nobody has opened it"
}

// Fresh is what a reply says of itself: how far it is behind what has been
// accepted. ListItemsResponse, GetQueueStatsResponse and Heartbeat have it.
type Fresh interface {
	GetAppliedPosition() uint64
	GetLogPosition() uint64
	GetUnreadNotices() uint64
	GetDegraded() bool
	GetDegradedReason() string
}

// Complete tells whether a reply holds everything that has been accepted, so
// that an empty list means an empty queue.
func Complete(f Fresh) bool {
	return f.GetUnreadNotices() == 0 && f.GetAppliedPosition() >= f.GetLogPosition() && !f.GetDegraded()
}

// Freshness prints the line above every list: as of when it is, and what is
// missing in it.
func (s Screen) Freshness(frontDoor string, f Fresh) {
	if frontDoor == "" {
		frontDoor = "the queue"
	}
	state := "everything accepted is ranked"
	if n := f.GetUnreadNotices(); n > 0 {
		state = fmt.Sprintf("%s NOT RANKED YET", count(int(n), "accepted notice")) //nolint:gosec // a count
	}
	s.line("%s · %s · position %d of %d · %s", frontDoor, s.Now.In(London).Format("Mon 2 Jan 2006 15:04:05"),
		f.GetAppliedPosition(), f.GetLogPosition(), state)
	if f.GetDegraded() {
		s.Warn("DEGRADED: %s", f.GetDegradedReason())
	}
}

// Empty says that nothing is listed. It says that there is nothing only where
// the reply is complete.
func (s Screen) Empty(f Fresh, filtered bool) {
	switch {
	case !Complete(f):
		s.Warn("Nothing to show yet; this is not the whole queue.")
	case filtered:
		s.line("No item of the queue matches.")
	default:
		s.line("The queue is empty.")
	}
}

// Left says how an item left what is watched.
func Left(l *pb.ItemLeft) string {
	how := "it does not match any more"
	switch l.GetState() {
	case pb.ItemState_ITEM_STATE_DECIDED:
		how = "decided"
	case pb.ItemState_ITEM_STATE_JOINED:
		how = "joined into " + l.GetJoinedInto()
	case pb.ItemState_ITEM_STATE_STRUCK:
		how = "every notice of it was struck"
	default:
	}
	return l.GetItemId() + ": " + how
}
