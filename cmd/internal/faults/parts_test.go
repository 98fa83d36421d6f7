package faults

import (
	"bytes"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// TestPlan wants the same choices of the same seed, and every kind of fault in
// a long run.
func TestPlan(t *testing.T) {
	if !reflect.DeepEqual(plan(7, 300, true), plan(7, 300, true)) || reflect.DeepEqual(plan(7, 300, true), plan(8, 300, true)) {
		t.Error("a plan must follow from its seed alone")
	}
	met := map[kind]map[string]bool{}
	for _, f := range plan(7, 1000, true) {
		if met[f.kind] == nil {
			met[f.kind] = map[string]bool{}
		}
		met[f.kind][f.target] = true
	}
	for _, m := range menu {
		if len(met[m.kind]) != len(m.targets) {
			t.Errorf("of 1,000 faults %q met %d of %d targets", m.kind, len(met[m.kind]), len(m.targets))
		}
	}
	for _, f := range plan(7, 1000, false) {
		if f.kind == full {
			t.Error("a disk is filled where none can be")
		}
	}
}

// TestLink sends through a link in each of its ways to a server that says
// everything twice.
func TestLink(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 10)
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				b := make([]byte, 10)
				for {
					n, err := c.Read(b)
					if err != nil {
						return
					}
					heard <- string(b[:n])
					_, _ = c.Write(bytes.Repeat(b[:n], 2))
				}
			}()
		}
	}()
	k, err := newLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close(); k.close() }()
	k.lead("tcp", server.Addr().String())
	for name, c := range map[string]struct {
		mode          way
		asked, answer bool
	}{
		"pass": {pass, true, true}, "slow": {slow, true, true}, "hold": {hold, false, false},
		"deaf": {deaf, false, false}, "mute": {mute, true, false}, "refuse": {refuse, false, false},
	} {
		k.set(c.mode)
		conn, err := net.Dial("tcp", k.addr())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte("ab"))
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		b, _ := io.ReadAll(io.LimitReader(conn, 4))
		if got := string(b) == "abab"; got != c.answer || (len(heard) > 0) != c.asked {
			t.Errorf("%s: the server heard %d messages, the client %q", name, len(heard), b)
		}
		_ = conn.Close()
		k.set(pass)
		for time.Sleep(20 * time.Millisecond); len(heard) > 0; { // what was held passes now
			<-heard
		}
	}
}

// TestClaims lets the model judge histories: only possible ones may pass.
func TestClaims(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(1800000000, 0).Add(time.Duration(s) * time.Second) }
	claim := func(from, to int, token uint64, until int) deed {
		return deed{what: "claim", item: "i", token: token, called: at(from), answered: at(to), done: true, until: at(until)}
	}
	act := func(what string, from, to int, token uint64, reason string) deed {
		d := deed{what: what, item: "i", token: token, called: at(from), answered: at(to), reason: reason, done: reason == ""}
		if what != "release" && d.done && what != "decide" {
			d.until = at(100)
		}
		return d
	}
	in := func(d deed, item string) deed { d.item = item; return d }
	for name, c := range map[string]struct {
		deeds []deed
		good  bool
	}{
		"one after the other":       {[]deed{claim(0, 1, 5, 50), act("release", 2, 3, 5, ""), claim(4, 5, 9, 60)}, true},
		"two holders":               {[]deed{claim(0, 1, 5, 50), claim(2, 3, 9, 60)}, false},
		"two items":                 {[]deed{claim(0, 1, 5, 50), in(claim(2, 3, 9, 60), "j")}, true},
		"both at once":              {[]deed{claim(0, 5, 5, 50), claim(0, 5, 9, 60)}, false},
		"taken over when it is up":  {[]deed{claim(0, 1, 5, 10), claim(11, 12, 9, 60)}, true},
		"token goes back":           {[]deed{claim(0, 1, 9, 10), claim(11, 12, 5, 60)}, false},
		"decided late":              {[]deed{claim(0, 1, 5, 10), act("decide", 11, 12, 5, "")}, false},
		"decided in time":           {[]deed{claim(0, 1, 5, 10), act("decide", 9, 12, 5, ""), claim(13, 14, 8, 60)}, true},
		"decided with an old token": {[]deed{claim(0, 1, 5, 10), claim(11, 12, 9, 60), act("decide", 13, 14, 5, "")}, false},
		"old token refused":         {[]deed{claim(0, 1, 5, 10), claim(11, 12, 9, 60), act("decide", 13, 14, 5, "TOKEN")}, true},
		"holder refused":            {[]deed{claim(0, 1, 5, 50), act("release", 2, 3, 5, "TOKEN")}, false},
		"refused of a free item":    {[]deed{claim(0, 1, 5, 50), act("release", 2, 3, 5, ""), act("claim", 4, 5, 0, "CLAIMED")}, false},
		"unopened without a claim":  {[]deed{claim(0, 1, 5, 50), act("decide", 2, 3, 4, "UNOPENED")}, false},
		"decided at once twice":     {[]deed{claim(0, 1, 5, 50), act("decide", 2, 6, 5, ""), act("decide", 2, 6, 5, "")}, false},
	} {
		if err := linearizable(c.deeds, nil); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	lost := deed{id: "r", what: "claim", called: at(2), answered: at(3), doubt: true}
	stored := map[string]deed{"r": {item: "i", token: 9, until: at(60)}}
	late := claim(0, 30, 9, 99) // told of the claim of who came after
	late.id, late.doubt = "r", true
	if err := linearizable([]deed{late, claim(25, 26, 12, 99)}, map[string]deed{"r": {item: "i", token: 9, until: at(20)}}); err != nil {
		t.Errorf("a repeat that was answered late: %v", err)
	}
	if err := linearizable([]deed{claim(0, 1, 5, 10), lost, act("release", 20, 21, 5, "")}, stored); err == nil {
		t.Error("a claim that the log has and nobody was told of does not count")
	}
}

