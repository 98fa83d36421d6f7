package queueapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/rules"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// ExplainItem says why an item has its band and its place: each rule with the
// words it goes by and what the item would be without it.
func (s queueService) ExplainItem(ctx context.Context, r *pb.ExplainItemRequest) (*pb.ExplainItemResponse, error) {
	return answer(ctx, r, s.explain)
}

func (s queueService) explain(ctx context.Context, r *pb.ExplainItemRequest) (*pb.ExplainItemResponse, error) {
	d, i, at, err := s.read(ctx, r.GetFrontDoor(), r.GetItemId(), "explanation")
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now().UTC()
	orders, err := d.Queue.Orders(ctx)
	if err != nil {
		return nil, err
	}
	x := explaining{front: d, item: i, now: now, orders: orders}
	out := &pb.ExplainItemResponse{
		ItemId: string(i.ID), Band: wire.BandProto(i.Band()), Because: because(i), Order: d.orderKey(i, now),
		Ruleset: i.Score.Ruleset, AppliedPosition: at.applied,
	}
	if i.Queued() {
		if out.Place, err = x.place(ctx, queue.KeyOf(i)); err != nil {
			return nil, err
		}
	}
	for n := range i.Score.Parts {
		p := wire.PartProto(&i.Score.Parts[n])
		if strings.HasPrefix(p.GetWhy(), "status: ") {
			p.Why = strings.Join(append([]string{p.GetWhy()}, x.known()...), ", ")
		}
		out.Parts = append(out.Parts, p)
	}
	if out.Hits, err = x.hits(ctx); err != nil {
		return nil, err
	}
	if r.GetOtherItemId() != "" {
		o, _, err := d.item(ctx, r.GetOtherItemId())
		if err != nil {
			return nil, err
		}
		out.OtherOrder, out.Comparison = d.orderKey(o, now), d.compare(i, o, now)
	}
	return out, nil
}

// explaining is one answer: an item at a moment, among the orders of all.
type explaining struct {
	*front
	item   *triage.Item
	now    time.Time
	orders map[triage.ItemID]uint64
}

