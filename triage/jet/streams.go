package jet

import (
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Limits of the log, design.md section 3.
const (
	MaxNotice  = 26 << 20 // bytes of one notice's message, headers included
	MaxCommit  = 1 << 20  // bytes of one encoded commit
	MaxPayload = 32 << 20 // the server's max_payload that lets MaxNotice through

	headRoom  = 4 << 10 // bytes of a message that are its headers
	dayLength = 24 * time.Hour

	// DefaultKeepNotices is how long a mail stays in the stream of notices.
	DefaultKeepNotices = 120 * dayLength
	keepOut            = 30 * dayLength

	// dedupWindow is the shortest the server allows. We send no Nats-Msg-Id; a
	// foreign client that does would have another mail under the same id thrown
	// away for this long.
	dedupWindow = 100 * time.Millisecond

	metaStream = "ppn_stream" // metadata key of the uuid that makes a stream this one
)

// names are the streams and subjects of one front door.
type names struct{ frontDoor string }

func newNames(frontDoor string) (names, error) {
	if err := CheckToken("front door", frontDoor); err != nil {
		return names{}, err
	}
	return names{frontDoor}, nil
}

// CheckToken refuses a name that cannot be one token of a subject and of a
// stream's name: 1 to 32 of a-z, 0-9, hyphen and underscore.
func CheckToken(what, name string) error {
	bad := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}
	if name == "" || len(name) > 32 || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("%w: %s %q must be 1 to 32 of a-z, 0-9, '-' and '_'", triage.ErrInvalid, what, name)
	}
	return nil
}

func (n names) stream(kind string) string {
	return "PPN_" + kind + "_" + strings.ToUpper(n.frontDoor)
}

func (n names) noticesName() string { return n.stream("NOTICES") }
func (n names) auditName() string   { return n.stream("AUDIT") }
func (n names) readsName() string   { return n.stream("READS") }
func (n names) outName() string     { return n.stream("OUT") }
func (n names) keysName() string    { return n.stream("KEYS") }

func (n names) noticeSubject(force string) string { return "ppn.notice." + n.frontDoor + "." + force }
func (n names) auditSubject() string              { return "ppn.audit." + n.frontDoor }
func (n names) readsSubject() string              { return "ppn.reads." + n.frontDoor }
func (n names) keySubject(key string) string      { return "ppn.keys." + n.frontDoor + "." + key }
func (n names) outSubject(to, kind string, seq uint64) string {
	return fmt.Sprintf("ppn.out.%s.%s.%s.%d", n.frontDoor, to, kind, seq)
}
func (n names) feedbackSubject(force string) string {
	return "ppn.feedback." + n.frontDoor + "." + force
}

// configs are the streams as they must be, the two of the log first.
func (n names) configs(o LogOptions) []jetstream.StreamConfig {
	base := func(name, subject string, maxMsg int32) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Subjects: []string{subject}, Replicas: o.Replicas,
			Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
			MaxMsgs: -1, MaxMsgsPerSubject: -1, MaxBytes: -1, MaxConsumers: -1, MaxMsgSize: maxMsg,
			DenyDelete: true, DenyPurge: true, Duplicates: dedupWindow, Compression: jetstream.NoCompression,
		}
	}
	notices := base(n.noticesName(), n.noticeSubject("*"), MaxNotice)
	notices.MaxAge = o.KeepNotices
	audit := base(n.auditName(), n.auditSubject(), MaxCommit+headRoom)
	if o.MaxBytes > 0 {
		notices.MaxBytes, audit.MaxBytes = o.MaxBytes, o.MaxBytes
	}
	reads := base(n.readsName(), n.readsSubject(), MaxCommit+headRoom)
	out := base(n.outName(), "ppn.out."+n.frontDoor+".*.*.*", MaxCommit+headRoom)
	// A force's user fetches its receipts by subject, the only kind of read
	// that a permission can narrow to that force.
	out.MaxAge, out.AllowDirect = keepOut, true
	out.Subjects = append(out.Subjects, n.feedbackSubject("*"))
	keys := base(n.keysName(), n.keySubject("*"), MaxCommit+headRoom)
	keys.DenyDelete, keys.DenyPurge = false, false
	return []jetstream.StreamConfig{notices, audit, reads, out, keys}
}
