package redisq

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// applyScript puts what a run of commits has changed, if Redis still stands
// where they begin. A Redis that holds another stream, or nothing, stands at "".
//
// KEYS[1] position, [2] ledger, [3] items, [4] records, [5] queue,
// [6] requests, [7] notices, [8] linked, [9…] linking keys
// ARGV[1] position expected, [2] position to write, [3] ledger,
// [4] stream identity with its bar, then for each of the five lists that
// follow its length and its values:
//
//	items    id, blob, record, linking keys
//	leave    member                 (out of the queue)
//	enter    order, member          (into the queue)
//	links    key number, "+" or "-", id
//	requests id, sequence
//	notices  id, place
//
// Returns 1 done, 0 Redis stands elsewhere. All reads come before the first
// write, no write can fail for its type, and the position comes last: a script
// that is cut off leaves a position that makes its commits come again.
var applyScript = redis.NewScript(`
local now = redis.call('GET', KEYS[1]) or ''
if now ~= '' and string.sub(now, 1, #ARGV[4]) ~= ARGV[4] then now = '' end
if now ~= ARGV[1] then return 0 end
local p = 5
local function list(width, put)
  local n = tonumber(ARGV[p])
  p = p + 1
  for _ = 1, n do
    put(p)
    p = p + width
  end
end
list(4, function(a)
  redis.call('HSET', KEYS[3], ARGV[a], ARGV[a+1])
  redis.call('HSET', KEYS[4], ARGV[a], ARGV[a+2])
  redis.call('HSET', KEYS[8], ARGV[a], ARGV[a+3])
end)
list(1, function(a) redis.call('ZREM', KEYS[5], ARGV[a]) end)
list(2, function(a) redis.call('ZADD', KEYS[5], ARGV[a], ARGV[a+1]) end)
list(3, function(a)
  local key = KEYS[8 + tonumber(ARGV[a])]
  if ARGV[a+1] == '+' then redis.call('SADD', key, ARGV[a+2]) else redis.call('SREM', key, ARGV[a+2]) end
end)
list(2, function(a) redis.call('HSET', KEYS[6], ARGV[a], ARGV[a+1]) end)
list(2, function(a) redis.call('HSET', KEYS[7], ARGV[a], ARGV[a+1]) end)
redis.call('SET', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], ARGV[2])
return 1
`)

// mostItems is how many items one call of the script puts, beyond those of one
// commit: about 20 MB.
const mostItems = 2000

// Apply brings Redis from the position before the first commit to the last
// one; if they touch very many items in several steps, each to the end of a
// commit. Commits must be contiguous. It returns the items as the commits leave
// them, sealed. triage.ErrPosition means that Redis stands elsewhere (it was wiped, or
// somebody else applied them): read the position and go on from there. Any
// other fold error is triage.ErrChain or the refusal of an event.
func (s *Store) Apply(ctx context.Context, commits ...triage.Commit) ([]*triage.Item, error) {
	var all []*triage.Item
	for len(commits) > 0 {
		n, touched := 1, len(commits[0].Items())
		for n < len(commits) && touched < mostItems {
			touched += len(commits[n].Items())
			n++
		}
		changed, err := s.apply(ctx, commits[:n])
		if err != nil {
			return nil, err
		}
		all, commits = append(all, changed...), commits[n:]
	}
	return latest(all), nil
}

// latest keeps of each item the last state, in the order of the first.
func latest(all []*triage.Item) []*triage.Item {
	last := map[triage.ItemID]*triage.Item{}
	for _, i := range all {
		last[i.ID] = i
	}
	kept := all[:0]
	for _, i := range all {
		if l := last[i.ID]; l != nil {
			kept = append(kept, l)
			delete(last, i.ID)
		}
	}
	return kept
}

func (s *Store) apply(ctx context.Context, commits []triage.Commit) ([]*triage.Item, error) {
	before, ledger, changed, err := s.fold(ctx, commits)
	if err != nil {
		return nil, err
	}
	if before.Position == 0 {
		if err := s.wipe(ctx); err != nil {
			return nil, err
		}
	}
	return changed, s.put(ctx, before, ledger, changed, commits)
}

