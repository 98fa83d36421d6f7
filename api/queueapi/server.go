package queueapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// Queue reads what the log looks like now. Every answer carries the position
// it stands for.
type Queue interface {
	Load(ctx context.Context, ids ...triage.ItemID) (*triage.Snapshot, error)
	Page(ctx context.Context, from, to uint64, after *triage.Row, n int) (*triage.Snapshot, []triage.Row, error)
	Orders(ctx context.Context) (map[triage.ItemID]uint64, error)
	Request(ctx context.Context, id string) (uint64, error)
	Notice(ctx context.Context, id triage.NoticeID) (triage.Place, error)
}

// Log reads commits by position.
type Log interface {
	ReadCommits(ctx context.Context, from uint64, max int) ([]triage.Commit, error)
}

// Door is one front door as the services need it. All fields are required.
type Door struct {
	Name           string
	Book           *intake.Book
	Queue          Queue
	Log            Log
	Identity       string // of the stream of commits: part of every resume and page token
	NoticeIdentity string // of the stream of mails: part of every id
	Calendar       *queue.Calendar
	Letter         func(mail []byte) triage.Letter
	Rules          func(ctx context.Context, l triage.Ledger) (*intake.Ruleset, error)

	Mail   func(ctx context.Context, seq uint64) ([]byte, error)                // a mail as it was accepted
	Found  func(ctx context.Context, sha256 string) (triage.Place, error)       // where the newest mail with that hex SHA-256 stands
	Ends   func(ctx context.Context) (notices, commits uint64, err error)       // how far both streams reach
	Viewed func(ctx context.Context, record []byte) error                       // that somebody read something again
	Push   func(ctx context.Context, force string, mail []byte) (uint64, error) // hand in a mail

	// Open and OpenItem make readable what comes from the log, where it is
	// sealed; what Queue hands out is.
	Open     func(ctx context.Context, c triage.Commit) (triage.Commit, error)
	OpenItem func(ctx context.Context, i *triage.Item) (*triage.Item, error)
}

// Config is what the services need beside the front doors.
type Config struct {
	Doors    []Door
	Now      func() time.Time
	Lease    time.Duration // longest claim, and the usual one
	ClaimCap int           // items one person may hold
}

func (c Config) validate() error {
	if len(c.Doors) == 0 || c.Now == nil || c.Lease <= 0 || c.ClaimCap < 1 {
		return errors.New("queueapi: front doors, clock, lease and claim cap are required")
	}
	return nil
}

// Server holds the services. Register adds them to a gRPC server; Run feeds
// the watches.
type Server struct {
	cfg   Config
	doors map[string]*front
	beat  time.Duration // how often an idle watch says that it lives
}

// front is a front door with its watches.
type front struct {
	Door
	hub      *hub
	rulesets rulesets
	replays  chan struct{} // one replay of the log at a time
	running  running
}

func (f *front) scorer() intake.Scorer { return intake.Scorer{Calendar: f.Calendar} }

// New returns the services.
func New(cfg Config) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, doors: map[string]*front{}, beat: beat}
	for _, d := range cfg.Doors {
		s.doors[d.Name] = &front{Door: d, hub: newHub(), replays: make(chan struct{}, 1), running: running{turn: make(chan struct{}, 1)}}
	}
	return s, nil
}

// Register adds every service to the gRPC server.
func (s *Server) Register(g *grpc.Server) {
	pb.RegisterQueueServiceServer(g, queueService{Server: s})
	pb.RegisterNoticeServiceServer(g, noticeService{Server: s})
	pb.RegisterAuditServiceServer(g, auditService{Server: s})
	pb.RegisterRulesServiceServer(g, rulesService{Server: s})
}

type (
	queueService struct {
		pb.UnimplementedQueueServiceServer
		*Server
	}
	noticeService struct {
		pb.UnimplementedNoticeServiceServer
		*Server
	}
	auditService struct {
		pb.UnimplementedAuditServiceServer
		*Server
	}
	rulesService struct {
		pb.UnimplementedRulesServiceServer
		*Server
	}
)

// door finds the front door a request is for; it may be left out where there
// is one.
func (s *Server) door(name string) (*front, error) {
	if name == "" && len(s.doors) == 1 {
		name = s.cfg.Doors[0].Name
	}
	if name == "" {
		names := make([]string, len(s.cfg.Doors))
		for n, d := range s.cfg.Doors {
			names[n] = d.Name
		}
		slices.Sort(names)
		return nil, bad(pb.ErrorReason_ERROR_REASON_FRONT_DOOR, "front_door", "name one of "+strings.Join(names, ", "))
	}
	d, ok := s.doors[name]
	if !ok {
		return nil, fmt.Errorf("front door %q: %w", name, triage.ErrNotFound)
	}
	return d, nil
}
