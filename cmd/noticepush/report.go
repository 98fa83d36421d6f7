package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// report tells a person or a machine what became of the mails: a line a mail on
// out, progress and trouble on err. It never has a word of a mail to tell.
type report struct {
	out, err io.Writer
	json     bool
	columns  int // of the terminal that shows progress; 0: none
	bar      bool

	total                       int // mails known of so far
	nAccepted, nReceipted, nOld int
	bad                         []refusal
	missing                     []entry // accepted without a receipt
	said                        string  // the last trouble, so that it is said once
}

// refusal is a mail that was not accepted, and why.
type refusal struct{ key, name, why string }

func newReport(stdout, stderr io.Writer, asJSON bool) *report {
	columns, terminal := cli.Terminal(stderr)
	return &report{out: stdout, err: stderr, json: asJSON, columns: columns, bar: terminal}
}

// line is what a machine is told of a mail.
type line struct {
	entry
	Truncated bool   `json:"truncated,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Already   bool   `json:"already_received,omitempty"`
	Readable  *bool  `json:"readable,omitempty"`
	Error     string `json:"error,omitempty"`
}

// tell prints one mail's line.
func (r *report) tell(l line, words string) {
	r.clear()
	if r.json {
		_ = json.NewEncoder(r.out).Encode(l) // nobody listens: nothing to do
	} else {
		fmt.Fprintln(r.out, cli.Plain(words))
	}
	r.progress()
}

func (r *report) accepted(e entry, truncated bool) {
	r.nAccepted++
	r.forgive(e)
	words := fmt.Sprintf("accepted   %7d  %s", e.Seq, e.Name)
	if truncated {
		words += " (larger than the limit: only its head was sent, a person will be told to read it)"
	}
	r.tell(line{entry: e, Truncated: truncated}, words)
}

func (r *report) receipted(e entry, rc receipt) {
	r.nReceipted++
	var notes []string
	if rc.Kind == "not_a_notice" {
		notes = append(notes, "not a notice")
	}
	if rc.Already {
		notes = append(notes, "already received before")
	}
	if !rc.Readable {
		notes = append(notes, "could not be read by machine: a person will")
	}
	words := fmt.Sprintf("receipt    %7d  %s  notice %s", e.Seq, e.Name, e.Notice)
	if len(notes) > 0 {
		words += " (" + strings.Join(notes, "; ") + ")"
	}
	r.tell(line{entry: e, Kind: rc.Kind, Already: rc.Already, Readable: &rc.Readable}, words)
}

// known tells of a mail that was given before.
func (r *report) known(e entry, name string) {
	r.nOld++
	as := "accepted before; not sent again without --again"
	if e.State == receipted {
		as = "receipted before as notice " + e.Notice + "; not sent again without --again"
	}
	words := fmt.Sprintf("known      %7d  %s  %s", e.Seq, name, as)
	e.Name = name
	r.tell(line{entry: e}, words)
}

// refused tells of a mail that was not accepted; the person is told at the end.
func (r *report) refused(e entry, err error) {
	r.forgive(e)
	why := cli.Plain(err.Error())
	r.bad = append(r.bad, refusal{key: e.key(), name: e.Name, why: why})
	if r.json {
		r.tell(line{entry: e, Error: why}, "")
	}
	r.progress()
}

// forgive takes back that a mail was not accepted.
func (r *report) forgive(e entry) {
	r.bad = slices.DeleteFunc(r.bad, func(b refusal) bool { return b.key == e.key() && b.name == e.Name })
}

// without notes which mails have no receipt.
func (r *report) without(left []entry) { r.missing = left }

// trouble tells of something that is not one mail's.
func (r *report) trouble(err error) { r.once("noticepush: " + err.Error()) }

func (r *report) retrying(err error, patience fmt.Stringer) {
	r.once(fmt.Sprintf("noticepush: %s; trying again for up to %s", err, patience))
}

func (r *report) noReceipt(err error) { r.once("noticepush: no receipt: " + err.Error()) }

// once says something unless it was the last thing said.
func (r *report) once(words string) {
	if words = cli.Plain(words); words == r.said {
		return
	}
	r.said = words
	r.clear()
	fmt.Fprintln(r.err, words)
	r.progress()
}

const barWidth = 24

// progress draws the bar, on a terminal.
func (r *report) progress() {
	if !r.bar {
		return
	}
	done := r.nAccepted + r.nOld + len(r.bad)
	total := max(r.total, done, 1)
	full := barWidth * done / total
	words := fmt.Sprintf("[%s%s] %d/%d · %d accepted · %d receipts · %d not accepted",
		strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), done, total, r.nAccepted, r.nReceipted, len(r.bad))
	if runes := []rune(words); r.columns > 0 && len(runes) >= r.columns {
		words = string(runes[:r.columns-1])
	}
	fmt.Fprint(r.err, "\r\x1b[K"+words)
}

// clear takes the bar away before a line is printed.
func (r *report) clear() {
	if r.bar {
		fmt.Fprint(r.err, "\r\x1b[K")
	}
}

// finish says what is not as it should be and returns the exit code.
func (r *report) finish(wantReceipts bool) int {
	r.clear()
	for _, b := range r.bad {
		fmt.Fprintf(r.err, "NOT ACCEPTED: %s: %s\n", cli.Plain(b.name), b.why)
	}
	if wantReceipts {
		for _, e := range r.missing {
			fmt.Fprintf(r.err, "NO RECEIPT YET: %s (accepted as %d)\n", cli.Plain(e.Name), e.Seq)
		}
	}
	fmt.Fprintf(r.err, "%d accepted, %d receipted, %d given before, %d not accepted\n", r.nAccepted, r.nReceipted, r.nOld, len(r.bad))
	switch {
	case len(r.bad) > 0:
		return cli.ExitFailed
	case wantReceipts && len(r.missing) > 0:
		return exitNoReceipt
	}
	return cli.ExitOK
}
