package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutant is a planted bug: a change of one place in one file, and who must
// notice it.
type Mutant struct {
	Bug     string
	File    string // from the module's root
	Old     string // stands in the file once
	New     string
	Package string // whose tests are run
	Test    string // the one that must fail
}

// errFit says that a mutant is of another time than the sources.
var errFit = errors.New("what is to be changed does not stand in the file exactly once")

// overlay writes the changed file and the JSON by which the go command takes
// it in the place of the real one, into a folder. The tree is not touched.
func (m Mutant) overlay(root, dir string) (path string, err error) {
	file, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(m.File)))
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(file) //nolint:gosec // a file of ours
	if err != nil {
		return "", err
	}
	if strings.Count(string(b), m.Old) != 1 {
		return "", fmt.Errorf("%s: %q: %w", m.File, m.Old, errFit)
	}
	changed := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(b), m.Old, m.New, 1)), 0o600); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// Mutants are bugs by which a notice would be lost, hidden, doubled or put in
// the wrong place. "make mutants" wants each noticed by its test.
var Mutants = []Mutant{
	// The log.
	{"append without the position it was computed at", "triage/jet/write.go",
		"jetstream.WithExpectLastSequence(expected)", "jetstream.WithExpectStream(l.commits.name)", "./triage/jet", "TestTwoAppendersRace"},
	{"a full stream throws the oldest away (DiscardOld)", "triage/jet/streams.go",
		"jetstream.DiscardNew", "jetstream.DiscardOld", "./triage/jet", "TestAFullStreamRefusesAndKeeps"},
	{"a reader passes over a missing sequence", "triage/jet/read.go",
		"meta.Sequence.Stream != from+uint64(len(recs))", "meta.Sequence.Stream < from", "./triage/jet", "TestAHoleIsNeverSkipped"},
	{"a write without an answer counts as not stored", "triage/jet/errors.go",
		`fmt.Errorf("%w: %w", ErrUnknown, err)`, "err", "./triage/jet", "TestAnAppendWithoutAnAnswerIsUnknown"},
	{"a lost stream is taken for an empty one", "triage/jet/log.go",
		`written != "" && cfg.Name != l.outName()`, "false", "./triage/jet", "TestALostStreamIsNotMadeAnew"},
	{"a server that does not sync is believed", "triage/jet/sync.go",
		"SyncAlways bool `json:\"sync_always\"`", "SyncAlways bool `json:\"strict\"`", "./triage/jet", "TestVerifySync"},

	// The fold.
	{"the fold ignores a gap in the log", "triage/fold.go",
		"c.Seq != l.Seq+1", "c.Seq <= l.Seq", "./triage", "TestFoldRefusesAGap"},
	{"a commit may take notices in again", "triage/fold.go",
		"e.Seq != f.ledger.Through+1", "false", "./triage", "TestFoldRefusesAGap"},
	{"a commit may say that it took in more than it did", "triage/fold.go",
		"f.ledger.Through != c.Through", "false", "./triage", "TestFoldRefusesAGap"},
	{"a queue that does not follow from the log is kept", "triage/intake/book.go",
		"b.Forget == nil ||", "true ||", "./triage/intake", "TestCatchUpBuildsAnew"},
	{"what an item was is still counted", "triage/fold.go",
		"f.ledger.States[b]--", "_ = b", "./triage", "TestCountsFollowTheStates"},
	{"an item may be claimed twice", "triage/claim.go",
		"if i.Claim != nil {", "if false {", "./triage", "TestActsAreRefused"},
	{"an old claim's token is good", "triage/claim.go",
		"i.Claim.Token != token || ", "", "./triage", "TestActsAreRefused"},
	{"a claim whose time is up is good", "triage/claim.go",
		"i.Claim.By != c.Actor.Name || !c.At.Before(i.Claim.Until)", "i.Claim.By != c.Actor.Name", "./triage", "TestActsAreRefused"},
	{"deciding without having opened the text", "triage/claim.go",
		"if !i.OpenedBy(c.Actor.Name) {", "if false {", "./triage", "TestActsAreRefused"},
	{"a decision on one child closes the item", "triage/claim.go",
		"if len(i.Open) == 0 {", "if true {", "./triage", "TestDecisionOnOneChildLeavesTheOther"},
	{"a resend makes a decided item wait again", "triage/apply.go",
		"e.Relation == RelationResend && state != StruckState", "false", "./triage", "TestResendDoesNotReopen"},
	{"an override stays over worse news", "triage/apply.go",
		"(raised || i.newsAfter(o.Through))", "raised && false", "./triage/intake", "TestOverrideEndsWithWorse"},
	{"new rules lower a band by themselves", "triage/apply.go",
		"e.Rescore && e.Score.Band < i.Score.Band", "false", "./triage", "TestRescoreOnlyProposesLower"},
	{"a due time moves later", "triage/apply.go",
		"i.Due = earlier(i.Due, e.Due)", "i.Due = e.Due", "./triage", "TestDueNeverMovesLater"},

	// The intake.
	{"a notice is taken in and Through stays", "triage/intake/place.go",
		"p.commit.Through = r.event.Seq", "p.commit.Through = p.commit.Through + 0", "./triage/intake", "TestFaultTable"},
	{"Through moves past a notice that was not read", "triage/intake/place.go",
		"p.commit.Through = r.event.Seq", "p.commit.Through = r.event.Seq + 1", "./triage/intake", "TestConservation"},
	{"the worker passes over a hole", "triage/intake/worker.go",
		"found[n].Seq != want", "found[n].Seq < want", "./triage/intake", "TestAHole"},
	{"what cannot be read is dropped", "triage/intake/read.go",
		"r.parts = []triage.Entry{entry(&r.event, 0, triage.Reading{DashTicks: -1}, false)}", "_ = entry", "./triage/intake", "TestAReaderThatPanics"},
	{"a mail of no known kind is counted as no notice", "triage/intake/read.go",
		"if l.Kind == triage.LetterUnknown {", "if false {", "./triage/intake", "TestWhatIsNoNotice"},
	{"a mail that lost its text passes as read", "triage/intake/read.go",
		"!l.Lost())", "true)", "./triage/intake", "TestWhatIsNoMail"},
	{"a mail that ends the program is read for ever", "triage/intake/worker.go",
		"before >= deadly", "false", "./triage/intake", "TestAReaderThatDies"},
	{"an append of unknown outcome is done again", "triage/intake/book.go",
		"a.remember(c.ID, at)", "_ = at", "./triage/intake", "TestAppendFindsWhatItHasSent"},

	// Linking: other systems' bugs (see package link) and what must hold.
	{"two mails of one Message-ID are one", "triage/link/incident.go",
		"e.message = true", "e.content = b", "./triage/link", "TestTwoMailsOfOneMessageIDAreTwoItems"},
	{"no Message-ID is a Message-ID", "triage/link/incident.go",
		`a.Message != "" && a.Message == b.Message`, "a.Message == b.Message", "./triage/link", "TestMissingMessageIDJoinsNothing"},
	{"a mail to two addresses is two", "triage/link/incident.go",
		`a.Content != "" && a.Content == b.Content`, `a.Content != "" && a.Message != b.Message`, "./triage/link", "TestOneMailToTwoAddressesIsOneItem"},
	{"two workers append at one place", "triage/audit/log.go",
		"end != expected", "end < expected", "./triage/intake", "TestNoticesOverAndOver"},
	{"the same text is new again after a while", "triage/link/decide.go",
		"all[i].content != nil && !all[i].parted", "all[i].content != nil && all[i].recent", "./triage/link", "TestRepublishedAfterAYearIsOneItem"},
	{"a joined item rings again", "triage/parts.go",
		"i.BreachRisk || o.BreachRisk, i.Overdue || o.Overdue", "false, false", "./triage/intake", "TestJoinNeverLowers"},
	{"a join takes the later due time", "triage/parts.go",
		"i.Due = earlier(i.Due, o.Due)", "i.Due = earlier(i.Due, i.Due)", "./triage/intake", "TestJoinNeverLowers"},
	{"what is unfolded stays suppressed", "triage/parts.go",
		"f.keep(part, StateUnknown)", "_ = part", "./triage/intake", "TestSuppressedRanksAgainAtOnce"},
	{"a split part keeps the clock of the whole", "triage/parts.go",
		"p.retime()\n", "p.Received, p.Seq = i.Received, i.Seq\n", "./triage/intake", "TestJoinThenSplit"},
	{"a split part joins again", "triage/link/decide.go",
		"own >= 0 && parted(&c.Record, &cands[own].Record)", "false", "./triage/link", "TestSplitStaysApart"},
	{"an empty word is a name custom", "triage/link/lexicon.go",
		`return s != "" && foldText(s) == s`, "return foldText(s) == s", "./triage/link", "TestRuleThatMatchesEverythingIsRefused"},
	{"a quoted number joins", "triage/link/record.go",
		"if ref.Own && q.Norm", "if q.Norm", "./triage/link", "TestQuotedNumberDoesNotJoin"},
	{"learning takes pairs in any order", "cmd/internal/yardstick/matcher.go",
		"order := slices.Sorted(maps.Keys(counts))", "order := slices.Collect(maps.Keys(counts))", "./cmd/internal/yardstick", "TestLearningFindsThePairsAndIsStable"},
	{"Unknown is a name", "triage/link/person.go",
		"l.lex.ignored[w] || l.lex.unknown[w]", "l.lex.ignored[w]", "./triage/link", "TestDefaultsNeverLink"},
	{"twins are one child", "triage/link/guard.go",
		`return Different, "another forename"`, `return Same, ""`, "./triage/link", "TestTwinsAndFatherAndSonStayApart"},
	{"who is passed over may be the child", "triage/link/guard.go",
		`a.meetBorn(b) == "apart"`, `a.meetBorn(b) != "equal"`, "./triage/link", "TestStrangersAreDifferent"},
	{"a field of the linking record is not stored", "triage/link/encode.go",
		"list(c, &r.Apart, text)", "", "./triage/link", "TestEveryFieldOfARecordIsStored"},
	{"a late notice reaches its own side alone", "triage/intake/place.go",
		"!o.Queued() || !mayCount(item, o)", "true", "./triage/intake", "TestOrderOfArrival"},
	{"a neighbour's history lowers", "triage/intake/place.go",
		"if !higher(e.Score, o.Score) {", "if false {", "./triage/intake", "TestANeighbourLowersNothing"},
	{"a recall flags what it may not mean", "triage/intake/recall.go",
		"if !one {", "if !one && len(found) == 0 {", "./triage/intake", "TestARecallFlagsWhatItRecalls"},
	{"a raise by rules rings no bell", "triage/duty/alert.go",
		"(!e.Rescore || e.Raised)", "!e.Rescore", "./triage/duty", "TestARaiseByRulesRings"},
	{"a raise is at risk from the first receipt", "triage/queue/due.go",
		"since, own = e.Received, true", "own = true", "./triage/queue", "TestRiskOf"},

	// Redis.
	{"the position is written first", "triage/redisq/apply.go",
		"local p = 5\n", "local p = 5\nredis.call('SET', KEYS[1], ARGV[2])\n", "./triage/redisq", "TestACutOffScriptLeavesThePosition"},
	{"a script takes any position for the one expected", "triage/redisq/apply.go",
		"if now ~= ARGV[1] then return 0 end", "", "./triage/redisq", "TestConcurrentRebuilders"},
	{"a key expires", "triage/redisq/apply.go",
		"redis.call('SET', KEYS[2], ARGV[3])", "redis.call('SET', KEYS[2], ARGV[3], 'EX', 100000)", "./triage/redisq", "TestNothingExpires"},
	{"linking keys are never taken away", "triage/redisq/apply.go",
		"if !slices.Contains(now, key) {", "if false {", "./triage/redisq", "TestRebuildIsByteEqual"},
	{"a rebuild keeps what was left of the last queue", "triage/redisq/apply.go",
		"for _, key in ipairs(redis.call('KEYS', ARGV[2])) do redis.call('DEL', key) end", "", "./triage/redisq", "TestARebuildStartsEmpty"},
	{"decided items stay in the queue", "triage/redisq/apply.go",
		"old.Queued() && (!i.Queued() || n != name)", "false", "./triage/redisq", "TestRebuildIsByteEqual"},

	// The queue's order.
	{"fewer points stand first", "triage/queue/order.go",
		"uint64(maxPoints-points)", "uint64(points)", "./triage/queue", "TestMorePointsStandFirst"},
	{"the later notice stands first among equals", "triage/queue/order.go",
		"\"%020d.%06d\", k.Seq", "\"%020d.%06d\", maxSecond-k.Seq", "./triage/queue", "TestKeyOf"},

	// The API.
	{"a repeated request_id is done again", "api/queueapi/command.go",
		`if request == "" {`, "if true {", "./api/queueapi", "TestRepeatedRequests"},
	{"a queue that is behind is shown as if it were whole", "api/queueapi/queue.go",
		"if snap.Position < commits {\n\t\tif snap", "if false {\n\t\tif snap", "./api/queueapi", "TestNeverAShortList"},

	// The second copy.
	{"a receipt before the copy", "triage/duty/receipt.go",
		"c.Through > now.Ledger.Archived.Notices", "false", "./triage/duty", "TestNoReceiptBeforeTheCopy"},
	{"the archiver takes back what was said", "triage/duty/archiver.go",
		"max(notices, done.Notices)", "notices", "./triage/duty", "TestASlowerCopy"},
	{"the archive takes records that do not follow on", "triage/archive/write.go",
		"r.Seq != want || r.Seq == 0", "r.Seq == 0", "./triage/archive", "TestOnlyWhatFollowsOnIsTaken"},
	{"the archive goes on after a failed write", "triage/archive/write.go",
		"a.broken = &WriteError{Op: op, Err: err}\n\treturn a.broken", "return &WriteError{Op: op, Err: err}", "./triage/archive", "TestEveryFailingOperation"},
	{"a record that differs from the archive's is believed", "triage/copies/copies.go",
		"if len(rec.Data) > 0 && !rec.Equal(&records[at]) {", "if false {", "./triage/copies", "TestTheSecondCopyIsBelieved"},
	{"what neither copy has counts as trouble that passes", "triage/copies/copies.go",
		"case damaged || errors.Is(err, triage.ErrNotFound):", "case damaged:", "./triage/copies", "TestNeitherCopyHasIt"},
	{"a stream below its mark is written to", "triage/duty/highwater.go",
		"now.ID == was.ID && now.Last < was.Last", "false", "./triage/duty", "TestAStreamBelowItsMarkIsNotWrittenTo"},
	{"another stream of the name is taken for the one that was", "triage/duty/highwater.go",
		"known && was.ID != m.ID", "false", "./triage/duty", "TestAnotherStreamOfTheSameName"},
	{"a full read ends at the first loss", "triage/duty/fullread.go",
		"f.next++ // told", "f.next = f.last + 1 // told", "./triage/duty", "TestAFullReadFindsEveryHole"},
	{"any mail on the canary's subject is none", "triage/intake/canary.go",
		"bytes.Equal(n.Data, CanaryMail())", "len(n.Data) > 0 && bytes.Equal(nil, nil)", "./triage/intake", "TestCanaries"},
	{"after a restore the next mails are taken for read", "cmd/internal/daemon/salvage.go",
		"s.fillTo(through+1, last.Time)", "s.fillTo(through-through, last.Time)", "./cmd/internal/daemon", "TestRestoreWhereMailsAreLostInBoth"},

	// The seal.
	{"a commit goes to the log as it was written", "triage/intake/book.go",
		"if a.book.Sealer != nil {", "if false {", "./cmd/internal/daemon", "TestCanaries"},
	{"a mail goes to the archive as it came", "cmd/internal/daemon/vault.go",
		"r.Data, err = v.ring.Mail(", "_, err = v.ring.Mail(", "./cmd/internal/daemon", "TestCanaries"},
	{"a receipt before the keys are copied", "triage/duty/archiver.go",
		"if err := a.Keys(ctx); err != nil {", "if err := a.Keys(ctx); false {", "./triage/duty", "TestACopyThatFails"},
	{"what waits can be erased", "triage/erase.go",
		"case i.Queued():", "case false:", "./triage", "TestEraseRefused"},
	{"an erased family is found again", "triage/link/record.go",
		"if !e.Struck && !e.IdentityErased {", "if !e.Struck {", "./api/queueapi", "TestErasedFamiliesAreNotFoundAgain"},
	{"a merged child rests on its first notice alone", "triage/seal/values.go",
		"strings.Join(names, \"+\")", "strings.Join(names[:1], \"+\")", "./triage/seal", "TestErasedKeys"},
	{"who nobody can ask is taken for erased", "triage/seal/seal.go",
		"if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, ErrMaster) {", "if err != nil && errors.Is(err, errSealed) {", "./triage/seal", "TestStoreOfKeysAway"},
	{"a digest goes before the time of all its households", "triage/intake/erase.go",
		"errors.Join(i.Erasable(), may(i))", "func() error { _ = i; return errors.Join() }()", "./triage/duty", "TestDigest"},
}
