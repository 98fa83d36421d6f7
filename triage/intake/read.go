package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Notice is a mail as the notices stream holds it.
type Notice struct {
	Seq       uint64
	Force     string // last token of the subject it came on
	Time      time.Time
	Data      []byte
	Truncated string // of a mail of which only headers and the first 4 MB were stored: size and SHA-256 of the whole
	Known     *Known
}

// CodeTruncated is the problem of a mail of which only the head was stored.
const CodeTruncated = "truncated"

// Whole returns what a sender's header says of a mail that was cut, size and
// SHA-256; empty if it says anything else: his words do not belong into the log.
func Whole(header string) string {
	if !whole.MatchString(header) {
		return ""
	}
	return header
}

var whole = regexp.MustCompile(`^\d{1,12} [0-9a-f]{64}$`)

// TruncatedDetail is what the log says of a mail that was cut.
func TruncatedDetail(header string) string {
	if w := Whole(header); w != "" {
		return "only the first 4 MB were stored; size and SHA-256 of the whole: " + w
	}
	return "only the first 4 MB were stored"
}

// Known is what a mail was read as before. A replay gives it for a mail that is
// gone or erased: it is not read again, but linked and scored.
type Known struct {
	Event triage.NoticeRead
	Parts []triage.Entry
}

// reading is a notice taken in: what it is, and its parts.
type reading struct {
	event triage.NoticeRead
	parts []triage.Entry
	keys  []string // linking keys of the parts, or of what a recall is of

	recalls recall
}

// patience is how long one mail may be read. Reading is bounded by the limits
// of package letter; this is the last guard behind them. What is read for
// longer goes on in the background, for nobody: it cannot be stopped.
const patience = 20 * time.Second

// readAll reads notices in parallel. It cannot fail: what cannot be read is a
// notice that a person must read.
func (w *Worker) readAll(rs *Ruleset, notices []Notice) []reading {
	out := make([]reading, len(notices))
	var wg sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for n := range notices {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			out[n] = w.readOne(rs, notices[n])
		})
	}
	wg.Wait()
	return out
}

func (w *Worker) readOne(rs *Ruleset, n Notice) reading {
	if n.Known != nil {
		return n.Known.reading(rs)
	}
	done := make(chan reading, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- w.unreadable(n, "reader_failed", fmt.Sprintf("the reader failed: %T", p))
			}
		}()
		done <- w.read(rs, n)
	}()
	select {
	case r := <-done:
		return r
	case <-time.After(patience):
		return w.unreadable(n, "reader_timeout", "the reader took too long")
	}
}

func (w *Worker) read(rs *Ruleset, n Notice) reading {
	l := w.Letter(n.Data)
	if isCanary(n) {
		return w.canary(n, &l)
	}
	if l.Kind == triage.LetterUnknown {
		l.Kind = triage.LetterNotice // not surely automatic
	}
	if n.Truncated != "" {
		l.Problems = append(l.Problems, triage.Problem{Code: CodeTruncated, Detail: TruncatedDetail(n.Truncated), Severe: true})
	}
	r := reading{event: w.noticeRead(n, &l)}
	if l.Kind == triage.LetterRecall {
		r.recalls = recallOf(&l)
		r.keys = r.recalls.keys(rs)
	}
	if l.Kind != triage.LetterNotice {
		return r
	}
	if l.Received.IsZero() {
		l.Received = r.event.Received // years and ages are read against a day
	}
	readings := rs.Reader.Read(&l)
	if len(readings) == 0 {
		readings = []triage.Reading{{DashTicks: -1}}
	}
	for part := range readings {
		e := entry(&r.event, part, readings[part], !l.Lost())
		e.Title = title(l.From, l.Subject)
		r.parts, r.keys = append(r.parts, e), append(r.keys, keysOf(rs, e)...)
	}
	return r
}

func (k *Known) reading(rs *Ruleset) reading {
	r := reading{event: k.Event, parts: k.Parts}
	for _, e := range k.Parts {
		r.keys = append(r.keys, keysOf(rs, e)...)
	}
	return r
}

// unreadable is the notice of a mail that the reader could not survive.
func (w *Worker) unreadable(n Notice, code, detail string) reading {
	l := triage.Letter{Kind: triage.LetterNotice, Problems: []triage.Problem{{Code: code, Detail: detail, Severe: true}}}
	if isCanary(n) {
		return w.canary(n, &l)
	}
	r := reading{event: w.noticeRead(n, &l)}
	r.parts = []triage.Entry{entry(&r.event, 0, triage.Reading{DashTicks: -1}, false)}
	return r
}

func (w *Worker) noticeRead(n Notice, l *triage.Letter) triage.NoticeRead {
	received := n.Time
	if !l.Received.IsZero() && l.Received.Before(received) {
		received = l.Received
	}
	_, domain, _ := strings.Cut(l.From, "@")
	auth := make([]string, len(l.Auth))
	for k, a := range l.Auth {
		auth[k] = strings.ToValidUTF8(a, "\uFFFD")
	}
	return triage.NoticeRead{
		Notice: triage.NewNoticeID(w.FrontDoor, w.Stream, n.Seq), Seq: n.Seq,
		SHA256: digest(n.Data), StreamTime: n.Time.UTC(), Received: received.UTC(), Force: n.Force,
		Kind: l.Kind, Why: l.Why, MessageID: digestText(l.MessageID), Content: l.ContentHash, From: strings.ToValidUTF8(domain, "\uFFFD"),
		Auth: auth, Problems: l.Problems, Program: w.Program,
	}
}

func entry(e *triage.NoticeRead, part int, r triage.Reading, readable bool) triage.Entry {
	if r.Force == "" {
		r.Force = e.Force
	}
	return triage.Entry{
		Notice: e.Notice, Part: part, Seq: e.Seq, Received: e.Received, MessageID: e.MessageID, Content: e.Content,
		Via: e.Force, Readable: readable, Reading: r, Problems: e.Problems,
	}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func digestText(s string) string {
	if s == "" {
		return ""
	}
	return digest([]byte(s))
}
