package main

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// exportOf runs mails through the pipeline and writes its log as an export.
// After the mails come what people do, given the items.
func exportOf(t *testing.T, mails []corpusMail, acts func([]*triage.Item) []triage.Commit) string {
	t.Helper()
	rs, err := compileRules("")
	if err != nil {
		t.Fatal(err)
	}
	run, err := newPipeline(rs)
	if err != nil {
		t.Fatal(err)
	}
	run.force = "wyp"
	dir := t.TempDir()
	var notices, commits []archive.Record
	add := func(c triage.Commit) {
		at := run.world.Ledger().Seq
		c.ID, c.Seq, c.Through = uuid.NewString(), at+1, run.world.Ledger().Through
		if _, err := run.world.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if _, err := run.worker.Book.Log.Append(t.Context(), c, at); err != nil {
			t.Fatal(err)
		}
	}
	add(triage.Commit{At: mails[0].received, Actor: triage.Actor{Name: "first-rules"}, Events: []triage.Event{triage.RulesActivated{Hash: rs.Hash, Bytes: rs.Bytes}}})
	for n, m := range mails {
		if _, err := run.take(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		notices = append(notices, archive.Record{Seq: uint64(n + 1), Subject: "ppn.notice.corpus.wyp", Time: m.received, Data: m.data})
	}
	if acts != nil {
		for _, c := range acts(run.world.Items()) {
			add(c)
		}
	}
	all, err := run.worker.Book.Log.ReadCommits(t.Context(), 1, 10000)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		b, err := wire.EncodeCommit(c)
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, archive.Record{Seq: c.Seq, Subject: "ppn.audit.corpus", Time: c.At, Data: b})
	}
	keep(t, filepath.Join(dir, noticesDir), notices)
	keep(t, filepath.Join(dir, commitsDir), commits)
	sign(t, dir)
	return dir
}

// keep writes an archive.
func keep(t *testing.T, dir string, records []archive.Record) {
	t.Helper()
	a, err := archive.Open(dir, corpusDoor)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Append(records...), a.Sync(), a.Close()); err != nil {
		t.Fatal(err)
	}
}

