package jet

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrUnsafe is what every UnsafeError is.
var ErrUnsafe = errors.New("unsafe stream setting")

// UnsafeError is one setting of a stream that could lose, hide or leak what
// the stream holds.
type UnsafeError struct {
	Stream, Setting string
	Found, Wanted   string
	Why, Mend       string
}

func (e *UnsafeError) Error() string {
	return fmt.Sprintf("stream %s: %s is %s, must be %s (%s); to mend: %s", e.Stream, e.Setting, e.Found, e.Wanted, e.Why, e.Mend)
}

func (e *UnsafeError) Unwrap() error { return ErrUnsafe }

type config = jetstream.StreamConfig

// setting is one line of the check: how to show it and why it matters.
type setting struct {
	name, why string
	show      func(*config) string
	// fixed settings cannot be changed on a living stream.
	fixed bool
	// safe says that a value other than the wanted one is safe too.
	safe func(found, want *config) bool
}

func word(name, why string, show func(*config) string) setting {
	return setting{name: name, why: why, show: func(c *config) string { return strings.ToLower(show(c)) }}
}

func flag(name, why string, get func(*config) bool) setting {
	return word(name, why, func(c *config) string {
		if get(c) {
			return "on"
		}
		return "off"
	})
}

func limit(name, why string, get func(*config) int64) setting {
	return word(name, why, func(c *config) string {
		if n := get(c); n > 0 {
			return fmt.Sprint(n)
		}
		return "unlimited"
	})
}

func age(name, why string, get func(*config) time.Duration) setting {
	return word(name, why, func(c *config) string {
		if d := get(c); d > 0 {
			return d.String()
		}
		return "unlimited"
	})
}

func (s setting) asFixed() setting { s.fixed = true; return s }

func (s setting) orSafe(f func(found, want *config) bool) setting { s.safe = f; return s }

// settings are all that is checked. What a stream can be configured with beyond
// these (description, placement, consumer limits) loses nothing.
var settings = []setting{
	word("subjects", "mails would go elsewhere", func(c *config) string { return strings.Join(c.Subjects, ",") }),
	word("storage", "memory is lost at a restart", func(c *config) string { return c.Storage.String() }).asFixed(),
	word("retention", "reading would delete", func(c *config) string { return c.Retention.String() }).asFixed(),
	word("discard", "a full stream would delete its oldest", func(c *config) string { return strings.TrimPrefix(c.Discard.String(), "Discard") }),
	flag("discard_new_per_subject", "a subject's limit would refuse new messages", func(c *config) bool { return c.DiscardNewPerSubject }),
	limit("max_msgs", "a count limit stops or empties the stream", func(c *config) int64 { return c.MaxMsgs }),
	limit("max_msgs_per_subject", "older messages of a subject would be deleted", func(c *config) int64 { return c.MaxMsgsPerSubject }),
	limit("max_bytes", "it is not what the configuration says", func(c *config) int64 { return c.MaxBytes }),
	age("max_age", "messages would go earlier or stay longer than the configuration says", func(c *config) time.Duration { return c.MaxAge }),
	limit("max_msg_size", "large messages would be refused or could not be read", func(c *config) int64 { return int64(c.MaxMsgSize) }),
	limit("num_replicas", "fewer copies than the configuration asks for", func(c *config) int64 { return int64(c.Replicas) }).
		orSafe(func(found, want *config) bool { return found.Replicas > want.Replicas }),
	flag("no_ack", "the publisher would not learn whether a message is stored", func(c *config) bool { return c.NoAck }),
	age("duplicate_window", "another body under a known Nats-Msg-Id would be thrown away", func(c *config) time.Duration { return c.Duplicates }).
		orSafe(func(found, want *config) bool { return found.Duplicates < want.Duplicates }),
	flag("deny_delete", "single messages could be deleted, or keys could not", func(c *config) bool { return c.DenyDelete }),
	flag("deny_purge", "the stream could be emptied, or keys could not be erased", func(c *config) bool { return c.DenyPurge }),
	flag("allow_rollup_hdrs", "one message could replace all others", func(c *config) bool { return c.AllowRollup }),
	flag("allow_msg_ttl", "a publisher could make its message vanish", func(c *config) bool { return c.AllowMsgTTL }).asFixed(),
	age("subject_delete_marker_ttl", "the server would write messages of its own", func(c *config) time.Duration { return c.SubjectDeleteMarkerTTL }),
	flag("allow_msg_counter", "messages would be replaced by sums", func(c *config) bool { return c.AllowMsgCounter }).asFixed(),
	flag("allow_msg_schedules", "messages could be written later", func(c *config) bool { return c.AllowMsgSchedules }).asFixed(),
	flag("allow_atomic", "a power cut can leave half a batch", func(c *config) bool { return c.AllowAtomicPublish }),
	flag("allow_batched", "messages could be stored without an answer each", func(c *config) bool { return c.AllowBatchPublish }),
	word("persist_mode", "async cancels sync_interval: always", func(c *config) string { return c.PersistMode.String() }).asFixed(),
	word("compression", "faults of compressed blocks lost messages before", func(c *config) string { return c.Compression.String() }),
	flag("sealed", "nothing can be written", func(c *config) bool { return c.Sealed }).asFixed(),
	flag("mirror", "it is a copy of another stream", func(c *config) bool { return c.Mirror != nil }).asFixed(),
	flag("sources", "messages of another stream would come in", func(c *config) bool { return len(c.Sources) > 0 }),
	flag("subject_transform", "messages would change their subject", func(c *config) bool { return c.SubjectTransform != nil }),
	flag("republish", "mails would be sent to other subjects", func(c *config) bool { return c.RePublish != nil }),
	flag("allow_direct", "a replica that lags answers 'not found', or a force could not fetch its receipts", func(c *config) bool { return c.AllowDirect }),
	flag("metadata "+metaStream, "the stream cannot be told from another of its name", func(c *config) bool { return c.Metadata[metaStream] != "" }),
}

// unsafeSettings returns an UnsafeError for each setting that is not as wanted.
func unsafeSettings(found, want *config) (errs []error) {
	for _, s := range settings {
		f, w := s.show(found), s.show(want)
		if f == w || s.safe != nil && s.safe(found, want) {
			continue
		}
		mend := fmt.Sprintf("set %s to %s with `nats stream edit %s`", s.name, w, want.Name)
		if s.fixed {
			mend = "it cannot be changed; stop all writers and build the stream anew from the archive"
		}
		errs = append(errs, &UnsafeError{Stream: want.Name, Setting: s.name, Found: f, Wanted: w, Why: s.why, Mend: mend})
	}
	return errs
}
