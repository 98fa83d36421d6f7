package cli

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Quality prints what the forces sent since a time.
func (s Screen) Quality(r *pb.GetQualityResponse, from *timestamppb.Timestamp) {
	s.Say("Notices received since %s. Counts are to the nearest 5; “<5” is 1 to 4.", When(from))
	if len(r.GetForces()) == 0 {
		s.Say("None.")
	}
	for _, f := range r.GetForces() {
		s.head(strings.ToUpper(f.GetForce()))
		s.line("  %s", joined(blurred(f.GetNotices())+" notices", blurred(f.GetResends())+" of them the same text again"))
		s.line("  lacking:   %s", counts(f.GetFindings(), func(n string) string { return inWords(qualityWords, n) }))
		if f.MedianDays != nil {
			s.line("  incident to receipt: half within %s, nine in ten within %s", days(f.GetMedianDays()), days(f.GetNinetiethDays()))
		}
		s.line("  received:  %s", counts(f.GetHours(), slugWords))
		s.line("  became:    %s", counts(f.GetOutcomes(), slugWords))
	}
}

func blurred(c *pb.BlurredCount) string {
	if c.GetFew() {
		return "<5"
	}
	return fmt.Sprint(c.GetAbout())
}

func counts(list []*pb.NamedCount, words func(string) string) string {
	var out []string
	for _, n := range list {
		out = append(out, blurred(n.GetCount())+" "+words(n.GetName()))
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

func days(n int32) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
