package redisq

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// candidatesScript finds every item under some linking keys, and the position
// that the answer stands for.
//
// KEYS[1] position, [2] ledger, [3] records, [4…] linking keys
// Returns {position, ledger, {id, …}, {record, …}, {"0 2", …}}: under which of
// the linking keys each was found, from 0.
var candidatesScript = redis.NewScript(`
local ids, records, under, at = {}, {}, {}, {}
for n = 4, #KEYS do
  for _, id in ipairs(redis.call('SMEMBERS', KEYS[n])) do
    if at[id] then
      at[id] = at[id] .. ' ' .. (n - 4)
    else
      at[id] = tostring(n - 4)
      ids[#ids+1] = id
    end
  end
end
table.sort(ids)
for n, id in ipairs(ids) do
  records[n], under[n] = redis.call('HGET', KEYS[3], id), at[id]
end
return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), ids, records, under}
`)

// Candidates returns every item that shares one of the plain linking keys,
// sorted by id, with the position the answer stands for.
func (s *Store) Candidates(ctx context.Context, plain []string) (*triage.Snapshot, []triage.Candidate, error) {
	keys := []string{s.keys.position(), s.keys.ledger(), s.keys.records()}
	for _, hid := range s.keys.hide(plain) {
		keys = append(keys, s.keys.link(hid))
	}
	res, err := candidatesScript.Run(ctx, s.opt.Client, keys).Slice()
	if err != nil {
		return nil, nil, down("find candidates", err)
	}
	snap, err := s.snapshot(ctx, res[0], res[1])
	if err != nil {
		return nil, nil, err
	}
	ids, _ := res[2].([]any)
	records, _ := res[3].([]any)
	under, _ := res[4].([]any)
	if len(records) != len(ids) || slices.Contains(records, nil) {
		return nil, nil, s.torn(ctx, "a candidate has no record")
	}
	out := make([]triage.Candidate, 0, len(ids))
	for n := range ids {
		id, _ := ids[n].(string)
		record, _ := records[n].(string)
		at, _ := under[n].(string)
		c := triage.Candidate{Item: triage.ItemID(id), Record: []byte(record)}
		for s := range strings.SplitSeq(at, " ") {
			k, err := strconv.Atoi(s)
			if err != nil || k < 0 || k >= len(plain) {
				return nil, nil, down("find candidates", fmt.Errorf("%q is none of %d keys", s, len(plain)))
			}
			c.Under = append(c.Under, k)
		}
		out = append(out, c)
	}
	return snap, out, nil
}

// pageScript reads a stretch of the queue after a place.
//
// KEYS[1] position, [2] ledger, [3] queue, [4] items
// ARGV[1] lowest order, [2] highest order, [3] order and [4] member to start
// after ("" to start at the lowest), [5] how many
// Returns {position, ledger, {order, …}, {member, …}, {blob, …}}.
var pageScript = redis.NewScript(`
local want, from = tonumber(ARGV[5]), ARGV[1]
if ARGV[4] ~= '' then from = ARGV[3] end
local orders, members, blobs, at = {}, {}, {}, 0
while #members < want do
  local rows = redis.call('ZRANGEBYSCORE', KEYS[3], from, ARGV[2], 'WITHSCORES', 'LIMIT', at, want)
  for n = 1, #rows, 2 do
    local after = ARGV[4] == '' or tonumber(rows[n+1]) > tonumber(ARGV[3]) or rows[n] > ARGV[4]
    if after and #members < want then
      local i = #members + 1
      members[i], orders[i] = rows[n], string.format('%.0f', tonumber(rows[n+1]))
      blobs[i] = redis.call('HGET', KEYS[4], string.match(rows[n], ':([^:]*)$'))
    end
  end
  at = at + want
  if #rows < 2 * want then break end
end
return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), orders, members, blobs}
`)

// Page returns up to n rows whose order lies in [min, max], in the queue's
// order, starting after a row of an earlier page (or at the first when after
// is nil), with the position they stand for.
func (s *Store) Page(ctx context.Context, min, max uint64, after *triage.Row, n int) (*triage.Snapshot, []triage.Row, error) {
	order, member := "0", ""
	if after != nil {
		order, member = strconv.FormatUint(after.Order, 10), after.Member
	}
	keys := []string{s.keys.position(), s.keys.ledger(), s.keys.queue(), s.keys.items()}
	res, err := pageScript.Run(ctx, s.opt.Client, keys, min, max, order, member, n).Slice()
	if err != nil {
		return nil, nil, down("read the queue", err)
	}
	snap, err := s.snapshot(ctx, res[0], res[1])
	if err != nil {
		return nil, nil, err
	}
	orders, _ := res[2].([]any)
	members, _ := res[3].([]any)
	blobs, _ := res[4].([]any)
	if len(blobs) != len(members) || len(orders) != len(members) || slices.Contains(blobs, nil) {
		return nil, nil, s.torn(ctx, "a row of the queue has no item")
	}
	rows := make([]triage.Row, len(members))
	for n := range members {
		if rows[n], err = row(orders[n], members[n], blobs[n]); err != nil {
			return nil, nil, err
		}
		if rows[n].Item, err = s.opt.Open(ctx, rows[n].Item); err != nil {
			return nil, nil, err
		}
	}
	return snap, rows, nil
}

