package queueapi

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// cursor is a place in the queue: the page token.
type cursor struct {
	At       uint64 `json:"a"` // order as it held when the page was read
	Member   string `json:"m"`
	Now      int64  `json:"n"` // when that was, in Unix seconds
	Position uint64 `json:"p"` // log position of the page
	Stream   string `json:"s"`
	Filter   string `json:"f"`
}

func (c cursor) token() string {
	b, _ := json.Marshal(c) // strings and numbers always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

// readToken reads a page token and refuses one of another query or log.
func readToken(token, stream, filter string) (*cursor, error) {
	if token == "" {
		return nil, nil
	}
	bad := func(why string) error {
		return &fault{reason: pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, text: "page_token: " + why, field: "page_token"}
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(b, &c) != nil {
		return nil, bad("not one of ours")
	}
	switch {
	case c.Stream != stream:
		return nil, bad("of another log; start at the first page")
	case c.Filter != filter:
		return nil, bad("of another query; start at the first page")
	}
	return &c, nil
}

const (
	usualPage = 50
	maxPage   = 1000
	chunk     = 200 // rows read in one step
)

// ListItems returns a page of the queue in the order of the policy, and what
// rose above it since the page before.
func (s queueService) ListItems(ctx context.Context, r *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	out, err := s.list(ctx, r)
	return out, toStatus(ctx, err)
}

func (s queueService) list(ctx context.Context, r *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	filter, err := newFilter(r.GetFilter())
	if err != nil {
		return nil, err
	}
	if r.GetPageSize() < 0 {
		return nil, invalid("page_size", "0 or more")
	}
	size := min(cmp.Or(int(r.GetPageSize()), usualPage), maxPage)
	from, err := readToken(r.GetPageToken(), d.Identity, filter.hash)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now().UTC()
	page, snap, err := s.page(ctx, d, filter, now, from, size)
	if err != nil {
		return nil, err
	}
	st, err := d.fresh(ctx, snap)
	if err != nil {
		return nil, err
	}
	out := &pb.ListItemsResponse{
		AppliedPosition: st.applied, LogPosition: st.log, UnreadNotices: st.unread,
		Degraded: st.degraded != "", DegradedReason: st.degraded,
	}
	for n, row := range page {
		if n == size {
			last := page[n-1]
			out.NextPageToken = cursor{
				At: d.view(now).At(last.Order), Member: last.Member, Now: now.Unix(), Position: st.applied,
				Stream: d.Identity, Filter: filter.hash,
			}.token()
			break
		}
		out.Items = append(out.Items, s.present(ctx, d, row.Item, now, r.GetView()))
	}
	risen, err := d.risen(ctx, filter, now, from, st.applied)
	for _, i := range risen {
		out.Risen = append(out.Risen, s.present(ctx, d, i, now, r.GetView()))
	}
	return out, err
}

// page reads one row more than the page holds, to know whether another follows.
func (s *Server) page(ctx context.Context, d *front, f filter, now time.Time, from *cursor, size int) (rows []triage.Row, at *triage.Snapshot, err error) {
	err = d.walk(ctx, now, from, func(snap *triage.Snapshot, row triage.Row) bool {
		if f.match(row.Item, d.tier(row.Item, now)) {
			rows = append(rows, row)
		}
		return len(rows) <= size
	})
	if err != nil {
		return nil, nil, err
	}
	at, err = d.Queue.Load(ctx)
	return rows, at, err
}

func (f *front) view(now time.Time) queue.View { return f.Calendar.View(now) }

func (f *front) tier(i *triage.Item, now time.Time) int {
	return f.view(now).Tier(i.Band(), i.Due)
}

// walk visits the queue as it stands now, from a place on, until visit returns
// false.
func (f *front) walk(ctx context.Context, now time.Time, from *cursor, visit func(*triage.Snapshot, triage.Row) bool) error {
	before, err := f.Queue.Load(ctx)
	if err != nil {
		return err
	}
	if _, err := f.fresh(ctx, before); err != nil {
		return err
	}
	v, start := f.view(now), uint64(0)
	if from != nil {
		start = from.At
	}
	for _, stretch := range v.Ranges(start) {
		m := merge{door: f, view: v, least: before.Position}
		for _, r := range stretch {
			m.parts = append(m.parts, &part{rng: r})
		}
		for {
			row, snap, err := m.next(ctx)
			if err != nil {
				return err
			}
			if row == nil {
				break
			}
			if from != nil && !after(v, *row, from) {
				continue
			}
			if !visit(snap, *row) {
				return nil
			}
		}
	}
	return nil
}

func after(v queue.View, r triage.Row, c *cursor) bool {
	at := v.At(r.Order)
	return at > c.At || at == c.At && r.Member > c.Member
}

// merge reads the ranges of a stretch side by side in one order.
type merge struct {
	door  *front
	view  queue.View
	least uint64 // position that every page must have reached: Redis may be wiped meanwhile
	parts []*part
}

// part is a range with the rows read ahead of it.
type part struct {
	rng  queue.Range
	rows []triage.Row
	last *triage.Row
	snap *triage.Snapshot
	end  bool
}

func (m *merge) next(ctx context.Context) (*triage.Row, *triage.Snapshot, error) {
	var best *part
	for _, p := range m.parts {
		if err := m.fill(ctx, p); err != nil {
			return nil, nil, err
		}
		if len(p.rows) > 0 && (best == nil || m.before(p.rows[0], best.rows[0])) {
			best = p
		}
	}
	if best == nil {
		return nil, nil, nil
	}
	row := best.rows[0]
	best.rows = best.rows[1:]
	return &row, best.snap, nil
}

func (m *merge) before(a, b triage.Row) bool {
	return cmp.Or(cmp.Compare(m.view.At(a.Order), m.view.At(b.Order)), strings.Compare(a.Member, b.Member)) < 0
}

func (m *merge) fill(ctx context.Context, p *part) error {
	if p.end || len(p.rows) > 0 {
		return nil
	}
	snap, rows, err := m.door.Queue.Page(ctx, p.rng.Min, p.rng.Max, p.last, chunk)
	if err != nil {
		return err
	}
	if snap.Position < m.least {
		return fmt.Errorf("%w: it was emptied while it was read", triage.ErrBehind)
	}
	p.snap, p.rows, p.end = snap, rows, len(rows) < chunk
	if len(rows) > 0 {
		p.last = &rows[len(rows)-1]
	}
	return nil
}

// mostRisen is how many commits are looked through for what rose; a client that
// waited longer between two pages starts anew.
const mostRisen = 5000

// risen lists the items that stand before the page now and did not when the
// page before was read: because they changed, or because their time came.
func (f *front) risen(ctx context.Context, flt filter, now time.Time, from *cursor, applied uint64) ([]*triage.Item, error) {
	if from == nil {
		return nil, nil
	}
	if applied-min(applied, from.Position) > mostRisen {
		return nil, &fault{reason: pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, text: "page_token: too old; start at the first page", field: "page_token"}
	}
	orders, err := f.Queue.Orders(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := f.changedSince(ctx, from.Position)
	if err != nil {
		return nil, err
	}
	then, nowView := f.view(time.Unix(from.Now, 0)), f.view(now)
	var ids []triage.ItemID
	for id, order := range orders {
		rose := nowView.At(order) < from.At
		if rose && (changed[id] || then.At(order) > from.At) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b triage.ItemID) int { return cmp.Compare(nowView.At(orders[a]), nowView.At(orders[b])) })
	snap, err := f.Queue.Load(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var items []*triage.Item
	for _, id := range ids {
		if i := snap.Items[id]; i != nil && i.Version > 0 && flt.match(i, f.tier(i, now)) {
			items = append(items, i)
		}
	}
	return items, nil
}

// changedSince names the items whose place may have changed after a commit.
func (f *front) changedSince(ctx context.Context, position uint64) (map[triage.ItemID]bool, error) {
	changed := map[triage.ItemID]bool{}
	for {
		commits, err := f.Log.ReadCommits(ctx, position+1, 500)
		if err != nil || len(commits) == 0 {
			return changed, err
		}
		for _, c := range commits {
			for _, e := range c.Events {
				switch e.(type) {
				case triage.ItemScored, triage.BandOverridden, triage.ItemOpened, triage.ItemJoined, triage.NoticeSplit:
					changed[e.Target()] = true
				}
			}
		}
		position = commits[len(commits)-1].Seq
	}
}
