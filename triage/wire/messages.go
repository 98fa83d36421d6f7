package wire

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// The functions below turn single nouns for the API. They never fail: what
// EncodeCommit would refuse is written as near as can be. A message shares
// lists with its noun; change neither while the other is in use.

// ItemProto returns an item in full, without its summary.
func ItemProto(i *triage.Item) *pb.Item { return new(encoder).item(i) }

// EntryProto returns a notice's part in an item.
func EntryProto(n *triage.Entry) *pb.Entry { return new(encoder).entry(n) }

// ChildProto returns a child of an item.
func ChildProto(c *triage.Child) *pb.Child { return new(encoder).child(c) }

// LinkProto returns an item's link.
func LinkProto(l *triage.Link) *pb.Link { return new(encoder).link(l) }

// ScoreProto returns the rules' answer.
func ScoreProto(s *triage.Score) *pb.Score { return new(encoder).score(s) }

// HitProto returns one rule's result.
func HitProto(h *triage.Hit) *pb.Hit { return new(encoder).hit(h) }

// PartProto returns an addition to a score.
func PartProto(p *triage.Part) *pb.Part { return new(encoder).part(p) }

// LetterProto returns a mail made readable.
func LetterProto(l *triage.Letter) *pb.Letter { return new(encoder).letter(l) }

// ReadingProto returns what a notice says.
func ReadingProto(r *triage.Reading) *pb.Reading { return new(encoder).reading(r) }

// FactProto returns one fact of a reading.
func FactProto(f *triage.Fact) *pb.Fact { return new(encoder).fact(f) }

// ProblemsProto returns trouble met while reading.
func ProblemsProto(p []triage.Problem) []*pb.Problem { return messages(p, new(encoder).problem) }

// CommitProto returns a commit as the log holds it, without its Seq.
func CommitProto(c *triage.Commit) *pb.Commit { return new(encoder).commit(c) }

// LedgerProto returns a ledger, its counts in order.
func LedgerProto(l *triage.Ledger) *pb.Ledger { return new(encoder).ledger(l) }

// TimeProto returns a time, or nil for the zero time.
func TimeProto(t time.Time) *timestamppb.Timestamp { return new(encoder).time(t) }

// BandProto returns a band.
func BandProto(b triage.Band) pb.Band { return new(encoder).band(b) }

// StateProto returns an item's state.
func StateProto(s triage.State) pb.ItemState { return pb.ItemState(s) }

// LetterKindProto returns a kind of mail.
func LetterKindProto(k triage.LetterKind) pb.LetterKind { return pb.LetterKind(k) }

// PolarityProto returns a fact's polarity.
func PolarityProto(p triage.Polarity) pb.Polarity { return pb.Polarity(p) }

// FactTimeProto returns a fact's time.
func FactTimeProto(t triage.Time) pb.FactTime { return pb.FactTime(t) }

// HolderProto returns a fact's holder.
func HolderProto(h triage.Holder) pb.Holder { return pb.Holder(h) }

// The functions below turn messages into nouns. They refuse a value that no
// noun has a place for; a field that they do not know they pass over, because
// a newer server may send it.

// ItemFromProto returns an item; its summary is passed over.
func ItemFromProto(m *pb.Item) (*triage.Item, error) { return from(m, (*decoder).item) }

// CommitFromProto returns a commit; Seq is left to the caller.
func CommitFromProto(m *pb.Commit) (*triage.Commit, error) { return from(m, (*decoder).commit) }

// LedgerFromProto returns a ledger.
func LedgerFromProto(m *pb.Ledger) (*triage.Ledger, error) { return from(m, (*decoder).ledger) }

// LetterFromProto returns a mail made readable.
func LetterFromProto(m *pb.Letter) (triage.Letter, error) { return from(m, (*decoder).letter) }

// ReadingFromProto returns what a notice says.
func ReadingFromProto(m *pb.Reading) (triage.Reading, error) { return from(m, (*decoder).reading) }

// ScoreFromProto returns the rules' answer.
func ScoreFromProto(m *pb.Score) (triage.Score, error) { return from(m, (*decoder).score) }

// DecisionFromProto returns what was decided for a child.
func DecisionFromProto(m *pb.Decision) (triage.Decision, error) { return from(m, (*decoder).decision) }

// TimeFromProto returns a time in UTC, or the zero time for nil.
func TimeFromProto(m *timestamppb.Timestamp) (time.Time, error) { return from(m, (*decoder).time) }

// BandFromProto returns a band.
func BandFromProto(m pb.Band) (triage.Band, error) { return from(m, (*decoder).band) }

// StateFromProto returns an item's state.
func StateFromProto(m pb.ItemState) (triage.State, error) {
	return known[triage.State](pb.ItemState_name, m)
}

// LetterKindFromProto returns a kind of mail.
func LetterKindFromProto(m pb.LetterKind) (triage.LetterKind, error) {
	return known[triage.LetterKind](pb.LetterKind_name, m)
}

// PolarityFromProto returns a fact's polarity.
func PolarityFromProto(m pb.Polarity) (triage.Polarity, error) {
	return known[triage.Polarity](pb.Polarity_name, m)
}

// FactTimeFromProto returns a fact's time.
func FactTimeFromProto(m pb.FactTime) (triage.Time, error) {
	return known[triage.Time](pb.FactTime_name, m)
}

// HolderFromProto returns a fact's holder.
func HolderFromProto(m pb.Holder) (triage.Holder, error) {
	return known[triage.Holder](pb.Holder_name, m)
}

func from[M, N any](m M, read func(*decoder, M) N) (N, error) {
	var d decoder
	n := read(&d, m)
	return n, invalid(d.err)
}

func known[N ~uint8, P ~int32](names map[int32]string, p P) (N, error) {
	var d decoder
	n := value[N](&d, names, p)
	return n, invalid(d.err)
}
