package queueapi

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// TestQuality counts what came in a time, by force, and blurs what is small.
func TestQuality(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	h.open(40, "offending") // before the time asked for
	h.wait(time.Hour)
	from := h.clock()
	send := func(k int, force string, quality ...string) *triage.Item {
		r := reading(k)
		r.Quality = quality
		read, e := h.entry(r, "offending")
		read.Force = force
		return h.take(read, e, "")
	}
	for k := range 7 {
		send(k, "wyp", "no_dob")
	}
	decided := send(7, "wyp")
	sent := send(8, "btp", "no_consent")
	again, e := h.entry(reading(8))
	again.Force, e.Relation = "btp", triage.RelationResend
	h.take(again, e, sent.ID)
	token := n.claim(t, decided.ID)
	n.look(t, h.item(decided.ID))
	if _, err := n.queue().DecideItem(n.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(decided.ID), Token: token, Decisions: decision("c1")}); err != nil {
		t.Fatal(err)
	}
	h.wait(time.Hour)
	got, err := n.notice().GetQuality(n.ctx(t), &pb.GetQualityRequest{From: timestamppb.New(from)})
	if err != nil || len(got.GetForces()) != 2 {
		t.Fatalf("GetQuality() = %v, %v", got, err)
	}
	count := func(list []*pb.NamedCount, name string) string {
		for _, c := range list {
			if c.GetName() == name {
				return prototext.MarshalOptions{}.Format(c.GetCount())
			}
		}
		return "none"
	}
	btp, wyp := got.GetForces()[0], got.GetForces()[1]
	if wyp.GetForce() != "wyp" || wyp.GetNotices().GetAbout() != 10 || count(wyp.GetFindings(), "no_dob") != "about:5" || wyp.MedianDays == nil {
		t.Errorf("wyp: %v", wyp)
	}
	if count(wyp.GetOutcomes(), "waiting") != "about:5" || count(wyp.GetOutcomes(), "early_help") != "few:true" {
		t.Errorf("what became of wyp's: %v", wyp.GetOutcomes())
	}
	if !btp.GetNotices().GetFew() || !btp.GetResends().GetFew() || btp.MedianDays != nil || count(btp.GetFindings(), "no_consent") != "few:true" {
		t.Errorf("btp: %v", btp)
	}
	_, err = n.notice().GetQuality(n.ctx(t), &pb.GetQualityRequest{})
	wantError(t, "no beginning", err, codes.InvalidArgument, "INVALID")
	_, err = n.notice().GetQuality(n.ctx(t), &pb.GetQualityRequest{From: timestamppb.New(from.AddDate(-1, 0, 0))})
	wantError(t, "a year", err, codes.InvalidArgument, "INVALID")
}

// TestAQuestionSaysNoMoreThanTheForce has sent.
func TestAQuestionSaysNoMoreThanTheForce(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	r := reading(0)
	r.Force, r.People = "btp", append(r.People, triage.Person{Role: triage.RoleOther, Name: "Ludmila Aunt", Given: "Ludmila"})
	read, e := h.entry(r)
	e.Relation = triage.RelationSameIncident
	h.take(read, e, i.ID)
	ask := func(words string) error {
		_, err := n.queue().AskPolice(n.ctx(t), &pb.AskPoliceRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Force: "wyp", Question: words})
		return err
	}
	wantError(t, "a name that only another force has sent", ask("was LUDMILA there?"), codes.InvalidArgument, "INVALID")
	if err := ask("was Zebedee there?"); err != nil {
		t.Errorf("a name that the force itself has sent: %v", err)
	}
}

// TestAQuestionGoesWhereTheForceListens: the code on the form is not that of the
// system which handed the mail in.
func TestAQuestionGoesWhereTheForceListens(t *testing.T) {
	r := triage.Reading{Force: "13"}
	i := &triage.Item{ID: "i", Open: []string{""}, Entries: []triage.Entry{
		{Notice: "a", Seq: 1, Via: "wyp", Readable: true, Reading: r}, {Notice: "b", Seq: 2, Via: "btp", Readable: true},
		{Notice: "c", Seq: 3, Readable: true, Reading: triage.Reading{Force: "gmp"}, Relation: triage.RelationResend},
	}}
	for named, want := range map[string]string{"": "btp", "13": "wyp", "wyp": "wyp", "gmp": "gmp", "nyp": ""} {
		if got := addressee(i, named); got != want {
			t.Errorf("addressee(%q) = %q, want %q", named, got, want)
		}
	}
}
