package duty

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Feedback is what a force is told of its notices on its own subject: what one
// lacks, or what a supervisor asks. It names the notice by what the force itself
// sent and holds no score, no band and no name; what a person asks is checked
// for names when it is asked. Of a restricted item there is no feedback
// (policy.md, "Restricted items").
type Feedback struct {
	Kind       string    `json:"kind"` // "findings" or "question"
	Receipt    *Receipt  `json:"receipt,omitempty"`
	References []string  `json:"references"` // the force's own, as it wrote them
	Findings   []Finding `json:"findings,omitempty"`
	Question   *Asked    `json:"question,omitempty"`
}

// Finding is something essential that a notice lacks (policy.md, "Quality
// findings").
type Finding struct {
	Code  string `json:"code"`
	Lacks string `json:"lacks"` // the field, in words
}

// Asked is a question of a supervisor.
type Asked struct {
	Words  string    `json:"words"`
	At     time.Time `json:"at"`
	Answer string    `json:"answer_with"` // to be quoted in the answer's text: it leads the answer to its item
}

// lacks says in words which field a finding misses.
var lacks = map[string]string{
	"no_child_details": "name of the child", "no_dob": "date of birth or age of every child", "no_address": "home address",
	"no_reference": "occurrence, crime or dated log number", "no_outcome": "how police attendance ended, and who has the child now",
	"no_child_voice": "whether the child was seen or spoken to, and how it presented", "no_police_grade": "police grade of the risk",
	"no_consent": "whether the family knows of the notice and agrees", "no_officer": "officer who can be asked",
}

// findings is the feedback on a notice; nil if there is none to give.
func findings(c *triage.Commit, told Receipt, now *triage.Snapshot) *Feedback {
	f := &Feedback{Kind: "findings", Receipt: &told, References: []string{}, Findings: []Finding{}}
	for _, e := range c.Events {
		entry, ok := triage.EntryOf(e)
		if !ok || entry.Notice != told.Notice {
			continue
		}
		if i := now.Items[e.Target()]; i == nil || slices.Contains(i.Score.Flags, "restricted") || isAnswer(entry) {
			return nil
		}
		f.References = append(f.References, ownReferences(entry)...)
		for _, code := range entry.Reading.Quality {
			f.Findings = append(f.Findings, Finding{Code: code, Lacks: lacks[code]})
		}
	}
	if told.Kind != "notice" {
		return nil
	}
	return f
}

// isAnswer tells whether a notice answers a question: it is no form, and what a
// form must have says nothing of it.
func isAnswer(e triage.Entry) bool {
	return slices.ContainsFunc(e.Reading.References, func(r triage.Reference) bool { return r.Kind == triage.AnswerKind })
}

func ownReferences(e triage.Entry) (out []string) {
	for _, r := range e.Reading.References {
		if r.Own && !slices.Contains(out, r.Raw) {
			out = append(out, r.Raw)
		}
	}
	return out
}

// question tells the forces what was asked of them.
func (r *Relay) question(ctx context.Context, c *triage.Commit, now *triage.Snapshot) (bool, error) {
	for _, e := range c.Events {
		q, ok := e.(triage.PoliceAsked)
		if !ok {
			continue
		}
		f := &Feedback{Kind: "question", References: []string{}, Question: &Asked{Words: q.Question, At: c.At, Answer: triage.AnswerCode(q.Item)}}
		if i := now.Items[q.Item]; i != nil {
			for _, entry := range i.Entries {
				if entry.Sender() == q.Force && !entry.Struck {
					f.References = append(f.References, ownReferences(entry)...)
				}
			}
		}
		slices.Sort(f.References)
		f.References = slices.Compact(f.References)
		if err := r.feedback(ctx, q.Force, f); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (r *Relay) feedback(ctx context.Context, force string, f *Feedback) error {
	if f == nil {
		return nil
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return r.Out.Feedback(ctx, force, data)
}