func devMails(t *testing.T) []corpusMail {
	t.Helper()
	mails, err := mailsIn([]string{devDir})
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

// table is a CSV file as maps of column to value.
func tableOf(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[1:] {
		row := map[string]string{}
		for n, v := range r {
			row[all[0][n]] = v
		}
		rows = append(rows, row)
	}
	return rows
}

// TestWhatIfTheSame tries the rules that were in force: nothing may change,
// read again or not.
func TestWhatIfTheSame(t *testing.T) {
	dir := exportOf(t, devMails(t), nil)
	for _, args := range [][]string{{}, {"--reread"}} {
		out := must(t, append([]string{"whatif", dir, "--rules", rulesCopy(t, "", nil)}, args...)...)
		if !strings.Contains(out, ": 0 bands up, 0 down, 0 other places, 0 due later") || strings.Contains(out, "→") {
			t.Errorf("whatif %v with the rules in force:\n%s", args, out)
		}
	}
}

// lighter is the shipped ruleset with nothing in it that makes an item AMBER.
func lighter(t *testing.T) string {
	return rulesCopy(t, "policy.yaml", func(s string) string {
		s = strings.ReplaceAll(s, "floor: AMBER", "floor: GREEN")
		return strings.Replace(s, "{RED: 70, AMBER: 40,", "{RED: 119, AMBER: 118,", 1)
	})
}

// TestWhatIfLighter takes AMBER away: all who stood AMBER are GREEN, due later
// or at the same hour, nobody else has another time, and all of it is in the
// table, without a name.
func TestWhatIfLighter(t *testing.T) {
	dir := exportOf(t, devMails(t), nil)
	path := filepath.Join(t.TempDir(), "moves.csv")
	out := must(t, "whatif", dir, "--rules", lighter(t), "--csv", path)
	fell, waited := 0, 0
	rows := tableOf(t, path)
	for _, r := range rows {
		later := strings.TrimSuffix(r["later_seconds"], "0") != ""
		switch {
		case r["band_old"] == "AMBER":
			fell++
			if r["band_new"] != "GREEN" || strings.HasPrefix(r["later_seconds"], "-") || !strings.Contains(out, r["item"]) {
				t.Errorf("item that was AMBER: %v", r)
			}
			if later {
				waited++
			}
		case r["band_old"] == "RED" && r["band_new"] == "GREEN": // by 70 points alone
		case r["band_old"] != r["band_new"] || later:
			t.Errorf("item that must not have changed: %v", r)
		}
	}
	if fell < 10 || waited == 0 || !strings.Contains(out, "would have waited longer:\n") {
		t.Errorf("%d items fell, %d would have waited longer:\n%s", fell, waited, out)
	}
	x, err := openExport(dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	w, _, err := x.until(time.Time{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(w.Items()) {
		t.Errorf("%d rows of %d waiting items", len(rows), len(w.Items()))
	}
	for _, i := range w.Items() {
		for _, c := range i.Children {
			if c.Person.Family != "" && regexp.MustCompile(`\b`+regexp.QuoteMeta(c.Person.Family)+`\b`).MatchString(out) {
				t.Errorf("the table names %q", c.Person.Family)
			}
		}
	}
}

// TestWhatIfPeopleDecideLast: an item with a person's band keeps it and its
// time, a decided one is not in the queue, and of a moment before that both
// are as the rules made them.
func TestWhatIfPeopleDecideLast(t *testing.T) {
	mails := devMails(t)
	before := mails[len(mails)-1].received
	var overridden, decided triage.ItemID
	dir := exportOf(t, mails, func(items []*triage.Item) []triage.Commit {
		var cs []triage.Commit
		for _, i := range items {
			amber := i.Score.Band == triage.Amber
			switch {
			case amber && overridden == "":
				overridden = i.ID
			case amber && decided == "":
				decided = i.ID
			default:
				continue
			}
			cs = append(cs, byPersonOn(i, before.Add(time.Hour), uint64(len(mails)+len(cs)+2), i.ID == overridden)...)
		}
		return cs
	})
	if overridden == "" || decided == "" {
		t.Fatal("the corpus has no two AMBER items")
	}
	path := filepath.Join(t.TempDir(), "moves.csv")
	must(t, "whatif", dir, "--rules", lighter(t), "--csv", path)
	for _, r := range tableOf(t, path) {
		if r["item"] == string(overridden) && (r["band_old"] != "RED" || r["band_new"] != "RED" || r["later_seconds"] != "0") {
			t.Errorf("a person's band has moved: %v", r)
		}
		if r["item"] == string(decided) {
			t.Errorf("a decided item stands in the queue: %v", r)
		}
	}
	must(t, "whatif", dir, "--rules", lighter(t), "--csv", path, "--at", before.Format(time.RFC3339))
	found := 0
	for _, r := range tableOf(t, path) {
		if r["item"] == string(overridden) || r["item"] == string(decided) {
			found++
			if r["band_old"] != "AMBER" || r["band_new"] != "GREEN" {
				t.Errorf("before anybody had touched it: %v", r)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 items stand in the queue of the moment before", found)
	}
}

// byPersonOn is a claim at that place of the log, a look, and a decision or
// RED.
func byPersonOn(i *triage.Item, at time.Time, token uint64, override bool) []triage.Commit {
	who := triage.Actor{Name: "sup", Role: "supervisor"}
	last := triage.Event(triage.BandOverridden{Item: i.ID, Token: token, Band: triage.Red, Due: at.Add(2 * time.Hour), Reason: "known to us"})
	if !override {
		var ds []triage.Decision
		for _, c := range i.Open {
			ds = append(ds, triage.Decision{Child: c, Outcome: "no_further_action", Rationale: "seen by the school today"})
		}
		last = triage.Decided{Item: i.ID, Token: token, Decisions: ds}
	}
	var cs []triage.Commit
	for _, e := range []triage.Event{triage.Claimed{Item: i.ID, Token: token, Until: at.Add(time.Hour)}, triage.Opened{Item: i.ID, Notice: i.News().Notice}, last} {
		cs = append(cs, triage.Commit{Actor: who, At: at, Events: []triage.Event{e}})
	}
	return cs
}

// TestWhatIfReread takes a word away from the lexicon: only where the mails
// are read again does that change anything, and not where a person has said
// what the fact is.
func TestWhatIfReread(t *testing.T) {
	rules := rulesCopy(t, "lexicon/violence.yaml", func(s string) string { return strings.ReplaceAll(s, "argu", "xargu") })
	dir := exportOf(t, devMails(t), nil)
	if out := must(t, "whatif", dir, "--rules", rules); strings.Contains(out, "→") {
		t.Errorf("facts as read then, and yet:\n%s", out)
	}
	out := must(t, "whatif", dir, "--rules", rules, "--reread")
	if !strings.Contains(out, "-domestic_abuse") || !strings.Contains(out, "notices read again, 0 kept") {
		t.Errorf("without the word argument, read again:\n%s", out)
	}
	mails := devMails(t)
	var mended triage.ItemID
	dir = exportOf(t, mails, func(items []*triage.Item) []triage.Commit {
		for _, i := range items {
			for n, f := range i.Entries[0].Reading.Facts {
				if f.Slug == "domestic_abuse" && f.Counts() && strings.Contains(out, string(i.ID)) {
					mended = i.ID
					return []triage.Commit{{Actor: triage.Actor{Name: "sup"}, At: mails[len(mails)-1].received, Events: []triage.Event{triage.FactCorrected{
						Item: i.ID, Notice: i.Entries[0].Notice, Fact: n, Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderHome, Reason: "asked the officer"}}}}
				}
			}
		}
		return nil
	})
	out = must(t, "whatif", dir, "--rules", rules, "--reread")
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, string(mended)) && strings.Contains(line, "-domestic_abuse") {
			t.Errorf("a person's correction was read away: %s", line)
		}
	}
	if mended == "" || !strings.Contains(out, "1 kept") {
		t.Errorf("after a correction of %q:\n%s", mended, out)
	}
}

// TestWhatIfPage writes the comparison as one page that fetches nothing, names
// nobody, and says the same as the table.
func TestWhatIfPage(t *testing.T) {
	dir := exportOf(t, devMails(t), nil)
	path := filepath.Join(t.TempDir(), "page.html")
	out := must(t, "whatif", dir, "--rules", lighter(t), "--html", path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, bad := range []string{"<script", "http:", "https:", "src=", "url(", "ZgotmplZ", "%!"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for line := range strings.Lines(out) {
		if id, _, ok := strings.Cut(line, "  "); ok && len(id) == 36 && !strings.Contains(page, ">"+id+"<") {
			t.Errorf("the page lacks item %s", id)
		}
	}
	if err := xml.Unmarshal([]byte(svgOf(t, page)), new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("the first picture is no XML: %v", err)
	}
	if n := strings.Count(page, "<line "); n != len(tableOf(t, csvOf(t, dir))) {
		t.Errorf("%d lines in the picture of places", n)
	}
	same := must(t, "whatif", dir, "--rules", rulesCopy(t, "", nil), "--html", path)
	if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), "Nothing changes.") || !strings.Contains(string(b), "Nobody.") {
		t.Errorf("the page of the same rules: %v\n%s", err, same)
	}
	empty := exportOf(t, devMails(t)[:1], nil)
	must(t, "whatif", empty, "--rules", lighter(t), "--html", path, "--at", "2001-01-01T00:00:00Z")
}

func svgOf(t *testing.T, page string) string {
	t.Helper()
	a, b := strings.Index(page, "<svg"), strings.Index(page, "</svg>")
	if a < 0 || b < a {
		t.Fatal("no picture in the page")
	}
	return page[a : b+len("</svg>")]
}

func csvOf(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "moves.csv")
	must(t, "whatif", dir, "--rules", lighter(t), "--csv", path)
	return path
}
