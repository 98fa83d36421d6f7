package seal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// Sealer seals what goes to the log and opens what comes from it.
type Sealer struct {
	Ring *Ring
	// Lost is told of every key that a value asks for in vain. Defaults to
	// nothing.
	Lost func(name string)
	// People opens only whom notices name, for linking; all else stays sealed.
	People bool
}

// Seal returns the commit with every personal value sealed, and makes the keys
// that are not there. left are the items as the commit leaves them. It never
// changes the commit given. ErrGone: a key that it needs was erased.
func (s Sealer) Seal(ctx context.Context, c triage.Commit, left []*triage.Item) (triage.Commit, error) {
	w := work{Sealer: s, ctx: ctx, boxes: map[string]*box{}, need: map[string]bool{}}
	items := map[triage.ItemID]*triage.Item{}
	for _, i := range left {
		items[i.ID] = i
	}
	// Twice over the commit: first which keys it needs, then the sealing.
	ask := walker{left: items, text: w.askText, person: w.askPerson, row: w.askRow}
	put := walker{left: items, text: w.sealText, person: w.sealPerson, row: w.sealRow}
	for _, e := range c.Events {
		ask.event(e)
	}
	if w.err == nil {
		w.err = s.Ring.ensureAll(ctx, slices.Sorted(maps.Keys(w.need)))
	}
	c.Events = slices.Clone(c.Events)
	for n, e := range c.Events {
		c.Events[n] = put.event(e)
	}
	if w.err != nil {
		return triage.Commit{}, fmt.Errorf("seal commit %s: %w", c.ID, w.err)
	}
	return c, nil
}

// Commit returns a commit of the log as it was before it was sealed; what was
// erased is empty, or Gone where a person wrote it. It folds as the sealed one. It never changes the commit given. An error means that the
// store of keys cannot be asked.
func (s Sealer) Commit(ctx context.Context, c triage.Commit) (triage.Commit, error) {
	w := work{Sealer: s, ctx: ctx, boxes: map[string]*box{}}
	walk := w.opener()
	c.Events = slices.Clone(c.Events)
	for n, e := range c.Events {
		c.Events[n] = walk.event(e)
	}
	if w.err != nil {
		return triage.Commit{}, fmt.Errorf("open commit %d: %w", c.Seq, w.err)
	}
	return c, nil
}

// Holds tells whether a commit holds a sealed value.
func Holds(c *triage.Commit) (found bool) {
	w := walker{
		text:   func(_ string, s *string) { found = found || Sealed(*s) },
		person: func(_ string, p *triage.Person) { found = found || Sealed(p.Name) },
		row:    func(r *triage.CaseRow) { found = found || Sealed(r.Case) },
	}
	for _, e := range c.Events {
		w.event(e)
	}
	return found
}

// Item is Commit for an item.
func (s Sealer) Item(ctx context.Context, i *triage.Item) (*triage.Item, error) {
	w := work{Sealer: s, ctx: ctx, boxes: map[string]*box{}}
	walk := w.opener()
	opened := walk.item(i)
	if w.err != nil {
		return nil, fmt.Errorf("open item %s: %w", i.ID, w.err)
	}
	return opened, nil
}

// work is one run over a commit or an item. After an error it does nothing.
type work struct {
	Sealer
	ctx   context.Context //nolint:containedctx // of the one call that the work is
	boxes map[string]*box // nil: gone
	need  map[string]bool
	err   error
}

func (w *work) askText(names string, s *string) {
	if *s != "" {
		w.ask(names)
	}
}

func (w *work) askPerson(names string, p *triage.Person) {
	if _, personal := w.split(p); personal {
		w.ask(names)
	}
}

func (w *work) askRow(r *triage.CaseRow) {
	name, err := w.Ring.caseKey(w.ctx, r.Case)
	w.fail(err)
	w.ask(name)
}

func (w *work) ask(names string) {
	for name := range strings.SplitSeq(names, "+") {
		w.need[name] = true
	}
}

