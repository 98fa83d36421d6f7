package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// pager answers ListItems with prepared pages.
type pager struct {
	pb.QueueServiceClient
	pages []*pb.ListItemsResponse
	asked []string
}

func (p *pager) ListItems(_ context.Context, r *pb.ListItemsRequest, _ ...grpc.CallOption) (*pb.ListItemsResponse, error) {
	p.asked = append(p.asked, fmt.Sprint(r.GetPageToken(), "/", r.GetPageSize()))
	page := p.pages[0]
	p.pages = p.pages[1:]
	return page, nil
}

func items(ids ...string) (out []*pb.Item) {
	for _, id := range ids {
		out = append(out, &pb.Item{Id: id})
	}
	return out
}

func ids(list []*pb.Item) (out []string) {
	for _, i := range list {
		out = append(out, i.GetId())
	}
	return out
}

func appWith(p *pager) *app {
	return &app{flags: &flags{Timeout: time.Minute}, Client: &client.Client{Queue: p}}
}

// What rises while the pages are read is there once, in risen.
func TestPages(t *testing.T) {
	p := &pager{pages: []*pb.ListItemsResponse{
		{Items: items("a", "b"), NextPageToken: "1"},
		{Items: items("c"), Risen: items("x", "b"), NextPageToken: "2"},
		{Items: items("d"), Risen: items("x"), AppliedPosition: 9, UnreadNotices: 3},
	}}
	got, err := appWith(p).pages(t.Context(), &pb.ItemFilter{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "c", "d"}, ids(got.GetItems())); d != "" {
		t.Errorf("items: -want +got\n%s", d)
	}
	if d := cmp.Diff([]string{"x", "b"}, ids(got.GetRisen())); d != "" {
		t.Errorf("risen: -want +got\n%s", d)
	}
	if got.GetAppliedPosition() != 9 || got.GetUnreadNotices() != 3 {
		t.Errorf("freshness %d, %d, want the last page's", got.GetAppliedPosition(), got.GetUnreadNotices())
	}
	if d := cmp.Diff([]string{"/1000", "1/1000", "2/1000"}, p.asked); d != "" {
		t.Errorf("asked: -want +got\n%s", d)
	}
}

func TestPagesUpToLimit(t *testing.T) {
	p := &pager{pages: []*pb.ListItemsResponse{{Items: items("a", "b"), NextPageToken: "1"}, {Items: items("c"), NextPageToken: "2"}}}
	got, err := appWith(p).pages(t.Context(), &pb.ItemFilter{}, 3)
	if err != nil || len(got.GetItems()) != 3 || got.GetNextPageToken() != "2" {
		t.Errorf("pages(3) = %q, next %q, %v", ids(got.GetItems()), got.GetNextPageToken(), err)
	}
	if d := cmp.Diff([]string{"/3", "1/1"}, p.asked); d != "" {
		t.Errorf("asked: -want +got\n%s", d)
	}
}

func TestFind(t *testing.T) {
	const a, b = "3f2a9c1e-1111-5000-8000-000000000001", "3f2a9c1e-2222-5000-8000-000000000002"
	for _, tt := range []struct{ typed, want, err string }{
		{a, a, ""},
		{" " + strings.ToUpper(a) + " ", a, ""},
		{"3f2a9c1e-1", a, ""},
		{"3f2a", "", "2 items begin with 3f2a: " + a + ", " + b},
		{"ffff", "", "no item of the queue begins with ffff"},
		{"3f2", "", "at least its first 4 characters"},
		{"13260400001x", "", "give the item's id"},
	} {
		p := &pager{pages: []*pb.ListItemsResponse{{Items: items(a), NextPageToken: "1"}, {Items: items(b)}}}
		got, err := appWith(p).find(t.Context(), tt.typed)
		if got != tt.want || tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("find(%q) = %q, %v, want %q, %q", tt.typed, got, err, tt.want, tt.err)
		}
	}
}