// story is a short log: a mail opens an item, the same mail joins it, a machine
// answers, somebody claims.
func story(t *testing.T, change func(cs []triage.Commit) []triage.Commit) *evidence {
	t.Helper()
	mails := [][]byte{[]byte("one"), []byte("one"), []byte("auto")}
	read := func(seq uint64, k triage.LetterKind) triage.NoticeRead {
		return triage.NoticeRead{Notice: triage.NewNoticeID("b", "s", seq), Seq: seq, SHA256: sum(mails[seq-1]), Kind: k}
	}
	entry := func(seq uint64, r triage.Relation) triage.Entry {
		return triage.Entry{Notice: triage.NewNoticeID("b", "s", seq), Seq: seq, Relation: r, Received: time.Unix(1, 0)}
	}
	item, at := triage.NewItemID("b", "s", 1, 0), time.Unix(1800000000, 0)
	cs := change([]triage.Commit{
		{Through: 1, Events: []triage.Event{read(1, triage.LetterNotice), triage.ItemOpened{Item: item, Entry: entry(1, triage.RelationNew)}}},
		{Through: 2, Events: []triage.Event{read(2, triage.LetterNotice), triage.NoticeJoined{Item: item, Entry: entry(2, triage.RelationResend)}}},
		{Through: 3, Events: []triage.Event{read(3, triage.LetterBounce)}},
		{Through: 3, RequestID: "r", Events: []triage.Event{triage.Claimed{Item: item, Token: 4, Until: at.Add(time.Hour)}}},
	})
	e := &evidence{world: audit.NewWorld(nil), deeds: map[string]deed{}, repeated: map[string]int{}, items: map[string]*triage.Item{}, moves: map[string][]move{}}
	for n, c := range cs {
		c.Seq, c.At = uint64(n)+1, at
		changed, err := e.world.Apply(t.Context(), c)
		if last := n == len(cs)-1; err != nil && (!last || !errors.Is(err, triage.ErrChain)) { // the checker must see what a sound fold would refuse
			t.Fatal(err)
		}
		e.take(c, at, changed)
	}
	for n, m := range mails {
		e.notices = append(e.notices, jet.Record{Seq: uint64(n) + 1, Data: m})
	}
	return e
}

