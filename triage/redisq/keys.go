package redisq

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// keyspace names every key of one front door. The hash tag keeps them in one
// slot of a Redis Cluster, so that one script may use them all.
type keyspace struct {
	prefix string
	secret []byte
}

func newKeyspace(namespace, frontDoor string, secret []byte) keyspace {
	return keyspace{prefix: fmt.Sprintf("%s:{%s}:", namespace, frontDoor), secret: secret}
}

func (k keyspace) position() string { return k.prefix + "position" } // "<stream identity>|<log sequence>"
func (k keyspace) ledger() string   { return k.prefix + "ledger" }   // triage.Ledger
func (k keyspace) items() string    { return k.prefix + "items" }    // hash: item id -> triage.Item
func (k keyspace) records() string  { return k.prefix + "records" }  // hash: item id -> linking record
func (k keyspace) queue() string    { return k.prefix + "queue" }    // sorted set: order -> member
func (k keyspace) requests() string { return k.prefix + "requests" } // hash: request id -> log sequence of its commit
func (k keyspace) notices() string  { return k.prefix + "notices" }  // hash: notice id, and mailField -> notice sequence, log sequence

// mailField is a mail's field beside that of its notice: the newest mail with
// these bytes.
func mailField(sha256 string) string { return "mail " + sha256 }

// link hides a linking key: an HMAC, because the key holds names and dates.
func (k keyspace) link(plain string) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(plain))
	return k.prefix + "link:" + hex.EncodeToString(mac.Sum(nil)[:16])
}

// member is an item's name in the queue: the name that sorts equal orders, and
// the id.
func member(name string, id triage.ItemID) string {
	return name + ":" + string(id)
}

func memberItem(m string) triage.ItemID {
	return triage.ItemID(m[strings.LastIndexByte(m, ':')+1:])
}