func held1(id, by string, tok, version uint64) *pb.Item {
	return &pb.Item{Id: id, Version: version, Claim: &pb.Claim{By: by, Token: tok, Until: timestamppb.New(time.Now().Add(time.Hour))}}
}

func TestHand(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	jo, err := openHand("host:1", "jo")
	if err != nil {
		t.Fatal(err)
	}
	ann, _ := openHand("host:1", "ann")
	elsewhere, _ := openHand("host:2", "jo")
	want := func(h *hand, item string, token, version uint64) {
		t.Helper()
		if got, err := h.find(item); err != nil || got.Token != token || got.Version != version {
			t.Errorf("find(%s) = %d, version %d, %v, want %d, version %d", item, got.Token, got.Version, err, token, version)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want(jo, "a", 0, 0)
	must(jo.keep(held1("a", "jo", 7, 7), 7))
	must(jo.keep(held1("b", "jo", 8, 8), 8))
	must(ann.keep(held1("c", "ann", 9, 9), 9))
	want(jo, "a", 7, 7)
	want(ann, "a", 0, 0)
	want(elsewhere, "a", 0, 0)
	must(jo.saw(held1("a", "jo", 7, 12)))
	want(jo, "a", 7, 12)
	must(ann.saw(held1("a", "jo", 7, 13))) // another's claim
	want(jo, "a", 7, 12)
	must(jo.keep(held1("a", "ann", 20, 20), 20)) // lost to another
	want(jo, "a", 0, 0)
	must(jo.drop("b"))
	want(jo, "b", 0, 0)
	want(ann, "c", 9, 9)
	info, err := os.Stat(jo.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of claims: %v, %v, want mode 0600", info.Mode(), err)
	}
	must(os.WriteFile(jo.path, []byte("broken"), 0o600))
	if _, err := jo.find("a"); err == nil || !strings.Contains(err.Error(), "claims.json") {
		t.Errorf("a broken file: %v", err)
	}
	must(os.Remove(jo.path))
	old := held1("a", "jo", 7, 7)
	old.Claim.Until = timestamppb.New(time.Now().Add(-25 * time.Hour))
	must(jo.keep(old, 7))
	want(jo, "a", 0, 0)
}

// Several terminals may write at once.
func TestHandTogether(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	failed := make(chan error)
	for n := range 8 {
		go func() {
			h, err := openHand("host:1", "jo")
			for k := range 5 {
				err = errors.Join(err, h.keep(held1(fmt.Sprint(n, "-", k), "jo", 1, 1), 1))
			}
			failed <- err
		}()
	}
	for range 8 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	h, _ := openHand("host:1", "jo")
	if list, err := h.read(); err != nil || len(list) != 40 {
		t.Errorf("%d claims are kept, %v, want 40", len(list), err)
	}
	if _, err := os.Stat(h.path + ".tmp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a half file is left: %v", err)
	}
}

func TestChoose(t *testing.T) {
	entry := func(id string, r pb.Relation, struck bool) *pb.Entry {
		return &pb.Entry{NoticeId: id, Relation: r, Struck: struck}
	}
	all := []*pb.Entry{
		entry("aaaa1", pb.Relation_RELATION_NEW, false), entry("bbbb2", pb.Relation_RELATION_UPDATE, false),
		entry("bbbb3", pb.Relation_RELATION_UPDATE, true), entry("dddd4", pb.Relation_RELATION_RESEND, false),
	}
	for typed, want := range map[string]string{"": "bbbb2", "1": "aaaa1", "4": "dddd4", "AAAA": "aaaa1", "all": "aaaa1 bbbb2 bbbb3 dddd4", "5": "!", "0": "!", "bbbb": "!", "zz": "!"} {
		got, err := choose(all, typed)
		var names []string
		for _, e := range got {
			names = append(names, e.GetNoticeId())
		}
		if have := strings.Join(names, " "); have != want && (want != "!" || err == nil) {
			t.Errorf("choose(%q) = %q, %v, want %q", typed, have, err, want)
		}
	}
}

func TestChildren(t *testing.T) {
	two := &pb.Item{Open: []string{"c1", "c3"}, Children: []*pb.Child{{Id: "c1", Person: &pb.Person{Name: "Tom Sample"}}}}
	for _, tt := range []struct {
		item *pb.Item
		args []string
		want []string
		err  string
	}{
		{two, nil, nil, "several children need a decision: c1 Tom Sample, c3; name them with --child ID, or --child all"},
		{two, []string{"all"}, []string{"c1", "c3"}, ""},
		{two, []string{"c3"}, []string{"c3"}, ""},
		{&pb.Item{Open: []string{"c2"}}, nil, []string{"c2"}, ""},
		{&pb.Item{Open: []string{""}}, nil, []string{""}, ""},
		{&pb.Item{}, nil, []string{""}, ""},
	} {
		got, err := (&decideCmd{Child: tt.args}).children(tt.item)
		if !slices.Equal(got, tt.want) || tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
			t.Errorf("children(%v of %v) = %q, %v, want %q, %q", tt.args, tt.item.GetOpen(), got, err, tt.want, tt.err)
		}
	}
}