// TestCheckerSees tells the checker stories in which something is lost, hidden
// or doubled.
func TestCheckerSees(t *testing.T) {
	same := func(cs []triage.Commit) []triage.Commit { return cs }
	item := string(triage.NewItemID("b", "s", 1, 0))
	mails := []accepted{{1, sum([]byte("one"))}, {3, sum([]byte("auto"))}}
	until := time.Unix(1800000000, 0).Add(time.Hour)
	told := []deed{{id: "r", what: "claim", item: item, token: 4, done: true, called: time.Unix(1799999999, 0), answered: time.Unix(1800000001, 0), until: until}}
	shown := []listing{{items: []string{item}, applied: 4, answered: time.Unix(1800000001, 0)}}
	for name, c := range map[string]struct {
		change                func([]triage.Commit) []triage.Commit
		mails                 []accepted
		told                  []deed
		shown                 []listing
		lost, hidden, doubled int
	}{
		"all is well":            {same, mails, told, shown, 0, 0, 0},
		"mail not in the stream": {same, append(mails, accepted{4, "x"}), told, shown, 1, 0, 0},
		"another mail there":     {same, []accepted{{1, "x"}}, told, shown, 1, 0, 0},
		"notice never taken in": {func(cs []triage.Commit) []triage.Commit {
			cs[2].Events, cs[2].Through, cs[3].Through = nil, 2, 2
			return cs
		}, mails, told, shown, 1, 0, 0},
		"notice in no item": {func(cs []triage.Commit) []triage.Commit {
			cs[1].Events = cs[1].Events[:1]
			return cs
		}, mails, told, shown, 1, 0, 0},
		"notice taken in twice": {func(cs []triage.Commit) []triage.Commit {
			return append(cs, triage.Commit{Through: 3, Events: cs[2].Events})
		}, mails, told, shown, 0, 0, 1},
		"notice in two items": {func(cs []triage.Commit) []triage.Commit {
			e := cs[1].Events[1].(triage.NoticeJoined).Entry
			return append(cs, triage.Commit{Through: 3, Events: []triage.Event{triage.ItemOpened{Item: "other", Entry: e}}})
		}, mails, told, shown, 0, 0, 1},
		"resend in an item of its own": {func(cs []triage.Commit) []triage.Commit {
			e := cs[1].Events[1].(triage.NoticeJoined).Entry
			cs[1].Events[1] = triage.ItemOpened{Item: "other", Entry: e}
			return cs
		}, mails, told, []listing{{items: []string{item, "other"}, applied: 4}}, 0, 0, 1},
		"command not in the log": {same, mails, append(told, deed{id: "q", what: "interim", item: item, done: true}), shown, 1, 0, 0},
		"command twice": {func(cs []triage.Commit) []triage.Commit {
			return append(cs, triage.Commit{Through: 3, RequestID: "r"})
		}, mails, told, shown, 0, 0, 1},
		"short list":       {same, mails, told, []listing{{applied: 4}}, 0, 1, 0},
		"item shown twice": {same, mails, told, []listing{{items: []string{item, item}, applied: 4}}, 0, 0, 1},
	} {
		r, e := &Report{}, story(t, c.change)
		r.checkMails(e, c.mails)
		r.checkDeeds(e, c.told)
		r.checkLists(e, c.shown)
		if r.Lost != c.lost || r.Hidden != c.hidden || r.Doubled != c.doubled || r.Good() != (c.lost+c.hidden+c.doubled == 0) {
			t.Errorf("%s: %s %q", name, r.Line(), r.Wrong)
		}
	}
}

// TestCompareSeesTheOrder compares lists that differ in one thing each.
func TestCompareSeesTheOrder(t *testing.T) {
	want := []row{{id: "a", version: 1, band: 3}, {id: "b", version: 2, band: 2}}
	for name, got := range map[string][]row{
		"swapped": {want[1], want[0]}, "short": {want[0]}, "twice": {want[0], want[0]}, "older": {want[0], {id: "b", version: 1, band: 2}},
		"another holder": {want[0], {id: "b", version: 2, band: 2, held: "x"}},
	} {
		r := &Report{}
		if r.compare("one", want, got); r.Good() {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
	r := &Report{}
	if r.compare("one", want, want); !r.Good() {
		t.Errorf("of the same lists: %q", r.Wrong)
	}
	if difference([]string{"a"}, []string{"a", "b"}) == "" || difference([]string{"a"}, []string{"b"}) == "" || difference([]string{"a"}, []string{"a"}) != "" {
		t.Error("exports are not compared line by line")
	}
}