func row(order, member, blob any) (triage.Row, error) {
	o, _ := order.(string)
	m, _ := member.(string)
	b, _ := blob.(string)
	r := triage.Row{Member: m}
	var err error
	if r.Order, err = strconv.ParseUint(o, 10, 64); err != nil {
		return r, fmt.Errorf("read the queue: %w", err)
	}
	if r.Item, err = wire.DecodeItem([]byte(b)); err != nil {
		return r, unreadable("row "+m, err)
	}
	if memberItem(m) != r.Item.ID {
		return r, fmt.Errorf("%w: member %s holds item %s", triage.ErrChain, m, r.Item.ID)
	}
	return r, nil
}

// Export returns everything Redis holds for the front door as lines in a fixed
// order: equal logs give equal exports, byte for byte.
func (s *Store) Export(ctx context.Context) ([]string, error) {
	var lines []string
	err := s.eachKey(ctx, func(keys []string) error {
		for _, key := range keys {
			more, err := s.exportKey(ctx, key)
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			lines = append(lines, more...)
		}
		return nil
	})
	slices.Sort(lines)
	return lines, err
}

func (s *Store) exportKey(ctx context.Context, key string) (lines []string, err error) {
	c, name := s.opt.Client, strings.TrimPrefix(key, s.keys.prefix)
	kind, err := c.Type(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	switch kind {
	case "string":
		v, err := c.Get(ctx, key).Result()
		return []string{fmt.Sprintf("%s %q", name, v)}, err
	case "hash":
		all, err := c.HGetAll(ctx, key).Result()
		for f, v := range all {
			lines = append(lines, fmt.Sprintf("%s %s %q", name, f, v))
		}
		return lines, err
	case "set":
		all, err := c.SMembers(ctx, key).Result()
		for _, v := range all {
			lines = append(lines, fmt.Sprintf("%s %s", name, v))
		}
		return lines, err
	case "zset":
		all, err := c.ZRangeWithScores(ctx, key, 0, -1).Result()
		for _, z := range all {
			lines = append(lines, fmt.Sprintf("%s %.0f %v", name, z.Score, z.Member))
		}
		return lines, err
	}
	return nil, fmt.Errorf("key %s is a %s", name, kind)
}

// eachKey visits every key of the front door.
func (s *Store) eachKey(ctx context.Context, visit func(keys []string) error) error {
	return eachKey(ctx, s.opt.Client, s.pattern(), visit)
}

// eachKey visits every key that a pattern matches, on every node of a cluster;
// one that changes meanwhile may come twice.
func eachKey(ctx context.Context, c redis.UniversalClient, pattern string, visit func(keys []string) error) error {
	var lock sync.Mutex
	scan := func(ctx context.Context, c *redis.Client) error {
		var cursor uint64
		for {
			keys, next, err := c.Scan(ctx, cursor, pattern, 1000).Result()
			if err != nil {
				return fmt.Errorf("scan: %w", err)
			}
			if len(keys) > 0 {
				lock.Lock()
				err = visit(keys)
				lock.Unlock()
			}
			if err != nil {
				return err
			}
			if cursor = next; cursor == 0 {
				return nil
			}
		}
	}
	switch c := c.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, scan)
	case *redis.Client:
		return scan(ctx, c)
	}
	return fmt.Errorf("scan: no keys to be listed with a %T", c)
}

// pattern matches the front door's keys; a front door's name holds no glob
// characters (jet checks it).
func (s *Store) pattern() string { return s.keys.prefix + "*" }

// Orders returns the order of every item in the queue, without the items.
func (s *Store) Orders(ctx context.Context) (map[triage.ItemID]uint64, error) {
	rows, err := s.opt.Client.ZRangeWithScores(ctx, s.keys.queue(), 0, -1).Result()
	if err != nil {
		return nil, down("read the queue", err)
	}
	orders := make(map[triage.ItemID]uint64, len(rows))
	for _, r := range rows {
		m, _ := r.Member.(string)
		orders[memberItem(m)] = uint64(r.Score)
	}
	return orders, nil
}
