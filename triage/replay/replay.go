// Package replay does again what the service has done, from the same mails and
// with this program, and tries other rules on what has happened.
//
// Commits come in, in log order, with the mails that they took in; differences
// go out, each with its cause. A commit is made again by the code that makes
// commits every day, at the place of the log where it stands, so nothing that
// differs makes what follows differ. Nothing is written anywhere.
package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// ErrErased says that a mail cannot be read any more because it was erased.
var ErrErased = errors.New("erased")

// Cause is why a commit would be another one today.
type Cause string

// The causes, in the order in which they are looked for.
const (
	CauseErased  Cause = "erased"  // what the commit was made from was erased since
	CauseRules   Cause = "rules"   // it was made by other rules than the log says were in force
	CauseData    Cause = "data"    // the mail is not the one that was read
	CauseProgram Cause = "program" // another version of the program made it
	CauseNone    Cause = "none"    // rules, program and data are the same, and yet
)

// Difference is one thing in which a commit differs from the one that this
// program would make. It names where and never what.
type Difference struct {
	Seq uint64
	audit.EventDifference
	Cause Cause
	Why   string
}

// String returns the difference in one line.
func (d Difference) String() string {
	place := fmt.Sprintf("commit %d", d.Seq)
	if d.Index >= 0 {
		place += fmt.Sprintf(" event %d", d.Index)
	}
	return fmt.Sprintf("%s: %s: %s (%s)", place, d.EventDifference, d.Cause, d.Why)
}

// Counts are what a replay has done.
type Counts struct {
	Commits  uint64 // folded
	Again    uint64 // made again
	Read     uint64 // notices read again
	Kept     uint64 // notices linked and scored as they were read then: the mail has aged out or was never read by machine
	Erased   uint64 // of those, the erased ones
	Programs map[string]uint64
}

// Player does a log again, commit by commit. All fields but Erased and Counts are required.
type Player struct {
	World     *audit.World // with the index of Linking; at the position before the next commit
	Linking   intake.Linking
	Calendar  *queue.Calendar
	Letter    func(mail []byte) triage.Letter
	FrontDoor string
	Stream    string // identity of the notices stream
	Program   string // version of this program

	// Mail returns a mail as it was accepted: triage.ErrNotFound if it has aged
	// out, ErrErased if it can be read no more.
	Mail func(seq uint64) (intake.Notice, error)

	// Erased are the items of which something was erased, now or later in the log:
	// what was linked to them cannot be found again.
	Erased map[triage.ItemID]bool

	Counts Counts
	rules  inForce
	made   string // version of the program that took in the last notice
}

// Play makes the commit again at its place, compares the two, and goes on from
// the one of the log. An error means that the log itself does not fold.
func (p *Player) Play(ctx context.Context, c triage.Commit) ([]Difference, error) {
	t := take{Player: p, then: &c, erased: p.rests(&c)}
	again, err := t.again(ctx)
	if err != nil {
		return nil, fmt.Errorf("commit %d: %w", c.Seq, err)
	}
	var all []Difference
	if again != nil {
		p.Counts.Again++
		for _, d := range audit.DiffEvents(c.Events, again) {
			cause, why := t.cause(d)
			all = append(all, Difference{c.Seq, d, cause, why})
		}
	}
	if _, err := p.World.Apply(ctx, c); err != nil {
		return all, err
	}
	p.Counts.Commits++
	return all, p.rules.follow(&c, p.World.Ledger(), p.Linking)
}

// rests tells whether anything in a commit rests on an item of which something
// was erased.
func (p *Player) rests(c *triage.Commit) bool {
	for _, e := range c.Events {
		if p.Erased[e.Target()] {
			return true
		}
		switch e := e.(type) {
		case triage.ItemLinked:
			if p.Erased[e.Link.To] {
				return true
			}
		case triage.ItemScored:
			if slices.ContainsFunc(e.History.Incidents, func(i triage.PastIncident) bool { return p.Erased[i.Item] }) {
				return true
			}
		}
	}
	return false
}

// take is one commit made again.
type take struct {
	*Player
	then    *triage.Commit
	altered map[uint64]bool // notices whose mail is another one
	erased  bool            // a notice of it was erased
	broken  error           // why it could not be made
}

// again returns the events that this program would put into the commit; nil if
// there is nothing in it that a program has worked out.
func (t *take) again(ctx context.Context) ([]triage.Event, error) {
	var rescored bool
	var read []triage.NoticeRead
	for _, e := range t.then.Events {
		switch e := e.(type) {
		case triage.NoticeRead:
			read = append(read, e)
			t.made = e.Program
			t.count(e.Program)
		case triage.ItemScored:
			rescored = rescored || e.Rescore
		}
	}
	var events []triage.Event
	var err error
	switch {
	case len(read) > 0:
		events, err = t.intake(ctx, read)
	case rescored:
		events, err = t.rescore(ctx)
	case slices.ContainsFunc(t.then.Events, amends):
		events, err = t.amend(ctx)
	default:
		return nil, nil
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, errInput) {
		t.broken, err = err, nil // this program cannot make it: all of it differs
		events = []triage.Event{}
	}
	return events, err
}

func (t *take) count(program string) {
	if t.Counts.Programs == nil {
		t.Counts.Programs = map[string]uint64{}
	}
	t.Counts.Programs[program]++
}

