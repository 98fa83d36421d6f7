package cli

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the council's clock is known on a machine without zone files too

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// London is where forces and council are: the only clock that people see.
var London = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // it is linked in
	}
	return l
}()

// BandWord is a band as the policy writes it.
func BandWord(b pb.Band) string { return strings.TrimPrefix(b.String(), "BAND_") }

// When is a time as people here write it; "-" if there is none.
func When(t *timestamppb.Timestamp) string {
	if t == nil {
		return "-"
	}
	return t.AsTime().In(London).Format("Mon 2 Jan 2006 15:04")
}

// clockTime is a time of this day or of one near it.
func (s Screen) clockTime(t *timestamppb.Timestamp) string {
	at, now := t.AsTime().In(London), s.Now.In(London)
	switch {
	case t == nil:
		return "-"
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04")
	case at.Sub(now).Abs() < 6*24*time.Hour:
		return at.Format("Mon 15:04")
	}
	return at.Format("2 Jan 2006 15:04")
}

func span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// due says how long is left, first of all when too little is.
func (s Screen) due(m *pb.ItemSummary) string {
	if m.GetState() == pb.ItemState_ITEM_STATE_DECIDED {
		return "decided"
	}
	left := m.GetDue().AsTime().Sub(s.Now)
	switch {
	case left < 0:
		return "OVERDUE " + span(-left)
	case m.GetBreachRisk():
		return "AT RISK " + span(left)
	}
	return "due in " + span(left)
}

// points writes hundredths as points.
func points(hundredths int32) string {
	return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.2f", float64(hundredths)/100), "0"), ".0")
}

func count(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case one == "child":
		return fmt.Sprintf("%d children", n)
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func nonEmpty(parts ...string) (out []string) {
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

func joined(parts ...string) string { return strings.Join(nonEmpty(parts...), " · ") }

// prefixed is label and words, or nothing where there are no words.
func prefixed(label, words string) string {
	if words == "" {
		return ""
	}
	return label + words
}

// slugWords is a slug that has no better words.
func slugWords(slug string) string { return strings.ReplaceAll(slug, "_", " ") }

// inWords looks a slug up in a table of words.
func inWords(table map[string]string, slug string) string {
	if w, ok := table[slug]; ok {
		return w
	}
	return slugWords(slug)
}

// statusWords are a child's statuses (policy.md, "Vulnerability").
var statusWords = map[string]string{
	"child_protection": "child protection plan", "looked_after": "looked after", "child_in_need": "child in need", "none": "",
}

// qualityWords are the findings on a notice (policy.md, "Quality findings").
var qualityWords = map[string]string{
	"no_child_details": "no child is named", "no_dob": "a child without date of birth", "no_address": "no address",
	"no_reference": "no police reference", "no_outcome": "not said what was done or comes next",
	"no_child_voice": "not said whether the child was seen or spoken to", "no_police_grade": "no police grade",
	"no_consent": "not said whether anybody agreed to sharing", "no_officer": "no reporting officer",
}

// relationWords say how a notice came to its item.
var relationWords = map[pb.Relation]string{
	pb.Relation_RELATION_NEW: "opened the item", pb.Relation_RELATION_RESEND: "the same notice again",
	pb.Relation_RELATION_UPDATE: "update of an earlier notice", pb.Relation_RELATION_SAME_INCIDENT: "another notice about the same incident",
	pb.Relation_RELATION_REPEAT: "a later incident of a child seen before; opened the item",
}

var linkWords = map[pb.LinkKind]string{
	pb.LinkKind_LINK_KIND_CHILD: "same child", pb.LinkKind_LINK_KIND_HOUSEHOLD: "same household",
	pb.LinkKind_LINK_KIND_POSSIBLE: "possibly the same child", pb.LinkKind_LINK_KIND_ALLEGED: "same alleged person",
}

// readAs says how a fact was read where that is not simply "it is so".
func readAs(f interface {
	GetPolarity() pb.Polarity
	GetTime() pb.FactTime
	GetHolder() pb.Holder
}) string {
	var words []string
	switch f.GetPolarity() {
	case pb.Polarity_POLARITY_POSSIBLE:
		words = append(words, "alleged, suspected or disputed: counts in full")
	case pb.Polarity_POLARITY_ABSENT:
		words = append(words, "said not to be so")
	case pb.Polarity_POLARITY_HYPOTHETICAL:
		words = append(words, "advice, condition or worry")
	default:
	}
	if f.GetTime() == pb.FactTime_FACT_TIME_HISTORIC {
		words = append(words, "in the past")
	}
	if f.GetHolder() == pb.Holder_HOLDER_OTHER {
		words = append(words, "of somebody outside the household")
	}
	return strings.Join(words, ", ")
}
