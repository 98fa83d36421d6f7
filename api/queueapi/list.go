package queueapi

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
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
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(b, &c) != nil {
		return nil, bad(pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, "page_token", "not one of ours")
	}
	switch {
	case c.Stream != stream:
		return nil, bad(pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, "page_token", "of another log; start at the first page")
	case c.Filter != filter:
		return nil, bad(pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, "page_token", "of another query; start at the first page")
	}
	return &c, nil
}

const (
	usualPage = 50
	maxPage   = 1000
)

// ListItems returns a page of the queue in the order of the policy, and what
// rose above it since the page before.
func (s queueService) ListItems(ctx context.Context, r *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	return answer(ctx, r, s.list)
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
	from, err := readToken(r.GetPageToken(), d.Identity, filter.hash)
	if err != nil {
		return nil, err
	}
	size := min(cmp.Or(int(r.GetPageSize()), usualPage), maxPage)
	now := s.cfg.Now().UTC()
	// One row more than the page holds tells whether another page follows.
	var rows []triage.Row
	st, err := d.walk(ctx, now, from, func(_ *triage.Snapshot, row triage.Row) bool {
		if filter.match(row.Item, d.tier(row.Item, now)) {
			rows = append(rows, row)
		}
		return len(rows) <= size
	})
	if err != nil {
		return nil, err
	}
	out := &pb.ListItemsResponse{
		AppliedPosition: st.applied, LogPosition: st.log, UnreadNotices: st.unread,
		Degraded: st.degraded != "", DegradedReason: st.degraded,
	}
	if len(rows) > size {
		last := rows[size-1]
		out.NextPageToken = cursor{
			At: d.view(now).At(last.Order), Member: last.Member, Now: now.Unix(), Position: st.applied,
			Stream: d.Identity, Filter: filter.hash,
		}.token()
		rows = rows[:size]
	}
	for _, row := range rows {
		out.Items = append(out.Items, d.listed(row.Item, now, r.GetView()))
	}
	risen, err := d.risen(ctx, filter, now, from, st.applied)
	for _, i := range risen {
		out.Risen = append(out.Risen, d.listed(i, now, r.GetView()))
	}
	return out, err
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
		return nil, bad(pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, "page_token", "too old; start at the first page")
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
		if nowView.At(order) < from.At && (changed[id] || then.At(order) >= from.At) {
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
		i := snap.Items[id]
		if i == nil || !changed[id] && then.At(orders[id]) == from.At && memberOf(i) <= from.Member {
			continue // it stood on the page before
		}
		if flt.match(i, f.tier(i, now)) {
			items = append(items, i)
		}
	}
	return items, nil
}

// memberOf is what tells items of equal order apart, as a row of the queue has it.
func memberOf(i *triage.Item) string { return queue.KeyOf(i).Member() + ":" + string(i.ID) }

// changedSince names the items whose place may have changed after a commit.
func (f *front) changedSince(ctx context.Context, position uint64) (map[triage.ItemID]bool, error) {
	changed := map[triage.ItemID]bool{}
	for {
		commits, err := f.commits(ctx, position+1, 500)
		if err != nil || len(commits) == 0 {
			return changed, err
		}
		for _, c := range commits {
			for _, e := range c.Events {
				switch e.(type) {
				case triage.ItemScored, triage.BandOverridden, triage.Released, triage.ClaimExpired:
					changed[e.Target()] = true
				}
			}
		}
		position = commits[len(commits)-1].Seq
	}
}