// Preview returns what the commit would leave and changes nothing: the check
// that every commit passes before it goes to the log. The commit may be as its
// author wrote it: it folds the same when it is sealed.
func (s *Store) Preview(ctx context.Context, c triage.Commit) ([]*triage.Item, error) {
	_, _, changed, err := s.fold(ctx, []triage.Commit{c})
	if err != nil {
		return nil, err
	}
	for n := range changed {
		if changed[n], err = s.opt.Open(ctx, changed[n]); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

func (s *Store) fold(ctx context.Context, commits []triage.Commit) (*triage.Snapshot, triage.Ledger, []*triage.Item, error) {
	before, err := s.load(ctx, targets(commits)...)
	if err != nil {
		return nil, triage.Ledger{}, nil, err
	}
	if before.Position+1 != commits[0].Seq {
		return nil, triage.Ledger{}, nil, fmt.Errorf("%w: Redis stands at %d, the commit is %d", triage.ErrPosition, before.Position, commits[0].Seq)
	}
	ledger, changed, err := foldAll(before, commits)
	return before, ledger, changed, err
}

func foldAll(before *triage.Snapshot, commits []triage.Commit) (triage.Ledger, []*triage.Item, error) {
	items := map[triage.ItemID]*triage.Item{}
	get := func(id triage.ItemID) (*triage.Item, error) {
		if i, ok := items[id]; ok {
			return i, nil
		}
		if i, ok := before.Items[id]; ok {
			return i, nil
		}
		return nil, triage.ErrNotFound
	}
	ledger, order := before.Ledger, []triage.ItemID{}
	for n := range commits {
		l, changed, err := triage.Fold(ledger, get, &commits[n])
		if err != nil {
			return ledger, nil, err
		}
		ledger = l
		for _, i := range changed {
			if _, seen := items[i.ID]; !seen {
				order = append(order, i.ID)
			}
			items[i.ID] = i
		}
	}
	all := make([]*triage.Item, len(order))
	for n, id := range order {
		all[n] = items[id]
	}
	return ledger, all, nil
}

// targets lists every item the commits touch, once.
func targets(commits []triage.Commit) (ids []triage.ItemID) {
	seen := map[triage.ItemID]bool{}
	for n := range commits {
		for _, id := range commits[n].Items() {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// patch gathers the script's lists.
type patch struct {
	items, leave, enter, links, requests, notices []any
	keys                                          []string
	keyNo                                         map[string]int
}

func (p *patch) link(key, op string, id triage.ItemID) {
	no, ok := p.keyNo[key]
	if !ok {
		no = len(p.keys) + 1
		p.keyNo[key], p.keys = no, append(p.keys, key)
	}
	p.links = append(p.links, no, op, string(id))
}

func (s *Store) put(ctx context.Context, before *triage.Snapshot, ledger triage.Ledger, changed []*triage.Item, commits []triage.Commit) error {
	linked, err := s.linked(ctx, changed)
	if err != nil {
		return err
	}
	p := &patch{keyNo: map[string]int{}}
	for n, i := range changed {
		if err := s.patchItem(p, before.Items[i.ID], i, linked[n]); err != nil {
			return err
		}
	}
	s.patchLists(p, commits)
	blob, err := wire.EncodeLedger(ledger)
	if err != nil {
		return fmt.Errorf("encode ledger: %w", err)
	}
	args := []any{s.at(before.Position), s.at(ledger.Seq), blob, s.opt.Stream + "|"}
	for _, l := range []struct {
		width int
		list  []any
	}{{4, p.items}, {1, p.leave}, {2, p.enter}, {3, p.links}, {2, p.requests}, {2, p.notices}} {
		args = append(append(args, len(l.list)/l.width), l.list...)
	}
	k := s.keys
	keys := append([]string{k.position(), k.ledger(), k.items(), k.records(), k.queue(), k.requests(), k.notices(), k.linked()}, p.keys...)
	done, err := applyScript.Run(ctx, s.opt.Client, keys, args...).Int()
	if err != nil {
		return down(fmt.Sprintf("apply commits %d to %d", commits[0].Seq, ledger.Seq), err)
	}
	if done == 0 {
		return fmt.Errorf("%w: Redis has moved on from %d", triage.ErrPosition, before.Position)
	}
	return nil
}

// linked lists for each item the linking keys that it is found under now, which
// its own words cannot tell any more when they have been erased.
func (s *Store) linked(ctx context.Context, items []*triage.Item) ([]string, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids, out := make([]string, len(items)), make([]string, len(items))
	for n, i := range items {
		ids[n] = string(i.ID)
	}
	found, err := s.opt.Client.HMGet(ctx, s.keys.linked(), ids...).Result()
	if err != nil {
		return nil, down("look up linking keys", err)
	}
	for n, v := range found {
		out[n], _ = v.(string)
	}
	return out, nil
}

func (s *Store) patchItem(p *patch, old, i *triage.Item, linked string) error {
	blob, err := wire.EncodeItem(i)
	if err != nil {
		return fmt.Errorf("encode item %s: %w", i.ID, err)
	}
	record, keys, err := s.opt.Index(i)
	if err != nil {
		return fmt.Errorf("index item %s: %w", i.ID, err)
	}
	now := s.keys.hide(keys)
	p.items = append(p.items, string(i.ID), blob, record, strings.Join(now, ""))
	order, name := s.opt.Place(i)
	if i.Queued() {
		p.enter = append(p.enter, strconv.FormatUint(order, 10), member(name, i.ID))
	}
	if old != nil {
		if _, n := s.opt.Place(old); old.Queued() && (!i.Queued() || n != name) {
			p.leave = append(p.leave, member(n, i.ID))
		}
	}
	was := split(linked)
	for _, key := range now {
		if !slices.Contains(was, key) {
			p.link(s.keys.link(key), "+", i.ID)
		}
	}
	for _, key := range was {
		if !slices.Contains(now, key) {
			p.link(s.keys.link(key), "-", i.ID)
		}
	}
	return nil
}

func (s *Store) patchLists(p *patch, commits []triage.Commit) {
	for _, c := range commits {
		if c.RequestID != "" {
			p.requests = append(p.requests, c.RequestID, c.Seq)
		}
		for _, e := range c.Events {
			if n, ok := e.(triage.NoticeRead); ok && n.Kind != triage.LetterCanary { // nobody looks for one
				place := fmt.Sprintf("%d %d", n.Seq, c.Seq)
				p.notices = append(p.notices, string(n.Notice), place, mailField(n.SHA256), place)
			}
		}
	}
}

// wipeScript removes every key of the front door, unless Redis holds this
// stream's position. It is one script so that no other process can begin to
// rebuild half-way through.
//
// KEYS[1] position
// ARGV[1] stream identity with its bar, [2] pattern of the front door's keys
// Returns 1 wiped, 0 Redis holds this stream's queue.
var wipeScript = redis.NewScript(`
local now = redis.call('GET', KEYS[1]) or ''
if now ~= '' and string.sub(now, 1, #ARGV[1]) == ARGV[1] then return 0 end
for _, key in ipairs(redis.call('KEYS', ARGV[2])) do redis.call('DEL', key) end
return 1
`)

// wipe clears the front door before a rebuild from position 0, so that nothing
// of another stream or of a half-lost Redis shines through.
func (s *Store) wipe(ctx context.Context) error {
	wiped, err := wipeScript.Run(ctx, s.opt.Client, []string{s.keys.position()}, s.opt.Stream+"|", s.pattern()).Int()
	if err != nil {
		return down("wipe before rebuild", err)
	}
	if wiped == 0 {
		return fmt.Errorf("%w: Redis is being rebuilt by somebody else", triage.ErrPosition)
	}
	return nil
}