func (w *work) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *work) sealText(names string, s *string) {
	if *s == "" {
		return
	}
	if b := w.box(names); b != nil {
		*s = b.text([]byte(*s))
	}
}

// split returns what of a person stays open, and whether that is not all.
func (w *work) split(p *triage.Person) (plain triage.Person, personal bool) {
	plain = p.Bare()
	some := len(p.Aliases) > 0 || p.Address != triage.Address{}
	for _, s := range []string{
		p.Name, p.Given, p.Family, p.DOB, p.BornFrom, p.BornTo, p.EDD, p.Phone, p.School, p.GP, p.NHS, p.UPN, p.Relation, p.Mother,
	} {
		some = some || s != ""
	}
	return plain, some
}

// sealPerson puts the whole person, sealed, in the place of the name.
func (w *work) sealPerson(names string, p *triage.Person) {
	plain, personal := w.split(p)
	if !personal {
		return
	}
	b := w.box(names)
	bytes, err := wire.EncodePerson(p)
	if w.fail(err); b != nil && err == nil {
		plain.Name = b.text(bytes)
		*p = plain
	}
}

// sealRow puts the whole row, sealed, in the place of the case's id.
func (w *work) sealRow(r *triage.CaseRow) {
	name, err := w.Ring.caseKey(w.ctx, r.Case)
	if w.fail(err); err != nil {
		return
	}
	b := w.box(name)
	bytes, err := wire.EncodeCaseRow(r)
	if w.fail(err); b != nil && err == nil {
		*r = triage.CaseRow{Case: b.text(bytes), Status: r.Status, ClosedAt: r.ClosedAt}
	}
}

// box returns the cipher of these keys, nil once something has failed.
func (w *work) box(names string) *box {
	b, known := w.boxes[names]
	if w.err != nil || known {
		return b
	}
	b, err := w.Ring.box(w.ctx, names)
	if w.fail(err); err != nil {
		return nil
	}
	w.boxes[names] = b
	return b
}

func (w *work) opener() walker {
	return walker{
		text:   func(_ string, s *string) { w.open(s, func(plain []byte) error { *s = string(plain); return nil }) },
		person: w.openPerson,
		row:    w.openRow,
	}
}

func (w *work) openPerson(_ string, p *triage.Person) {
	w.open(&p.Name, func(b []byte) error {
		whole, err := wire.DecodePerson(b)
		if err == nil {
			*p = *whole
		}
		return err
	})
}

func (w *work) openRow(r *triage.CaseRow) {
	w.open(&r.Case, func(b []byte) error {
		whole, err := wire.DecodeCaseRow(b)
		if err == nil {
			*r = *whole
		}
		return err
	})
}

// open hands the plain value over, or leaves none where its key was erased. A
// value that is not sealed stays.
func (w *work) open(s *string, take func([]byte) error) {
	if w.err != nil || !Sealed(*s) {
		return
	}
	names, sealed, err := parse(*s)
	if err != nil {
		w.lost("?", s)
		return
	}
	if w.People && (!strings.HasPrefix(names, "n") || !strings.HasSuffix(names, "-i")) {
		return
	}
	b, known := w.boxes[names]
	if !known {
		b, err = w.Ring.box(w.ctx, names)
		if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, ErrMaster) {
			w.err = err
			return
		}
		w.boxes[names] = b
	}
	if b == nil {
		w.lost(names, s)
		return
	}
	plain, err := b.open(sealed)
	if err == nil {
		err = take(plain)
	}
	if err != nil {
		w.lost(names, s)
	}
}

// Gone stands for what a person wrote and was erased: a decision has a reason,
// though nobody can read it any more.
const Gone = "[erased]"

func (w *work) lost(names string, s *string) {
	if *s = ""; strings.HasPrefix(names, "w-") {
		*s = Gone
	}
	if w.Lost != nil {
		w.Lost(names)
	}
}