func TestWhen(t *testing.T) {
	today := time.Now().In(cli.London).Format(time.DateOnly)
	for words, want := range map[string]string{
		"2026-07-01 14:30": "2026-07-01 13:30", "2026-01-31T14:30": "2026-01-31 14:30", "2026-07-01T14:30:00+01:00": "2026-07-01 13:30",
	} {
		got, err := when("--strategy-at", words)
		if err != nil || got.AsTime().Format("2006-01-02 15:04") != want {
			t.Errorf("when(%q) = %v, %v, want %s UTC", words, got.AsTime(), err, want)
		}
	}
	if got, err := when("x", "14:30"); err != nil || got.AsTime().In(cli.London).Format("2006-01-02 15:04") != today+" 14:30" {
		t.Errorf("when(14:30) = %v, %v", got.AsTime(), err)
	}
	if got, err := when("x", ""); got != nil || err != nil {
		t.Errorf("when() = %v, %v, want nothing", got, err)
	}
	if _, err := when("--referrer-told", "tomorrow"); err == nil || !strings.Contains(err.Error(), "--referrer-told") {
		t.Errorf("when(tomorrow) = %v", err)
	}
}

// What the command line alone shows to be wrong exits with 2, no server asked.
func TestUsage(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	absent := filepath.Join(t.TempDir(), "absent")
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"expected one of", nil},
		{"unexpected argument lst", []string{"lst"}},
		{`band "purple": it is red, amber, green or blue`, []string{"list", "--band", "purple"}},
		{"--limit: 0 or more", []string{"list", "--limit=-1"}},
		{"at least its first 4 characters", []string{"show", "3f"}},
		{"missing flags: --band", []string{"override", "3f2a"}},
		{"--key", []string{"list", "--cert", os.Args[0]}},
		{absent, []string{"list", "--ca", absent}},
	} {
		var out, errs bytes.Buffer
		if got := run(append(tt.args, "--addr", "127.0.0.1:1"), &out, &errs); got != 2 || !strings.Contains(errs.String(), tt.want) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("triageq %q exits with %d: %s, want 2 and one line with %q", tt.args, got, &errs, tt.want)
		}
	}
	var out, errs bytes.Buffer
	if got := run([]string{"decide", "--help"}, &out, &errs); got != 0 || !strings.Contains(out.String(), "strategy_discussion") {
		t.Errorf("--help exits with %d: %s%s", got, &out, &errs)
	}
	if got := run([]string{"list", "--addr", "127.0.0.1:1"}, &out, &errs); got != 3 || !strings.Contains(errs.String(), "is triaged running there?") {
		t.Errorf("without a server: exit %d: %s", got, &errs)
	}
}
