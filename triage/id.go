package triage

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// NoticeID names one mail as received. UUIDv5, see NewNoticeID.
type NoticeID string

// ItemID names one row of the queue. UUIDv5, see NewItemID.
type ItemID string

// namespace is the UUIDv5 name space of every id the service derives.
var namespace = uuid.MustParse("6f1c3c52-6f0e-5d6b-9a52-0d7a1c5c9b11")

// NewNoticeID derives the id of the notice at a sequence of the notices
// stream with the given identity. The same log gives the same ids anywhere.
func NewNoticeID(frontDoor, stream string, seq uint64) NoticeID {
	return NoticeID(derive("notice", frontDoor, stream, seq, 0))
}

// NewItemID derives the id of the item that part n of that notice opens.
func NewItemID(frontDoor, stream string, seq uint64, n int) ItemID {
	return ItemID(derive("item", frontDoor, stream, seq, n))
}

func derive(kind, frontDoor, stream string, seq uint64, n int) string {
	return uuid.NewSHA1(namespace, fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d\x00%d", kind, frontDoor, stream, seq, n)).String()
}

// Position is a place in the log: the commit's sequence and the event's index.
type Position struct {
	Seq   uint64
	Index int
}

// Actor is who did something: a person, or a part of the service.
type Actor struct {
	Name     string // person's id from the certificate or token; "worker", "clock", "archiver" for the service
	Role     string // "supervisor", "manager", "edt", "auditor", "operator", "police", "service"
	Verified bool   // false: named by the caller alone, on loopback
}

// Commit is one message of the log: everything that changed at once.
type Commit struct {
	ID        string // UUIDv7 for a command's commit, UUIDv5 for the worker's
	RequestID string // UUID of the caller's command; a repeat gets the first answer
	Request   string // hash of that command: the same RequestID must come with the same command
	Actor     Actor
	At        time.Time // server's time, UTC
	Through   uint64    // last sequence of the notices stream that the log has taken in with this commit
	Events    []Event

	Seq uint64 // place in the log; not encoded, set when read
}

// Items names every item that the commit touches, each once, in the order of
// its events.
func (c *Commit) Items() (ids []ItemID) {
	seen := map[ItemID]bool{"": true}
	add := func(id ItemID) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, e := range c.Events {
		add(e.Target())
		switch e := e.(type) {
		case ItemJoined:
			add(e.Absorbed)
		case NoticeSplit:
			add(e.New)
		}
	}
	return ids
}

// AnswerKind is the kind of a Reference that is an AnswerCode.
const AnswerKind = "answer"

// AnswerCode is what a force quotes in its answer to a question about an item:
// "IFD-" and 13 digits of the item's id. It is no secret and says nothing.
func AnswerCode(i ItemID) string {
	id, err := uuid.Parse(string(i))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("IFD-%013d", binary.BigEndian.Uint64(id[:8])>>24)
}
