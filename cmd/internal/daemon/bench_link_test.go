package daemon_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/link"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
)

// TestBenchLink prints what linking one notice costs among many children, and
// what they cost in memory: 100,000, or as many as PPN_BENCH_CHILDREN says.
// Budget: p99 under 5 ms among a million, on 2 cores that do nothing else (they
// take 4 GB and minutes to fill in: -timeout 1h).
func TestBenchLink(t *testing.T) {
	if os.Getenv("PPN_BENCH") == "" {
		t.Skip("make bench runs this: figures are no part of the tests")
	}
	children := 100_000
	if s := os.Getenv("PPN_BENCH_CHILDREN"); s != "" {
		children = must(strconv.Atoi(s))
	}
	b := newLinkBench(t)
	empty := b.used()
	b.fill(children)
	fmt.Printf("%-58s %14s %14s\n", fmt.Sprintf("memory in Redis: a child of %d | an item of %d", b.children, len(b.homes)),
		fmt.Sprintf("%d B", (b.used()-empty)/b.children), fmt.Sprintf("%d B", (b.used()-empty)/len(b.homes)))
	for _, c := range []struct {
		what string
		next func() triage.Entry
	}{
		{"a child known by name, birth and home", func() triage.Entry { return b.repeat(b.homes[b.rand.IntN(len(b.homes))]) }},
		{"a household of 12", func() triage.Entry { return b.repeat(b.crowds[b.rand.IntN(len(b.crowds))]) }},
		{"a Mohammed Hussain whom nobody knows", func() triage.Entry {
			return b.entry(family{family: "Hussain", given: []string{"Mohammed"}, dob: []string{b.day()}, line: b.street(), post: b.post()})
		}},
		{"a Mohammed Hussain, only his age told", func() triage.Entry {
			e := b.entry(family{family: "Hussain", given: []string{"Mohammed"}, dob: []string{""}})
			e.Reading.People[0].BornFrom, e.Reading.People[0].BornTo = "2016-03-02", "2017-03-01"
			return e
		}},
		{"a family whom nobody knows", func() triage.Entry { return b.entry(b.family(1 + b.rand.IntN(4))) }},
	} {
		b.measure(c.what, c.next)
	}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("load of the machine meanwhile: %s", load)
}

// family is an invented one.
type family struct {
	family, line, post string
	given, dob         []string
}

// linkBench is a town of children in a Redis of its own.
type linkBench struct {
	t        *testing.T
	rs       *intake.Ruleset
	raw      *redis.Client
	store    *redisq.Store
	rand     *rand.Rand
	homes    []family
	crowds   []family
	children int
	seq      uint64
	commits  uint64
}

func newLinkBench(t *testing.T) *linkBench {
	t.Helper()
	url := redistest.URL(t)
	b := &linkBench{t: t, rs: must(intake.CompileAll(deploy.Rules())), raw: redis.NewClient(must(redis.ParseURL(url))), rand: rand.New(rand.NewPCG(4, 4))} //nolint:gosec // the same town every time
	client := must(redisq.Dial(t.Context(), redisq.DialOptions{URL: url}))
	t.Cleanup(func() { _, _ = b.raw.Close(), client.Close() })
	b.store = must(redisq.New(redisq.Options{
		Client: client, Namespace: "bench", FrontDoor: "bradford", Stream: "bench", Secret: make([]byte, 32),
		Place: func(i *triage.Item) (uint64, string) { k := queue.KeyOf(i); return k.Order(), k.Member() }, Index: b.rs.Index,
	}))
	return b
}

func (b *linkBench) used() int {
	b.t.Helper()
	_, after, _ := strings.Cut(must(b.raw.Info(b.t.Context(), "memory").Result()), "used_memory:")
	n := 0
	must(fmt.Sscan(after, &n))
	return n
}