// known says how old what is known of the children's status is, and whence.
func (x *explaining) known() (out []string) {
	for _, c := range x.item.Children {
		day, err := time.Parse(time.DateOnly, c.AsOf)
		if c.Status == "" || c.Status == "none" || err != nil {
			continue
		}
		source := "a person's entry"
		if c.ByList {
			source = "the case list"
		}
		s := fmt.Sprintf("by %s of %s (%d days old)", source, c.AsOf, max(0, int(x.now.Sub(day).Hours()/24)))
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// place is where an item with this key would stand in the queue, from 1.
func (x *explaining) place(ctx context.Context, k queue.Key) (uint32, error) {
	v := x.view(x.now)
	own, before := v.At(k.Order()), uint32(0)
	var equal []triage.ItemID
	for id, order := range x.orders {
		switch at := v.At(order); {
		case id == x.item.ID:
		case at < own:
			before++
		case at == own:
			equal = append(equal, id)
		}
	}
	snap, err := x.Queue.Load(ctx, equal...)
	if err != nil {
		return 0, err
	}
	for _, i := range snap.Items {
		if v.Compare(queue.KeyOf(i), k) < 0 {
			before++
		}
	}
	return before + 1, nil
}

// hits lists what each rule found, with what the item would be without it.
func (x *explaining) hits(ctx context.Context) (out []*pb.HitReason, err error) {
	rs, err := x.scoredBy(ctx)
	if err != nil {
		return nil, err
	}
	without := map[string]rules.Without{}
	for _, w := range rs.Rules.Explain(x.item.Matter(x.item.Received), x.item.Score) {
		without[w.Rule] = w
	}
	known := map[string]rules.Rule{}
	for _, u := range rs.Rules.Rules() {
		known[u.ID] = u
	}
	for n := range x.item.Score.Hits {
		h := &x.item.Score.Hits[n]
		reason := &pb.HitReason{Hit: wire.HitProto(h), Source: known[h.Rule].Source}
		for _, c := range known[h.Rule].Cases {
			if c.ID == h.Case {
				reason.Condition = c.When
			}
		}
		if e, f := factOf(x.item, h); f != nil {
			reason.Fact, reason.NoticeId = wire.FactProto(f), string(e.Notice)
			reason.WhyNot = whyNot(h, f)
		}
		if w, ok := without[h.Rule]; ok {
			reason.WithoutBand, reason.WithoutPoints = wire.BandProto(w.Band), int32(w.Points)
			if reason.WithoutPlace, err = x.placeWithout(ctx, w); err != nil {
				return nil, err
			}
		}
		out = append(out, reason)
	}
	return out, nil
}

// placeWithout is where the item would stand with another band and score; the
// clock would be that band's.
func (x *explaining) placeWithout(ctx context.Context, w rules.Without) (uint32, error) {
	if !x.item.Queued() {
		return 0, nil
	}
	k := queue.KeyOf(x.item)
	if x.item.Override == nil && w.Band != k.Band {
		if at := x.item.Clocked(); len(at) > 0 {
			k.Due = x.Calendar.Due(w.Band, x.item.Entries[at[0]].Received)
		}
		k.Band = w.Band
	}
	k.Points = w.Points
	return x.place(ctx, k)
}

// scoredBy is the ruleset that scored the item: where a lower band is only
// proposed, not the one in force.
func (x *explaining) scoredBy(ctx context.Context) (*intake.Ruleset, error) {
	snap, err := x.Queue.Load(ctx)
	if err != nil {
		return nil, err
	}
	active, err := x.Rules(ctx, snap.Ledger)
	if err != nil || active.Hash == x.item.Score.Ruleset {
		return active, err
	}
	_, e, err := x.activation(ctx, snap.Ledger, x.item.Score.Ruleset)
	if err != nil {
		return nil, err
	}
	return intake.Unpack(e.Bytes, active.Linking)
}

// factOf is the fact that decided a hit; nil if there is none.
func factOf(i *triage.Item, h *triage.Hit) (*triage.Entry, *triage.Fact) {
	if h.Entry < 0 || h.Entry >= len(i.Entries) || h.Fact < 0 || h.Fact >= len(i.Entries[h.Entry].Reading.Facts) {
		return nil, nil
	}
	e := &i.Entries[h.Entry]
	return e, &e.Reading.Facts[h.Fact]
}

// whyNot says why a rule adds nothing although its words stand there.
func whyNot(h *triage.Hit, f *triage.Fact) string {
	by := ""
	if f.Cue != "" {
		by = fmt.Sprintf(" (“%s”)", f.Cue)
	}
	switch {
	case h.Points > 0:
		return ""
	case f.Polarity == triage.Absent:
		return "the notice says that it is not so" + by
	case f.Polarity == triage.Hypothetical:
		return "advice, a condition or a worry that nobody states as fact" + by
	case f.Holder == triage.HolderOther:
		return "it is somebody else's, not the child's, a carer's or the home's" + by
	case h.Case == "" && f.Time == triage.Historic:
		return "it is past" + by
	case h.Case == "":
		return "no case of the rule fits"
	}
	return "it sets a floor and adds no points"
}

// because says in one sentence why an item has its band.
func because(i *triage.Item) string {
	if o := i.Override; o != nil {
		return fmt.Sprintf("%s, set by %s: %s; the rules say %s.", o.Band, o.By, o.Reason, i.Score.Band)
	}
	s := &i.Score
	if s.Floor == s.Band && s.FloorBy != "" {
		return fmt.Sprintf("%s, because %s is never below it.", s.Band, cited(i, s.FloorBy))
	}
	for _, f := range []struct{ flag, why string }{
		{"manual_read", "not all of it could be read: a person must read it"},
		{"nothing_read", "nothing was recognised in it: a person must read it"},
		{"confirm_first", "a possible link to an earlier item would raise it: confirm or reject the link"},
	} {
		if slices.Contains(s.Flags, f.flag) && s.Band > s.OwnBand {
			return fmt.Sprintf("%s, because %s.", s.Band, f.why)
		}
	}
	most := "nothing that counts"
	for n := range s.Hits {
		if s.Hits[n].Points > 0 {
			most = cited(i, s.Hits[n].Rule)
			break
		}
	}
	return fmt.Sprintf("%s by its score of %s, of which most is %s.", s.Band, points(s.Points), most)
}

// cited is a rule's title with the notice's words; a label of the rules where
// no rule of that name found anything.
func cited(i *triage.Item, label string) string {
	rule, _, _ := strings.Cut(label, "/")
	for n := range i.Score.Hits {
		h := &i.Score.Hits[n]
		if h.Rule != rule {
			continue
		}
		if _, f := factOf(i, h); f != nil {
			return fmt.Sprintf("“%s” (%s)", f.Quote, h.Title)
		}
		return h.Title
	}
	return strings.ReplaceAll(strings.ReplaceAll(label, "/", ": "), "_", " ")
}

func points(hundredths int) string { return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100) }

// orderKey is what places an item.
func (f *front) orderKey(i *triage.Item, now time.Time) *pb.OrderKey {
	return &pb.OrderKey{
		Tier: int32(f.tier(i, now)), Unsafe: i.Score.Unsafe && i.Band() == triage.Red, Due: wire.TimeProto(i.Due),
		Points: int32(i.Score.Points), Received: wire.TimeProto(i.Received), Sequence: i.Seq,
	}
}

// compare says in one sentence which of two items stands first and why: by the
// first thing in which they differ.
func (f *front) compare(i, o *triage.Item, now time.Time) string {
	for _, x := range []struct {
		item *triage.Item
		name string
	}{{i, "This item"}, {o, "The other item"}} {
		if !x.item.Queued() {
			return x.name + " does not stand in the queue."
		}
	}
	a, b := f.standingOf(i, now), f.standingOf(o, now)
	relation := "above"
	if f.view(now).Compare(a.key, b.key) > 0 {
		relation = "below"
	}
	return fmt.Sprintf("This item stands %s the other, because %s.", relation, a.differs(b))
}

// stand is an item's place, thing by thing.
type stand struct {
	tier, place int
	key         queue.Key
	received    time.Time
	band        triage.Band
}

// placeShift is where the place within a tier stands in an order (package
// queue, "Order"): bits 46 and 47.
const placeShift = 46

func (f *front) standingOf(i *triage.Item, now time.Time) stand {
	k := queue.KeyOf(i)
	at := f.view(now).At(k.Order())
	return stand{tier: int(at >> (placeShift + 2)), place: int(at >> placeShift & 3), key: k, received: i.Received, band: i.Band()}
}

func (a stand) differs(b stand) string {
	switch {
	case a.tier != b.tier:
		return fmt.Sprintf("it is %s and the other %s", a.inTier(), b.inTier())
	case a.place != b.place:
		return fmt.Sprintf("in that tier it %s and the other %s", a.inPlace(), b.inPlace())
	case a.key.Due.Unix() != b.key.Due.Unix():
		return fmt.Sprintf("it is due %s and the other %s", clock(a.key.Due), clock(b.key.Due))
	case a.key.Points != b.key.Points:
		return fmt.Sprintf("its score is %s and the other's %s, both due %s", points(a.key.Points), points(b.key.Points), clock(a.key.Due))
	case cmp.Compare(a.key.Seq, b.key.Seq) != 0:
		return fmt.Sprintf("all else is equal, and it was received %s and the other %s", clock(a.received), clock(b.received))
	}
	return "all else is equal, and so their parts of one mail stand in the mail's own order"
}

func (a stand) inTier() string {
	if a.tier == 1 {
		return fmt.Sprintf("in tier 1 (%s, late or about to be)", a.band)
	}
	return fmt.Sprintf("in tier %d (%s)", a.tier, a.band)
}

func (a stand) inPlace() string {
	switch {
	case a.tier == 0 && a.place == 0:
		return "is unsafe now"
	case a.key.Manual:
		return "could not be read"
	case a.tier == 1:
		return fmt.Sprintf("is %s", a.band)
	}
	return "is as others"
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
