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

func (k keyspace) linked() string { return k.prefix + "linked" } // hash: item id -> hidden linking keys

// hidden is the length of a hidden linking key.
const hidden = 16

// hide makes HMACs of linking keys, because those hold names and dates.
func (k keyspace) hide(plain []string) []string {
	out := make([]string, len(plain))
	for n, p := range plain {
		mac := hmac.New(sha256.New, k.secret)
		mac.Write([]byte(p))
		out[n] = string(mac.Sum(nil)[:hidden])
	}
	return out
}

// split parts hidden linking keys that were joined.
func split(joined string) (all []string) {
	for ; len(joined) >= hidden; joined = joined[hidden:] {
		all = append(all, joined[:hidden])
	}
	return all
}

// link names the set of items found under a hidden linking key.
func (k keyspace) link(hid string) string {
	return k.prefix + "link:" + hex.EncodeToString([]byte(hid))
}

// member is an item's name in the queue: the name that sorts equal orders, and
// the id.
func member(name string, id triage.ItemID) string {
	return name + ":" + string(id)
}

func memberItem(m string) triage.ItemID {
	return triage.ItemID(m[strings.LastIndexByte(m, ':')+1:])
}