// The commonest names and their share of a city where two of five families are
// of Pakistani or Bangladeshi descent (ONS, baby names; census 2021), the rest
// made of syllables, as rare as most names are.
var (
	southAsian = []string{"Hussain 9", "Khan 8", "Ahmed 6", "Ali 5", "Mahmood 3", "Akhtar 3", "Shah 3", "Iqbal 3", "Begum 2", "Malik 2", "Miah 2", "Rehman 2"}
	british    = []string{"Smith 1.2", "Jones 1", "Taylor 0.6", "Brown 0.6", "Williams 0.5", "Wilson 0.4", "Johnson 0.4", "Walker 0.4", "Wright 0.4"}
	muslim     = []string{"Mohammed 5", "Muhammad 3", "Ali 2", "Ibrahim 2", "Yusuf 2", "Aisha 2", "Fatima 2", "Maryam 2", "Zainab 1.5", "Hassan 1.5", "Umar 1.5"}
	english    = []string{"Oliver 2", "Noah 1.8", "George 1.7", "Olivia 2", "Amelia 2", "Isla 1.6", "Jack 1.6", "Harry 1.5", "Alfie 1.3", "Lily 1.2"}
	syllables  = []string{"ba", "ren", "to", "mil", "sa", "dor", "ke", "lin", "wa", "pet", "ro", "gan", "fi", "mur", "jo", "hal", "ve", "ster", "no", "bry"}
)

