package faults

import (
	"fmt"
	"math"
	"time"

	"github.com/anishathalye/porcupine"
)

// holding is the state of an item's claim: who may act, by token, until when.
type holding struct {
	token, last uint64 // 0: nobody holds it; the highest ever given
	until       int64
}

// claimModel says what supervisors may have been told, if the claims of every
// item were kept by one clerk who does one thing after the other. A claim whose
// time is up may be taken, and may not be used.
var claimModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) (parts [][]porcupine.Operation) {
		of := map[string][]porcupine.Operation{}
		for _, o := range history {
			of[o.Input.(deed).item] = append(of[o.Input.(deed).item], o)
		}
		for _, p := range of {
			parts = append(parts, p)
		}
		return parts
	},
	Init: func() any { return holding{} },
	Step: func(state, input, _ any) (bool, any) { return input.(deed).step(state.(holding)) },
	DescribeOperation: func(input, _ any) string {
		d := input.(deed)
		return fmt.Sprintf("%s %s token %d: done %t %s", d.who, d.what, d.token, d.done, d.reason)
	},
}

// step tells whether the clerk may have answered so, and what he knows then.
func (d deed) step(h holding) (bool, holding) {
	called, answered := d.called.UnixNano(), d.answered.UnixNano()
	if d.answered.IsZero() {
		answered = math.MaxInt64
	}
	over := h.token == 0 || h.until <= answered // by the time of the answer
	held := h.token != 0 && h.until > called    // still at the time of the call
	switch {
	case d.what == "claim" && d.done:
		return over && d.token > h.last, holding{d.token, d.token, d.until.UnixNano()}
	case d.what == "claim":
		return held, h
	case d.done:
		ok := held && h.token == d.token
		if h.until = d.until.UnixNano(); d.until.IsZero() {
			h.token = 0
		}
		return ok, h
	case d.reason == "UNOPENED":
		return held && h.token == d.token, h
	}
	return over || h.token != d.token, h
}

// speaks tells whether the model has anything to say of a deed.
func (d deed) speaks() bool {
	switch d.what {
	case "claim":
		return d.done && d.token != 0 || d.reason == "CLAIMED"
	case "release", "renew", "override":
		return d.done || d.reason == "TOKEN"
	case "decide":
		return d.done || d.reason == "TOKEN" || d.reason == "UNOPENED"
	}
	return false
}

// linearizable checks what supervisors were told. Of a command without a clear
// answer the log says what became of it, at any time since.
func linearizable(deeds []deed, log map[string]deed) error {
	var history []porcupine.Operation
	for n, d := range deeds {
		in, stored := log[d.id]
		switch {
		case d.doubt && !d.done && !stored:
			continue
		case d.doubt && !d.done:
			in.called, in.who, in.what, in.done = d.called, d.who, d.what, true
			d = in
		case d.doubt && stored: // a repeat is answered with the item as it is by then
			d.until = in.until
		}
		if !d.speaks() {
			continue
		}
		end := int64(math.MaxInt64)
		if !d.answered.IsZero() {
			end = d.answered.UnixNano()
		}
		history = append(history, porcupine.Operation{ClientId: n, Input: d, Call: d.called.UnixNano(), Return: end})
	}
	if len(history) == 0 {
		return fmt.Errorf("nobody was told anything of a claim")
	}
	for _, part := range claimModel.Partition(history) {
		if porcupine.CheckOperationsTimeout(claimModel, part, 30*time.Second) == porcupine.Illegal {
			return fmt.Errorf("item %s: no order of the %d answers about its claim makes sense: %s", part[0].Input.(deed).item, len(part), describe(part))
		}
	}
	return nil
}

func describe(part []porcupine.Operation) (text string) {
	for _, o := range part {
		text += fmt.Sprintf("\n\t%d to %d %s", o.Call, o.Return, claimModel.DescribeOperation(o.Input, nil))
	}
	return text
}
