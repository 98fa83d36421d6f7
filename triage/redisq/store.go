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

// Options are what a Store needs; all fields but Open are required.
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
	// Open makes an item that is handed out readable where the log is sealed;
	// Redis holds what the log holds. Defaults to the item as it is.
	Open func(context.Context, *triage.Item) (*triage.Item, error)
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
	if o.Open == nil {
		o.Open = func(_ context.Context, i *triage.Item) (*triage.Item, error) { return i, nil }
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
		return 0, down("read position", err)
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
	snap, err := s.load(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for id, i := range snap.Items {
		if snap.Items[id], err = s.opt.Open(ctx, i); err != nil {
			return nil, err
		}
	}
	return snap, nil
}

// load is Load of the items as they are stored.
func (s *Store) load(ctx context.Context, ids ...triage.ItemID) (*triage.Snapshot, error) {
	args := make([]any, len(ids))
	for n, id := range ids {
		args[n] = string(id)
	}
	res, err := loadScript.Run(ctx, s.opt.Client, []string{s.keys.position(), s.keys.ledger(), s.keys.items()}, args...).Slice()
	if err != nil {
		return nil, down("load items", err)
	}
	snap, err := s.snapshot(ctx, res[0], res[1])
	if err != nil {
		return nil, err
	}
	blobs, _ := res[2].([]any)
	for n, b := range blobs {
		blob, ok := b.(string)
		if !ok || snap.Position == 0 {
			continue
		}
		i, err := wire.DecodeItem([]byte(blob))
		if err != nil {
			return nil, unreadable("item "+string(ids[n]), err)
		}
		if i.Touched > snap.Position {
			return nil, s.torn(ctx, fmt.Sprintf("item %s is of commit %d, Redis stands at %d", i.ID, i.Touched, snap.Position))
		}
		snap.Items[ids[n]] = i
	}
	return snap, nil
}

// snapshot reads a script's position and ledger. Another stream's or an empty
// Redis is position 0 with an empty ledger.
func (s *Store) snapshot(ctx context.Context, position, ledger any) (*triage.Snapshot, error) {
	snap := &triage.Snapshot{Items: map[triage.ItemID]*triage.Item{}}
	p, ok := position.(string)
	if !ok {
		return snap, nil
	}
	var err error
	if snap.Position, err = s.parsePosition(p); err != nil || snap.Position == 0 {
		return snap, err
	}
	blob, ok := ledger.(string)
	if !ok {
		return nil, s.torn(ctx, "there is no ledger")
	}
	if snap.Ledger, err = wire.DecodeLedger([]byte(blob)); err != nil {
		return nil, unreadable("ledger", err)
	}
	if snap.Ledger.Seq != snap.Position {
		return nil, s.torn(ctx, fmt.Sprintf("the ledger is of commit %d, Redis stands at %d", snap.Ledger.Seq, snap.Position))
	}
	return snap, nil
}

// down is a Redis that does not answer, or not as it should: what is in the
// log stands, the queue is late.
func down(what string, err error) error {
	return fmt.Errorf("%s: %w: %w", what, triage.ErrBehind, err)
}

// unreadable is what another version of the program has written.
func unreadable(what string, err error) error {
	return fmt.Errorf("load %s: %w: %s", what, triage.ErrBehind, err) // not the caller's invalid argument
}

// Forget gives up what Redis holds: it stands at 0 then, and the log's first
// commits wipe it and build it anew.
func (s *Store) Forget(ctx context.Context) error {
	if err := tornScript.Run(ctx, s.opt.Client, []string{s.keys.position()}, s.opt.Stream+"|").Err(); err != nil {
		return down("forget the queue", err)
	}
	return nil
}

// tornScript forgets the position, so that the queue is rebuilt.
//
// KEYS[1] position
// ARGV[1] stream identity with its bar
var tornScript = redis.NewScript(`
local now = redis.call('GET', KEYS[1]) or ''
if string.sub(now, 1, #ARGV[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`)

// torn says that Redis holds what no log could have led to: a write was cut
// off, or somebody has taken keys away. Nothing there is the truth, so it is
// rebuilt from the log.
func (s *Store) torn(ctx context.Context, why string) error {
	if err := s.Forget(ctx); err != nil {
		return err
	}
	return fmt.Errorf("%w: Redis is torn and will be rebuilt: %s", triage.ErrBehind, why)
}

// Request returns the commit that first carried the request id, or 0.
func (s *Store) Request(ctx context.Context, id string) (uint64, error) {
	seq, err := s.opt.Client.HGet(ctx, s.keys.requests(), id).Uint64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, down("look up request", err)
	}
	return seq, nil
}

// Notice returns where a notice stands, or triage.ErrNotFound.
func (s *Store) Notice(ctx context.Context, id triage.NoticeID) (triage.Place, error) {
	return s.place(ctx, string(id))
}

// Mail returns where the newest notice stands whose mail has that hex SHA-256,
// or triage.ErrNotFound.
func (s *Store) Mail(ctx context.Context, sha256 string) (triage.Place, error) {
	return s.place(ctx, mailField(sha256))
}

func (s *Store) place(ctx context.Context, field string) (triage.Place, error) {
	v, err := s.opt.Client.HGet(ctx, s.keys.notices(), field).Result()
	if errors.Is(err, redis.Nil) {
		return triage.Place{}, fmt.Errorf("notice %s: %w", field, triage.ErrNotFound)
	}
	if err != nil {
		return triage.Place{}, down("look up notice", err)
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
		return down("ping redis", err)
	}
	return nil
}