func (b *linkBench) pick(common []string) string {
	at := b.rand.Float64() * 100
	for _, c := range common {
		name, share, _ := strings.Cut(c, " ")
		if at -= must(strconv.ParseFloat(share, 64)); at < 0 {
			return name
		}
	}
	s := ""
	for range 3 {
		s += syllables[b.rand.IntN(len(syllables))]
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (b *linkBench) day() string {
	return time.Date(2008, 9, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, b.rand.IntN(18*365)).Format(time.DateOnly)
}

func (b *linkBench) street() string {
	return fmt.Sprintf("%d %s Street, Bradford", 1+b.rand.IntN(200), b.pick(nil))
}

func (b *linkBench) post() string {
	return fmt.Sprintf("BD%d %d%c%c", 1+b.rand.IntN(22), b.rand.IntN(10), 'A'+rune(b.rand.IntN(12)), 'A'+rune(b.rand.IntN(12)))
}

func (b *linkBench) family(n int) family {
	surnames, forenames := british, english
	if b.rand.IntN(5) < 2 {
		surnames, forenames = southAsian, muslim
	}
	f := family{family: b.pick(surnames), line: b.street(), post: b.post()}
	for range n {
		f.given, f.dob = append(f.given, b.pick(forenames)), append(f.dob, b.day())
	}
	return f
}

// entry is a notice about a family, of an incident that no other is about.
func (b *linkBench) entry(f family) triage.Entry {
	b.seq++
	received := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(b.seq) * time.Minute)
	home, ref := triage.Address{Line: f.line, Postcode: f.post}, fmt.Sprintf("1326%08d", b.seq)
	r := triage.Reading{
		Force: "wyp", Form: "wyp_ppn", DashTicks: -1, IncidentDate: received.Format(time.DateOnly), Place: home,
		References: []triage.Reference{{Kind: "occurrence", Force: "wyp", Raw: ref, Norm: ref, Own: true}},
		Facts:      []triage.Fact{{Slug: "offending", Signs: []string{"theft"}, Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderChild, Child: -1, Quote: "taken from a shop"}},
	}
	for n, g := range f.given {
		r.People = append(r.People, triage.Person{
			Role: triage.RoleChild, Name: g + " " + f.family, Given: g, Family: f.family, DOB: f.dob[n], BornFrom: f.dob[n], BornTo: f.dob[n], AgeStated: true, Address: home,
		})
	}
	mother := b.pick(english)
	r.People = append(r.People, triage.Person{Role: triage.RoleCarer, Name: mother + " " + f.family, Given: mother, Family: f.family, Relation: "mother", Address: home})
	return triage.Entry{Notice: triage.NewNoticeID("bench", "bench", b.seq), Seq: b.seq, Received: received, Readable: true, Content: fmt.Sprintf("%08x", b.seq) + strings.Repeat("0", 56), Reading: r}
}

// repeat is another incident of a family.
func (b *linkBench) repeat(f family) triage.Entry {
	if len(f.given) > 2 {
		f.given, f.dob = f.given[:2], f.dob[:2]
	}
	return b.entry(f)
}

// fill puts families in until there are so many children: most of one to four,
// one in five hundred of twelve.
func (b *linkBench) fill(children int) {
	for b.children < children {
		c := triage.Commit{ID: fmt.Sprint(b.commits), At: time.Now().UTC(), Seq: b.commits + 1}
		for range 200 {
			n := 1 + b.rand.IntN(4)
			if b.rand.IntN(500) == 0 {
				n = 12
			}
			f := b.family(n)
			if b.homes = append(b.homes, f); n == 12 {
				b.crowds = append(b.crowds, f)
			}
			b.children += n
			e := b.entry(f)
			e.Relation = triage.RelationNew
			id := triage.NewItemID("bench", "bench", e.Seq, 0)
			kids := b.rs.Linker.Merge(nil, 0, e.Reading)
			c.Events = append(c.Events, triage.NoticeRead{Notice: e.Notice, Seq: e.Seq, Received: e.Received, Kind: triage.LetterNotice},
				triage.ItemOpened{Item: id, Entry: e},
				triage.ItemScored{Item: id, Children: kids, Score: triage.Score{Band: triage.Blue, Points: 800}, Due: e.Received.Add(24 * time.Hour)})
		}
		c.Through = b.seq
		if _, err := b.store.Apply(b.t.Context(), c); err != nil {
			b.t.Fatal(err)
		}
		b.commits++
	}
}

// measure links notices as the worker does: candidates by keys, the decision,
// then the items it names and all that link to those.
func (b *linkBench) measure(what string, next func() triage.Entry) {
	const rounds = 1000
	var floor, ours []time.Duration
	var found []int
	for range rounds {
		e := next()
		began := time.Now()
		n, ids := b.link(b.t.Context(), e)
		ours, found = append(ours, time.Since(began)), append(found, n)
		began = time.Now()
		if len(ids) > 0 {
			must(b.raw.HMGet(b.t.Context(), "bench:{bradford}:records", ids...).Result())
		} else {
			must(b.raw.Ping(b.t.Context()).Result())
		}
		floor = append(floor, time.Since(began))
	}
	slices.Sort(floor)
	slices.Sort(ours)
	slices.Sort(found)
	for _, q := range []struct {
		name string
		at   int
	}{{"median", rounds / 2}, {"p99", rounds * 99 / 100}} {
		row(fmt.Sprintf("%s, %s of %d candidates: read them | link", what, q.name, found[q.at]),
			floor[q.at].Round(time.Microsecond).String(), ours[q.at].Round(time.Microsecond).String(), float64(ours[q.at])/float64(floor[q.at]))
	}
}

func (b *linkBench) link(ctx context.Context, e triage.Entry) (candidates int, ids []string) {
	_, found, err := b.store.Candidates(ctx, b.rs.Linker.Keys(b.rs.Linker.RecordOfEntry(e)))
	if err != nil {
		b.t.Fatal(err)
	}
	cands := make([]link.Candidate, len(found))
	for n, f := range found {
		cands[n] = link.Candidate{Item: f.Item, Record: must(link.DecodeRecord(f.Record))}
		ids = append(ids, string(f.Item))
	}
	v := b.rs.Linker.Decide(e, cands, e.Received)
	var named []triage.ItemID
	var back []string
	for _, l := range v.Links {
		named, back = append(named, l.To), append(back, "to:"+string(l.To))
	}
	if v.Item != "" {
		named, back = append(named, v.Item), append(back, "to:"+string(v.Item))
	}
	if len(named) > 0 {
		_, more, err := b.store.Candidates(ctx, back)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, m := range more {
			named = append(named, m.Item)
		}
		must(b.store.Load(ctx, named...))
	}
	return len(found), ids
}