// amends tells whether an event is a person's word that has an item linked or
// scored anew.
func amends(e triage.Event) bool {
	switch e.(type) {
	case triage.ItemJoined, triage.NoticeSplit, triage.LinkJudged, triage.FactCorrected, triage.NoticeStruck, triage.ChildStatusSet:
		return true
	}
	return false
}

// amend has the service complete again what a person did.
func (t *take) amend(ctx context.Context) ([]triage.Event, error) {
	rs, err := t.rules.at(t.World.Ledger())
	if err != nil {
		return nil, err
	}
	c := *t.then
	c.Events = nil
	for _, e := range t.then.Events {
		switch e.(type) {
		case triage.ItemScored, triage.ItemLinked: // worked out
		default:
			c.Events = append(c.Events, e)
		}
	}
	err = intake.Scorer{Calendar: t.Calendar}.Amend(ctx, t.World, rs, &c)
	return c.Events, err
}

// rescore scores again the items that the commit has scored anew.
func (t *take) rescore(ctx context.Context) ([]triage.Event, error) {
	rs, err := t.rules.at(t.World.Ledger())
	if err != nil {
		return nil, err
	}
	snap, err := t.World.Load(ctx, t.then.Items()...)
	if err != nil {
		return nil, err
	}
	return intake.Scorer{Calendar: t.Calendar}.Anew(ctx, t.World, rs, snap, t.then.At)
}

// intake takes in again the notices of a commit: the daily worker on a store
// that stands still and a log that only remembers.
func (t *take) intake(ctx context.Context, read []triage.NoticeRead) ([]triage.Event, error) {
	notices, err := t.notices(read)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInput, err)
	}
	tape := &tape{}
	w := &intake.Worker{
		Book: &intake.Book{Log: tape, Store: still{t.World}}, Notices: batch(notices), Hand: noHand{}, Letter: t.Letter,
		Rules:    func(_ context.Context, l triage.Ledger) (*intake.Ruleset, error) { return t.rules.at(l) },
		Calendar: t.Calendar, Now: func() time.Time { return t.then.At }, FrontDoor: t.FrontDoor, Stream: t.Stream, Program: t.made,
	}
	if _, err := w.Step(ctx); err != nil {
		return nil, err
	}
	return tape.commit.Events, nil
}

// errInput says that the mails could not be fetched.
var errInput = errors.New("fetch mails")

// byAccident are the problems of mails that were not read for a reason that is
// not in the mail.
var byAccident = []string{"reader_died", "reader_timeout", "reader_refused"}

// notices fetches what the commit took in. A mail that cannot be had, or was
// never read by machine, is as it was read then.
func (t *take) notices(read []triage.NoticeRead) ([]intake.Notice, error) {
	out := make([]intake.Notice, len(read))
	for n, e := range read {
		var err error
		known := slices.ContainsFunc(e.Problems, func(p triage.Problem) bool { return slices.Contains(byAccident, p.Code) })
		if !known {
			out[n], err = t.Mail(e.Seq)
		}
		switch {
		case known, errors.Is(err, triage.ErrNotFound), errors.Is(err, ErrErased):
			out[n] = intake.Notice{Seq: e.Seq, Known: &intake.Known{Event: e, Parts: partsOf(t.then, e.Notice)}}
			t.Counts.Kept++
			if errors.Is(err, ErrErased) {
				t.Counts.Erased++
				t.erased = true
			}
			continue
		case err != nil:
			return nil, err
		}
		t.Counts.Read++
		if sum := sha256.Sum256(out[n].Data); hex.EncodeToString(sum[:]) != e.SHA256 {
			if t.altered == nil {
				t.altered = map[uint64]bool{}
			}
			t.altered[e.Seq] = true
		}
	}
	return out, nil
}

// partsOf are the parts of a notice as the commit took them in.
func partsOf(c *triage.Commit, notice triage.NoticeID) (parts []triage.Entry) {
	for _, e := range c.Events {
		if entry, ok := triage.EntryOf(e); ok && entry.Notice == notice {
			parts = append(parts, entry)
		}
	}
	return parts
}

// cause says why an event would be another one today.
func (t *take) cause(d audit.EventDifference) (Cause, string) {
	active := t.rules.hash
	if e, ok := d.Event.(triage.ItemScored); ok && d.Index >= 0 && e.Score.Ruleset != active {
		return CauseRules, fmt.Sprintf("scored by ruleset %.12s, in force was %.12s", e.Score.Ruleset, active)
	}
	switch {
	case t.erased:
		return CauseErased, "a notice of the commit was erased since"
	case t.rules.err != nil:
		return CauseRules, fmt.Sprintf("this program cannot use ruleset %.12s: %v", active, t.rules.err)
	case len(t.altered) > 0:
		return CauseData, fmt.Sprintf("the mails of notices %v are not those that were read", sorted(t.altered))
	case t.made != t.Program:
		return CauseProgram, fmt.Sprintf("made by version %s, this is %s", orUnknown(t.made), t.Program)
	case t.broken != nil:
		return CauseNone, "this program cannot make the commit: " + t.broken.Error()
	}
	return CauseNone, "rules, program and mails are those of then"
}

func sorted(set map[uint64]bool) (out []uint64) {
	for n := range set {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
