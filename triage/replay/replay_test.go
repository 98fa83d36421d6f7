package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

var monday = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func mail(n int) []byte {
	return fmt.Appendf(nil, "From: ppn@wyp.police.example\nSubject: PPN %d\n\nChild: Tom Sample%d, DOB 03/02/2019. Dad hit him with a belt, bruise to the arm.\n", n, n)
}

// logOf is a log of n mails, each in a commit of its own, with rules first.
func logOf(t *testing.T, n int) (*audit.Log, *intake.Ruleset) {
	t.Helper()
	rs := must(intake.CompileAll(deploy.Rules()))
	log, w := &audit.Log{}, audit.NewWorld(rs.Index)
	book := &intake.Book{Log: log, Store: w}
	_, _, err := book.Append(t.Context(), 1, func(context.Context, uint64) (*triage.Commit, error) {
		return &triage.Commit{ID: "rules", At: monday, Events: []triage.Event{triage.RulesActivated{Hash: rs.Hash, Bytes: rs.Bytes}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for k := range n {
		mails := batch{{Seq: uint64(k + 1), Force: "wyp", Time: monday, Data: mail(k)}}
		worker := &intake.Worker{
			Book: book, Notices: mails, Hand: noHand{}, Letter: letter.Read, Calendar: must(queue.NewCalendar(queue.Config{})),
			Rules: func(context.Context, triage.Ledger) (*intake.Ruleset, error) { return rs, nil },
			Now:   func() time.Time { return monday }, FrontDoor: "f", Stream: "s", Program: "v1",
		}
		if taken, err := worker.Step(t.Context()); taken != 1 || err != nil {
			t.Fatal(taken, err)
		}
	}
	return log, rs
}

// play does a log again, changed, and returns what differs.
func play(t *testing.T, log *audit.Log, rs *intake.Ruleset, get func(uint64) (intake.Notice, error), change func([]triage.Commit)) ([]Difference, Counts, error) {
	t.Helper()
	p := &Player{
		World: audit.NewWorld(rs.Index), Linking: rs.Linking, Calendar: must(queue.NewCalendar(queue.Config{})),
		Letter: letter.Read, FrontDoor: "f", Stream: "s", Program: "v1", Mail: get,
	}
	commits := must(log.ReadCommits(t.Context(), 1, 1000))
	if change != nil {
		change(commits)
	}
	var all []Difference
	for _, c := range commits {
		ds, err := p.Play(t.Context(), c)
		if err != nil {
			return all, p.Counts, err
		}
		all = append(all, ds...)
	}
	return all, p.Counts, nil
}

func found(seq uint64) (intake.Notice, error) {
	return intake.Notice{Seq: seq, Force: "wyp", Time: monday, Data: mail(int(seq) - 1)}, nil
}

// points raises the score of a commit that takes in a mail.
func points(n int) func([]triage.Commit) {
	return func(cs []triage.Commit) {
		for k, e := range cs[n].Events {
			if e, ok := e.(triage.ItemScored); ok {
				e.Score.Points++
				cs[n].Events[k] = e
				return
			}
		}
	}
}

// TestCauses changes the score of one commit, or what it is made from: the one
// difference has its cause, and what follows has none.
func TestCauses(t *testing.T) {
	log, rs := logOf(t, 4)
	if ds, counts, err := play(t, log, rs, found, nil); len(ds) > 0 || err != nil || counts.Read != 4 || counts.Again != 4 || counts.Commits != 5 {
		t.Errorf("the same log: %v, %+v, %v", ds, counts, err)
	}
	erased := func(seq uint64) (intake.Notice, error) {
		if seq == 2 {
			return intake.Notice{}, fmt.Errorf("mail %d: %w", seq, ErrErased)
		}
		return found(seq)
	}
	gone := func(seq uint64) (intake.Notice, error) { return intake.Notice{}, triage.ErrNotFound }
	for name, c := range map[string]struct {
		get    func(uint64) (intake.Notice, error)
		change func([]triage.Commit)
		cause  Cause
		counts Counts
	}{
		"erased":    {erased, points(2), CauseErased, Counts{Commits: 5, Again: 4, Read: 3, Kept: 1, Erased: 1}},
		"aged out":  {gone, points(2), CauseNone, Counts{Commits: 5, Again: 4, Kept: 4}},
		"by nobody": {found, points(2), CauseNone, Counts{Commits: 5, Again: 4, Read: 4}},
		"another version": {found, func(cs []triage.Commit) {
			e := cs[2].Events[0].(triage.NoticeRead)
			e.Program = "v0"
			cs[2].Events[0] = e
			points(2)(cs)
		}, CauseProgram, Counts{Commits: 5, Again: 4, Read: 4}},
	} {
		ds, counts, err := play(t, log, rs, c.get, c.change)
		counts.Programs = nil
		if err != nil || len(ds) != 1 || ds[0].Cause != c.cause || ds[0].Seq != 3 || ds[0].Field != "Score.Points" || fmt.Sprint(counts) != fmt.Sprint(c.counts) {
			t.Errorf("%s: %v, %+v, %v; want one difference by %s and %+v", name, ds, counts, err, c.cause, c.counts)
		}
	}
	ds, _, err := play(t, log, rs, found, func(cs []triage.Commit) {
		cs[0].Events[0] = triage.RulesActivated{Hash: rs.Hash, Bytes: []byte("no rules")}
	})
	if err != nil || len(ds) == 0 {
		t.Fatalf("rules that cannot be used: %v, %v", ds, err)
	}
	for _, d := range ds {
		if d.Cause != CauseRules || !strings.Contains(d.Why, "this program cannot use ruleset") {
			t.Errorf("rules that cannot be used: %v", d)
		}
	}
}

// TestAMailThatCannotBeFetched ends the replay: it is no difference.
func TestAMailThatCannotBeFetched(t *testing.T) {
	log, rs := logOf(t, 1)
	broken := errors.New("disk")
	_, _, err := play(t, log, rs, func(uint64) (intake.Notice, error) { return intake.Notice{}, broken }, nil)
	if !errors.Is(err, broken) {
		t.Errorf("Play() = %v, want the disk's error", err)
	}
	_, _, err = play(t, log, rs, found, func(cs []triage.Commit) { cs[1].Seq = 9 })
	if err == nil {
		t.Error("a log with a hole is played")
	}
}
