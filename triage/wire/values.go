package wire

import (
	"errors"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/ppn-triage/ppn-triage/triage"
)

// encoder turns nouns into messages. It is total: what has no place in a
// message is written as near as can be, and the first such loss kept in err.
type encoder struct{ err error }

// decoder turns messages into nouns, and keeps in err the first thing that no
// noun has a place for.
type decoder struct{ err error }

func (e *encoder) lose(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (d *decoder) lose(err error) {
	if d.err == nil {
		d.err = err
	}
}

// int narrows to what the contract holds; field names it in the error.
func (e *encoder) int(field string, n int) int32 {
	near := min(max(n, math.MinInt32), math.MaxInt32)
	if near != n {
		e.lose(fmt.Errorf("%s: %d needs more than 32 bits", field, n))
	}
	return int32(near)
}

// none is how the nouns say that a number was not said.
const none = -1

// maybe writes a number that is absent when the noun has none.
func (e *encoder) maybe(field string, n int) *int32 {
	if n == none {
		return nil
	}
	if n < none {
		e.lose(fmt.Errorf("%s: %d is less than none", field, n))
	}
	v := e.int(field, n)
	return &v
}

func (d *decoder) maybe(field string, n *int32) int {
	if n == nil {
		return none
	}
	if *n < 0 {
		d.lose(fmt.Errorf("%s: %d is less than 0", field, *n))
	}
	return int(*n)
}

func (e *encoder) time(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	ts := timestamppb.New(t)
	if err := ts.CheckValid(); err != nil {
		e.lose(errors.New("time outside the years 1 to 9999"))
	}
	return ts
}

func (d *decoder) time(ts *timestamppb.Timestamp) time.Time {
	if ts == nil {
		return time.Time{}
	}
	if err := ts.CheckValid(); err != nil {
		d.lose(errors.New("time outside the years 1 to 9999"))
	}
	return ts.AsTime()
}

// code and value turn enums, which have the same numbers on both sides. names
// is the generated table of the numbers that exist.
func code[P ~int32, N ~uint8](e *encoder, names map[int32]string, n N) P {
	if _, ok := names[int32(n)]; !ok {
		e.lose(fmt.Errorf("unknown %T %d", n, uint8(n)))
	}
	return P(n)
}

func value[N ~uint8, P ~int32](d *decoder, names map[int32]string, p P) N {
	if _, ok := names[int32(p)]; !ok {
		d.lose(fmt.Errorf("unknown %T %d", p, int32(p)))
		return 0
	}
	return N(p)
}

// messages turns a list of nouns.
func messages[N, M any](list []N, to func(*N) *M) []*M {
	if len(list) == 0 {
		return nil
	}
	out := make([]*M, len(list))
	for i := range list {
		out[i] = to(&list[i])
	}
	return out
}

// nouns turns a list of messages.
func nouns[M, N any](list []*M, from func(*M) N) []N {
	if len(list) == 0 {
		return nil
	}
	out := make([]N, len(list))
	for i, m := range list {
		out[i] = from(m)
	}
	return out
}

// strs turns a list of texts of one kind into another.
func strs[B, A ~string](list []A) []B {
	if len(list) == 0 {
		return nil
	}
	out := make([]B, len(list))
	for i, s := range list {
		out[i] = B(s)
	}
	return out
}

// invalid makes a loss the caller's fault.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", triage.ErrInvalid, err)
}
