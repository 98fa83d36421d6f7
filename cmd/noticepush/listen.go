package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// feedback is the public part of what a force is told of its notices: package
// duty names it Feedback.
type feedback struct {
	Kind    string `json:"kind"`
	Receipt *struct {
		Seq     uint64 `json:"seq"`
		Notice  string `json:"notice_id"`
		Already bool   `json:"already_received"`
	} `json:"receipt"`
	References []string `json:"references"`
	Findings   []struct {
		Lacks string `json:"lacks"`
	} `json:"findings"`
	Question *struct {
		Words  string `json:"words"`
		Answer string `json:"answer_with"`
	} `json:"question"`
}

// listen prints what the force is told, until it is stopped.
func (p *pusher) listen(ctx context.Context, out io.Writer) error {
	door, err := p.door(ctx, p.FrontDoor)
	if err != nil {
		return err
	}
	return door.Feedback(ctx, p.Force, time.Now().Add(-p.Since), func(data []byte) {
		if p.JSON {
			fmt.Fprintf(out, "%s\n", data)
			return
		}
		var f feedback
		if err := json.Unmarshal(data, &f); err != nil {
			p.report.trouble(fmt.Errorf("feedback that cannot be read: %w", err))
			return
		}
		fmt.Fprintln(out, cli.Plain(f.words()))
	})
}

func (f *feedback) words() string {
	about := "no reference"
	if len(f.References) > 0 {
		about = strings.Join(f.References, ", ")
	}
	switch {
	case f.Question != nil:
		return fmt.Sprintf("QUESTION   %s  %s  (quote %s in the answer)", about, f.Question.Words, f.Question.Answer)
	case f.Receipt == nil:
		return fmt.Sprintf("%-10s %s", f.Kind, about)
	}
	notes := []string{"complete"}
	if len(f.Findings) > 0 {
		notes[0] = "lacks: "
		for n, x := range f.Findings {
			notes[0] += strings.Repeat("; ", min(n, 1)) + x.Lacks
		}
	}
	if f.Receipt.Already {
		notes = append(notes, "already received before")
	}
	return fmt.Sprintf("notice     %7d  %s  %s", f.Receipt.Seq, about, strings.Join(notes, "; "))
}
