package seal_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/seal"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

func TestEveryEventIsHere(t *testing.T) {
	if got := (&pb.Event{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields().Len(); got != len(events) {
		t.Errorf("the contract has %d events, this test %d: add it, and say in walker what of it is personal", got, len(events))
	}
}

// open is every text that stays as it is. A new field fails the test until it
// is sealed or stands here, with the reason that it names nobody.
var open = []string{
	".Item", ".Absorbed", ".New", ".To", ".By", ".Notice", ".Link.To", ".Link.Notices", ".Entry.Notice", // ids
	".Score.Worst", ".Score.Children.Child", ".Children.ID", ".Link.Child", ".Child", ".Decisions.Child", ".History.Incidents.Item", // "c1"
	".SHA256", ".Content", ".MessageID", ".Entry.MessageID", ".Entry.Content", ".Entry.Via", ".Hash", ".Score.Ruleset", ".List", // hashes
	".Force", ".Entry.Reading.Force", ".Entry.Reading.References.Force", ".Program", ".From", // forces, versions, the sender's domain
	".Why", ".Problems.Code", ".Problems.Detail", ".Entry.Problems.Code", ".Entry.Problems.Detail", // of NoticeRead: header signs; never text of the mail
	".Entry.Reading.Flags", ".Entry.Reading.Form", ".Entry.Reading.Quality", ".Entry.Reading.Facts.Slug", ".Entry.Reading.Facts.Signs", ".Entry.Reading.References.Kind", // slugs
	".Entry.Reading.Consent", ".Entry.Reading.Dash", ".Entry.Reading.PoliceGrade", // codes
	".Entry.Reading.IncidentDate", ".AsOf", ".ClosedAt", ".Rows.ClosedAt", ".Children.AsOf", ".History.ClosedAt", ".History.Incidents.Date", // days, of incidents and lists
	".Entry.Reading.People.Sex", ".Children.Person.Sex", // M or F
	".Score.FloorBy", ".Score.Flags", ".Score.Hits.Rule", ".Score.Hits.Case", ".Score.Hits.Slug", ".Score.Hits.Title", ".Score.Hits.CIN", // of the rules
	".Score.Parts.Name", ".Score.Parts.Why", ".History.Incidents.Slugs", ".Children.Status", ".Rows.Status", ".Status", ".Source", ".Ground",
	".Outcome",                                                  // of a call of the bell; .To is the name of a place in the configuration
	".Decisions.Outcome", ".Decisions.Consent", ".Decisions.By", // codes; who decided is set by the fold
}

// TestNothingElseStaysOpen: of a commit in which every field is set, no text is
// left in the bytes of the log but what is known to name nobody.
func TestNothingElseStaysOpen(t *testing.T) {
	c := everything()
	s := seal.Sealer{Ring: ring(t, seal.NewMaster(), newShelf())}
	sealed := must(s.Seal(t.Context(), c, nil))
	seen := map[string]bool{}
	for _, e := range sealed.Events {
		texts(reflect.ValueOf(e), "", func(path, text string) {
			if strings.HasPrefix(text, "sealed:1:") || text == "" {
				return
			}
			if seen[path] = true; !slices.Contains(open, path) {
				t.Errorf("%T%s stays open", e, path)
			}
		})
	}
	for _, path := range open {
		if !seen[path] {
			t.Errorf("%s is sealed, or is no more: it need not stand in the test's list", path)
		}
	}
	if !seal.Holds(&sealed) || seal.Holds(&c) {
		t.Error("Holds does not tell the sealed commit from the open one")
	}
	if d := cmp.Diff(everything(), c); d != "" {
		t.Errorf("Seal changed what it was given:\n%s", d)
	}
	if d := cmp.Diff(c, must(s.Commit(t.Context(), sealed))); d != "" {
		t.Errorf("a commit sealed and opened is another:\n%s", d)
	}
	a, b := must(wire.EncodeCommit(sealed)), must(wire.EncodeCommit(must(s.Seal(t.Context(), c, nil))))
	if string(a) != string(b) {
		t.Error("the same commit sealed twice is not the same")
	}
}

// scene is an item of two notices that both name a child, and the commit that
// brought it.
func scene() (triage.Commit, *triage.Item) {
	ada := triage.Person{Role: triage.RoleChild, Name: "SAMPLE, Ada", Given: "Ada", DOB: "2020-01-02", Sex: "F"}
	entry := func(seq uint64, quote string) triage.Entry {
		return triage.Entry{Notice: triage.NoticeID(seal.TextKey(seq)), Seq: seq, Readable: true, Content: quote, Reading: triage.Reading{
			People: []triage.Person{ada}, Facts: []triage.Fact{{Slug: "neglect", Quote: quote}},
		}}
	}
	both := triage.Child{ID: "c1", Person: ada, From: []triage.Mention{{Entry: 0}, {Entry: 1}}}
	first := both
	first.ID, first.From = "c2", []triage.Mention{{Entry: 0}}
	c := triage.Commit{ID: "x", Seq: 1, Through: 2, Events: []triage.Event{
		triage.NoticeRead{Seq: 1, Kind: triage.LetterNotice}, triage.ItemOpened{Item: "i", Entry: entry(1, "no food")},
		triage.NoticeRead{Seq: 2, Kind: triage.LetterNotice}, triage.NoticeJoined{Item: "i", Entry: entry(2, "no bed")},
		triage.ItemScored{Item: "i", Children: []triage.Child{both, first}},
		triage.ItemLinked{Item: "i", Link: triage.Link{To: "o", Kind: triage.LinkChild, Why: []string{"reference 1326"}, Notices: []triage.NoticeID{"n2-t"}}},
		triage.InterimRecorded{Item: "i", Words: "Ada sleeps at her aunt's"},
	}}
	_, items := fold(c)
	return c, items[0]
}

func fold(c triage.Commit) (triage.Ledger, []*triage.Item) {
	none := func(triage.ItemID) (*triage.Item, error) { return nil, triage.ErrNotFound }
	l, items, err := triage.Fold(triage.Ledger{}, none, &c)
	if err != nil {
		panic(err)
	}
	return l, items
}

// TestErasedKeys: what rests on a notice goes with its key, and only that.
func TestErasedKeys(t *testing.T) {
	c, left := scene()
	keys := newShelf()
	s := seal.Sealer{Ring: ring(t, seal.NewMaster(), keys)}
	_, items := fold(must(s.Seal(t.Context(), c, []*triage.Item{left})))
	if d := cmp.Diff(left, must(s.Item(t.Context(), items[0]))); d != "" {
		t.Fatalf("an item folded sealed and opened is another:\n%s", d)
	}
	for _, tt := range []struct {
		key  string
		gone func(*triage.Item)
	}{
		{"n1-t", func(i *triage.Item) { i.Entries[0].Reading.Facts[0].Quote = "" }},
		{"n2-i", func(i *triage.Item) {
			bare := triage.Person{Role: triage.RoleChild, Sex: "F"}
			i.Entries[1].Reading.People[0], i.Children[0].Person, i.Links[0].Why = bare, bare, []string{""}
		}},
		{"w-i", func(i *triage.Item) { i.Interims[0].Words = seal.Gone }},
	} {
		tt.gone(left)
		if err := s.Ring.Erase(t.Context(), tt.key); err != nil {
			t.Fatal(err)
		}
		var lost []string
		told := seal.Sealer{Ring: s.Ring, Lost: func(n string) { lost = append(lost, n) }}
		if d := cmp.Diff(left, must(told.Item(t.Context(), items[0]))); d != "" {
			t.Errorf("after %s was erased:\n%s", tt.key, d)
		}
		if len(lost) == 0 || !strings.Contains(strings.Join(lost, " "), tt.key) {
			t.Errorf("Lost was told of %q, want %s among them", lost, tt.key)
		}
	}
	if _, err := s.Seal(t.Context(), c, []*triage.Item{left}); !errors.Is(err, seal.ErrGone) {
		t.Errorf("Seal under an erased key = %v, want ErrGone", err)
	}
	if len(keys.keys["n1-i"]) == 0 || len(keys.keys["n1-t"]) != 0 {
		t.Error("another key was erased than was asked for, or it was made anew")
	}
}

// TestPeopleOnly opens what linking needs and nothing that anybody wrote.
func TestPeopleOnly(t *testing.T) {
	c, left := scene()
	r := ring(t, seal.NewMaster(), newShelf())
	_, items := fold(must(seal.Sealer{Ring: r}.Seal(t.Context(), c, []*triage.Item{left})))
	got := must(seal.Sealer{Ring: r, People: true}.Item(t.Context(), items[0]))
	if d := cmp.Diff(left.Children, got.Children); d != "" {
		t.Error(d)
	}
	if f, w := got.Entries[0].Reading.Facts[0].Quote, got.Interims[0].Words; !seal.Sealed(f) || !seal.Sealed(w) {
		t.Errorf("opened too: %q, %q", f, w)
	}
}

// TestStoreOfKeysAway: a value is not taken for erased because nobody answers.
func TestStoreOfKeysAway(t *testing.T) {
	c, left := scene()
	keys, m := newShelf(), seal.NewMaster()
	s := seal.Sealer{Ring: ring(t, m, keys)}
	sealed := must(s.Seal(t.Context(), c, []*triage.Item{left}))
	s.Ring.Forget("n1-t")
	keys.down = errors.New("nobody answers")
	if _, err := s.Commit(t.Context(), sealed); !errors.Is(err, keys.down) {
		t.Errorf("Commit without a store of keys = %v", err)
	}
	keys.down = nil
	if d := cmp.Diff(c, must(s.Commit(t.Context(), sealed))); d != "" {
		t.Errorf("afterwards:\n%s", d)
	}
}

func TestMails(t *testing.T) {
	r, mail := ring(t, seal.NewMaster(), newShelf()), []byte("Subject: Ada\n\nno food")
	sealed := must(r.Mail(t.Context(), 7, mail))
	if strings.Contains(string(sealed), "Ada") || string(sealed) != string(must(r.Mail(t.Context(), 7, mail))) || !seal.SealedMail(sealed) {
		t.Fatalf("Mail = %q", sealed)
	}
	if got := must(r.OpenMail(t.Context(), 7, sealed)); string(got) != string(mail) {
		t.Errorf("OpenMail = %q", got)
	}
	if got := must(r.OpenMail(t.Context(), 7, mail)); string(got) != string(mail) {
		t.Errorf("OpenMail of a mail never sealed = %q", got)
	}
	if _, err := r.OpenMail(t.Context(), 8, sealed); err == nil || seal.MailOf(8, sealed) || !seal.MailOf(7, sealed) {
		t.Errorf("the mail of notice 7 passes for that of 8: %v", err)
	}
	for n := range sealed {
		bad := slices.Clone(sealed)
		bad[n] ^= 1
		if got, err := r.OpenMail(t.Context(), 7, bad); err == nil && string(got) == string(mail) {
			t.Errorf("byte %d changed, and it opens", n)
		}
	}
	if err := r.Erase(t.Context(), seal.TextKey(7)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.OpenMail(t.Context(), 7, sealed); !errors.Is(err, seal.ErrGone) {
		t.Errorf("OpenMail of an erased one = %v", err)
	}
	again := must(r.Mail(t.Context(), 7, mail))
	if _, err := r.OpenMail(t.Context(), 7, again); len(again) != 0 || !errors.Is(err, seal.ErrGone) {
		t.Errorf("Mail of an erased notice = %q, %v", again, err)
	}
}

// TestHostileText: words of a mail that look like a sealed value are words.
func TestHostileText(t *testing.T) {
	s := seal.Sealer{Ring: ring(t, seal.NewMaster(), newShelf())}
	for _, text := range []string{"sealed:1:n1-t:AAAA", "sealed:1:", "sealed:1:*.>:AAAA", "sealed:1:n9-t+w-x:####"} {
		c := triage.Commit{Events: []triage.Event{triage.InterimRecorded{Item: "i", Words: text}}}
		if d := cmp.Diff(c, must(s.Commit(t.Context(), must(s.Seal(t.Context(), c, nil))))); d != "" {
			t.Errorf("%q:\n%s", text, d)
		}
		if _, err := s.Commit(t.Context(), c); err != nil { // in a log that was never sealed
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestTwoNodes: a key that another node has made is found, and one that it has
// erased is not made again.
func TestTwoNodes(t *testing.T) {
	m, keys := seal.NewMaster(), newShelf()
	a, b := ring(t, m, keys), ring(t, m, keys)
	mail := []byte("text")
	sealed := must(a.Mail(t.Context(), 1, mail))
	if string(sealed) != string(must(b.Mail(t.Context(), 1, mail))) {
		t.Error("two nodes made two keys of one name")
	}
	if err := a.Erase(t.Context(), "n1-t"); err != nil {
		t.Fatal(err)
	}
	b.Forget("n1-t")
	if got := must(b.Mail(t.Context(), 1, mail)); len(got) != 0 {
		t.Errorf("the other node sealed %q under an erased key", got)
	}
	gets := keys.gets
	for range 3 {
		if _, err := b.OpenMail(t.Context(), 1, sealed); !errors.Is(err, seal.ErrGone) {
			t.Errorf("OpenMail = %v", err)
		}
	}
	if keys.gets != gets {
		t.Errorf("an erased key is asked for again and again: %d times", keys.gets-gets)
	}
}

func TestWrongMaster(t *testing.T) {
	keys, m := newShelf(), seal.NewMaster()
	if used := must(seal.Used(t.Context(), keys)); used {
		t.Error("Used of an empty store")
	}
	ring(t, m, keys)
	if used := must(seal.Used(t.Context(), keys)); !used {
		t.Error("Used of a store with keys = false")
	}
	if _, _, err := seal.OpenRing(t.Context(), seal.NewMaster(), keys); !errors.Is(err, seal.ErrMaster) {
		t.Errorf("OpenRing with another master key = %v", err)
	}
	r := ring(t, m, keys)
	must(r.Mail(t.Context(), 1, nil))
	delete(keys.keys, "names")
	if _, _, err := seal.OpenRing(t.Context(), m, keys); !errors.Is(err, triage.ErrChain) {
		t.Errorf("OpenRing without the key of names = %v", err)
	}
}

func TestMasterFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, _, err := seal.LoadMaster(path, false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("LoadMaster of none = %v", err)
	}
	m, made, err := seal.LoadMaster(path, true)
	info := must(os.Stat(path))
	if err != nil || !made || info.Mode().Perm() != 0o600 {
		t.Fatalf("LoadMaster = made %v, %v, mode %v", made, err, info.Mode())
	}
	keys := newShelf()
	sealed := must(ring(t, m, keys).Mail(t.Context(), 1, []byte("text")))
	m, made, err = seal.LoadMaster(path, true)
	if err != nil || made {
		t.Fatalf("LoadMaster again = made %v, %v", made, err)
	}
	if got := must(ring(t, m, keys).OpenMail(t.Context(), 1, sealed)); string(got) != "text" {
		t.Errorf("OpenMail = %q", got)
	}
	for _, bad := range []string{"", "ab", strings.Repeat("g", 64), strings.Repeat("a", 64) + "\nsecret"} {
		if _, err := seal.ParseMaster(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseMaster(%.8q) = %v", bad, err)
		}
	}
}

// TestNewMaster: a new line on top of the master key's file wraps every key
// anew; then the old line can go.
func TestNewMaster(t *testing.T) {
	const older, newer = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	keys := newShelf()
	r := ring(t, must(seal.ParseMaster(older)), keys)
	sealed := must(r.Mail(t.Context(), 1, []byte("text")))
	must(r.Mail(t.Context(), 2, []byte("text")))
	if err := r.Erase(t.Context(), "n2-t"); err != nil {
		t.Fatal(err)
	}
	if _, again, err := seal.OpenRing(t.Context(), must(seal.ParseMaster(newer+"\n"+older)), keys); again != 2 || err != nil {
		t.Errorf("OpenRing with a new master key wrapped %d keys anew, %v; want 2", again, err)
	}
	r, again, err := seal.OpenRing(t.Context(), must(seal.ParseMaster(newer)), keys)
	if again != 0 || err != nil {
		t.Fatalf("OpenRing with the new master key alone = %d, %v", again, err)
	}
	if got := must(r.OpenMail(t.Context(), 1, sealed)); string(got) != "text" {
		t.Errorf("OpenMail = %q", got)
	}
	if len(keys.keys["n2-t"]) != 0 {
		t.Error("an erased key is there again")
	}
}
