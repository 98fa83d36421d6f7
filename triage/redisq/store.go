package redisq

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// Options are what a Store needs; all fields are required.
type Options struct {
	Client    redis.UniversalClient
	Namespace string // first part of every key name
	FrontDoor string
	Stream    string // identity of the log's stream; another identity in Redis means a wipe
	Secret    []byte // HMAC key of the linking index, at least 16 bytes

	// Place is an item's place in the queue: its order, below 2^53, and the
	// name that sorts items of equal order.
	Place func(*triage.Item) (order uint64, name string)
	// Index is an item's linking record and the plain keys it is found under.
	Index func(*triage.Item) (record []byte, keys []string, err error)
}

func (o Options) validate() error {
	switch {
	case o.Client == nil || o.Place == nil || o.Index == nil:
		return errors.New("redisq: Client, Place and Index are required")
	case o.Namespace == "" || o.FrontDoor == "" || o.Stream == "":
		return errors.New("redisq: Namespace, FrontDoor and Stream are required")
	case strings.ContainsAny(o.FrontDoor+o.Stream+o.Namespace, "{}|"):
		return errors.New("redisq: no braces or bars in Namespace, FrontDoor or Stream")
	case len(o.Secret) < 16:
		return errors.New("redisq: the index key must have at least 16 bytes")
	}
	return nil
}

// Store is the queue and index of one front door. Safe for concurrent use, by
// several processes too: every write is a compare-and-set of the position.
type Store struct {
	opt  Options
	keys keyspace
}

// New returns a Store. It does not talk to Redis yet.
func New(o Options) (*Store, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Store{opt: o, keys: newKeyspace(o.Namespace, o.FrontDoor, o.Secret)}, nil
}

// Position returns the last commit that Redis reflects; 0 when Redis is empty
// or holds another stream's queue.
func (s *Store) Position(ctx context.Context) (uint64, error) {
	v, err := s.opt.Client.Get(ctx, s.keys.position()).Result()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read position: %w", err)
	}
	return s.parsePosition(v)
}

func (s *Store) parsePosition(v string) (uint64, error) {
	stream, seq, _ := strings.Cut(v, "|")
	if stream != s.opt.Stream {
		return 0, nil
	}
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read position: %w", err)
	}
	return n, nil
}

func (s *Store) at(seq uint64) string {
	if seq == 0 {
		return ""
	}
	return s.opt.Stream + "|" + strconv.FormatUint(seq, 10)
}

// loadScript reads the position, the ledger and some items at one instant.
//
// KEYS[1] position, [2] ledger, [3] items
// ARGV    item ids
// Returns {position, ledger, {blob or false, …}}.
var loadScript = redis.NewScript(`
local blobs = {}
for n = 1, #ARGV do blobs[n] = redis.call('HGET', KEYS[3], ARGV[n]) end
return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), blobs}
`)

// Load returns the ledger and the items asked for, all at one position. Items
// that do not exist are left out.
func (s *Store) Load(ctx context.Context, ids ...triage.ItemID) (*triage.Snapshot, error) {
	args := make([]any, len(ids))
	for n, id := range ids {
		args[n] = string(id)
	}
	res, err := loadScript.Run(ctx, s.opt.Client, []string{s.keys.position(), s.keys.ledger(), s.keys.items()}, args...).Slice()
	if err != nil {
		return nil, fmt.Errorf("load items: %w", err)
	}
	snap, err := s.snapshot(res[0], res[1])
	if err != nil {
		return nil, err
	}
	blobs, _ := res[2].([]any)
	for n, b := range blobs {
		blob, ok := b.(string)
		if !ok || snap.Position == 0 {
			continue
		}
		if snap.Items[ids[n]], err = wire.DecodeItem([]byte(blob)); err != nil {
			return nil, fmt.Errorf("load item %s: %w", ids[n], err)
		}
	}
	return snap, nil
}

// snapshot reads a script's position and ledger. Another stream's or an empty
// Redis is position 0 with an empty ledger.
func (s *Store) snapshot(position, ledger any) (*triage.Snapshot, error) {
	snap := &triage.Snapshot{Items: map[triage.ItemID]*triage.Item{}}
	p, ok := position.(string)
	if !ok {
		return snap, nil
	}
	var err error
	if snap.Position, err = s.parsePosition(p); err != nil || snap.Position == 0 {
		return snap, err
	}
	blob, _ := ledger.(string)
	if snap.Ledger, err = wire.DecodeLedger([]byte(blob)); err != nil {
		return nil, fmt.Errorf("load ledger: %w", err)
	}
	if snap.Ledger.Seq != snap.Position {
		return nil, fmt.Errorf("%w: the ledger in Redis is of %d, the position of %d", triage.ErrChain, snap.Ledger.Seq, snap.Position)
	}
	return snap, nil
}

// Request returns the commit that first carried the request id, or 0.
func (s *Store) Request(ctx context.Context, id string) (uint64, error) {
	seq, err := s.opt.Client.HGet(ctx, s.keys.requests(), id).Uint64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look up request: %w", err)
	}
	return seq, nil
}

// Notice returns where a notice stands, or triage.ErrNotFound.
func (s *Store) Notice(ctx context.Context, id triage.NoticeID) (triage.Place, error) {
	v, err := s.opt.Client.HGet(ctx, s.keys.notices(), string(id)).Result()
	if errors.Is(err, redis.Nil) {
		return triage.Place{}, fmt.Errorf("notice %s: %w", id, triage.ErrNotFound)
	}
	if err != nil {
		return triage.Place{}, fmt.Errorf("look up notice: %w", err)
	}
	var p triage.Place
	if _, err := fmt.Sscanf(v, "%d %d", &p.Notice, &p.Commit); err != nil {
		return triage.Place{}, fmt.Errorf("look up notice: %w", err)
	}
	return p, nil
}

// Ping asks the server for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.opt.Client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping redis: %w", err)
	}
	return nil
}
