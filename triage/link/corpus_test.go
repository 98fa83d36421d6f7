package link

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

// pairsAndTraps are the notices that the corpus names under "Pairs and traps",
// read by hand.
var pairsAndTraps = []told{
	{file: "002", refs: "13260400316 LOG1288/2026-09-01", when: "2026-09-01 18:40", place: "88 Thornacre Road, Bradford|BD8 9TZ", kids: "Mohammed/HUSSAIN/2016-02-11; Iqra/HUSSAIN/2013-11-30", adults: "Samina/BIBI/1990-06-03; !Nadeem/HUSSAIN/1986-01-21"},
	{file: "004", refs: "13260401950 13260401951", when: "2026-09-01 17:35", place: "Fairweather Superstore, Tong St", home: "6 Ravensthorpe Mews, Bradford|BD4 8XD", kids: "Leon/CHAMBERS/2011-08-08", adults: "Denise/CHAMBERS"},
	{file: "005", refs: "13260403688", when: "2026-09-03 10:15", place: "12B Gatehouse Parade, Bradford|BD3 8XZ", home: "=", kids: "Nikola/HORVÁTHOVÁ/2018-06-21; Patrik/HORVÁTH/2021-03-02", adults: "Jana/HORVÁTHOVÁ; Marek/HORVÁTH"},
	{file: "008", refs: "13260406377", when: "2026-09-04 23:30", place: "Flat 3, 19 Claremount Grove, Bradford|BD9 7QX", home: "=", kids: "Aaliyah/KAUSER/2015-01-15", adults: "Rukhsana/KAUSER; Imtiaz/AHMED"},
	{file: "010", refs: "13260409045 LOG0219/2026-09-06", when: "2026-09-06 01:55", place: "71 Cloverfield Drive, Bradford|BD2 7XT", kids: "Zara/IQBAL/2022-01-17", adults: "Hina/IQBAL; Sajid/IQBAL", text: "iqbal", message: "m10"},
	{file: "013", refs: "13260409045 LOG0219/2026-09-06", when: "2026-09-06 01:55", place: "71 Cloverfield Drive, Bradford|BD2 7XT", kids: "Zara/IQBAL/2022-01-17", adults: "Hina/IQBAL; Sajid/IQBAL", text: "iqbal", message: "m10"},
	{file: "014", refs: "13260412290 LOG1530/2026-09-10", when: "2026-09-10 16:22", place: "Canal Rd j/w Gaisby Bank", home: "118 Oakroyd Parade, Bradford|BD3 9TQ", kids: "Harris/MAHMOOD/2017-05-05", adults: "Tariq/MAHMOOD"},
	{file: "015", when: "2026-09-11 14:25", place: "6 Fairholme Yard, Saltaire|BD18 5XQ", kids: "Zoé/MARCHAND/2012-09-09", adults: "Élodie/MARCHAND; !Neil/COTTAM"},
	{file: "018", refs: "13260418834", when: "2026-09-11 14:25", place: "6 Fairholme Yard, Saltaire|BD18 5XQ", kids: "Zoé/MARCHAND/2012-09-09", adults: "Élodie/MARCHAND; !Neil/COTTAM"},
	{file: "019", refs: "13260412290", when: "2026-09-10 16:22", place: "Canal Rd j/w Gaisby Bank", home: "118 Oakroyd Parade, Bradford|BD3 9TQ", kids: "Harris/MAHMOOD/2017-05-05; Sumayya/MAHMOOD/2016-10-22", adults: "Khalid/MAHMOOD"},
	{file: "020", refs: "13260420918 LOG0007/2026-09-16", other: "13260400316", when: "2026-09-15 23:50", place: "88 THORNACRE RD BRADFORD|BD8 9TZ", kids: "MUHAMMAD/HUSSEIN/2016-02-11; IQRA/HUSSEIN/2013-11-30", adults: "SAMINA/BIBI/1990-06-03; !NADEEM/HUSSEIN/1986-01-21"},
	{file: "021", refs: "13260421404", when: "2026-09-15 17:45", place: "3 Saddlers Croft, Cleckheaton|BD19 7TQ", home: "16 Elder Bank, Bradford|BD12 8XZ", kids: "Freya/LOCKWOOD/2020-02-14", adults: "Rachel/LOCKWOOD; Ben/HARKER"},
	{file: "022", refs: "13260422190", when: "2026-09-17", place: "84 Whinmoor Terrace, Bradford|BD5 0QZ", home: "=", kids: "Corey/BIRCHALL/2012-01-09; Madison/BIRCHALL/2015-07-23", adults: "!Craig/BIRCHALL; Toni-Ann/BIRCHALL"},
	{file: "023", refs: "13260424067", when: "2026-09-18 17:00", home: "10 Heather View, Bradford|BD4 6TX", kids: "Kayden/FROST/2011-03-12", adults: "Natalie/FROST"},
	{file: "026", refs: "13260428006 LOG1777/2026-09-20", when: "2026-09-20 18:25", place: "9 Millbeck Lane, Bradford|BD13 5QT", kids: "Amelia-Rose/WHITWORTH/2016-07-04", adults: "Claire/WHITWORTH; Adam/SUGDEN"},
	{file: "027", refs: "13260422190", when: "2026-09-17", home: "84 Whinmoor Terrace|BD5 0QZ", kids: "Corey/BIRCHALL/2012-01-09; Madison/BIRCHALL/2015-07-23", adults: "!Craig/BIRCHALL; Toni-Ann/BIRCHALL"},
	{file: "031", refs: "13260433870 LOG0881/2026-09-25", when: "2026-09-25 11:05", place: "31 Kirkfield View, Bradford|BD2 4QX", kids: "Cian/O'NEILL/2014-10-20", adults: "Siobhan/O'NEILL; Gary/TUKE"},
	{file: "035", refs: "13260440015 LOG1388/2026-09-29", when: "2026-09-29 16:00", home: "44 Quarry Brow, Bradford|BD4 9XQ", kids: "Tyler/BAXTER/2017-06-12", adults: "Kelly/BAXTER"},
	{file: "037", refs: "13260443318 LOG1401/2026-10-01", when: "2026-10-01 16:30", place: "73 Beckside Avenue, Bradford|BD7 9XZ", kids: "David/MARSH/2014-01-25", adults: "Paula/MARSH; !David/MARSH/1986-06-07"},
	{file: "038", refs: "13260444702 LOG0412/2026-10-02", when: "2026-10-02 07:40", place: "14 Harrop Edge View, Bradford|BD15 8QT", kids: "?//2012-10-03..2014-10-02", adults: "Lorraine/HOLDSWORTH; !Steven/HOLDSWORTH"},
	{file: "039", refs: "13260445190", when: "2026-10-02 19:00", home: "10 Heather View, Bradford|BD4 6TX", kids: "Kayden/FROST/2011-03-12"},
	{file: "040", refs: "13260447831 LOG0288/2026-10-04", when: "2026-10-04 09:20", place: "36 Ferncliffe Walk, Bingley|BD16 6QT", kids: "Evie-Grace/HOLROYD/2021-06-30", adults: "Nicola/HOLROYD"},
	{file: "042", refs: "13260447831 LOG0288/2026-10-04", when: "2026-10-04 09:20", place: "36 Ferncliffe Walk, Bingley|BD16 6QT", kids: "Evie-Grace/HOLROYD/2012-06-30", adults: "Nicola/HOLROYD"},
	{file: "045", refs: "13260453004 LOG2015/2026-10-07", when: "2026-10-07 14:10", place: "71 Cloverfield Drive, Bradford|BD2 7XT", kids: "IQBAL/ZARA/2022-01-17", adults: "Hina/IQBAL; Sajid/"},
	{file: "046", refs: "13260455561 LOG1502/2026-10-09", when: "2026-10-09 15:50", place: "31 KIRKFIELD VIEW BRADFORD|BD2 4QX", kids: "CIAN/ONEILL/2014-10-20", adults: "SIOBHAN/ONEILL; GARY/TUKE"},
	{file: "047", refs: "13260457190 LOG0966/2026-10-10", when: "2026-10-10 11:30", place: "Jungle Jim's soft play, Shipley", home: "17 Fairweather Garth, Shipley|BD18 2QZ", kids: "Alfie/CROSSLEY/2020-04-18", adults: "!Hayley/CROSSLEY; Stephen/CROSSLEY"},
	{file: "049", refs: "13260456904", when: "2026-10-10 20:10", home: "15 Nettle Hill|BD7 1QZ", kids: "Faisal/ANSARI/2014-04-04", part: 0},
	{file: "049", refs: "13260457322", when: "2026-10-10 22:35", home: "66 Rooley Bank|BD4 7XZ", kids: "Brooke/TEMPEST/2011-09-17", part: 1},
	{file: "049", refs: "13260458015", when: "2026-10-11 11:30", home: "9 Hope Chapel Lane|BD9 3QX", kids: "Daniel/OYELARAN/2018-03-03; Rebecca/OYELARAN/2020-09-09", part: 2},
	{file: "049", refs: "13260458240", when: "2026-10-11 19:15", home: "30 Dockfield Mews, Shipley|BD17 5ZT", kids: "Oliwia/SZYMANSKA/2013-02-02", part: 3},
	{file: "050", refs: "13260456904", when: "2026-10-10 20:10", place: "15 Nettle Hill, Bradford|BD7 1QZ", home: "=", kids: "Faisal/ANSARI/2014-04-04"},
	{file: "051", refs: "13260463090", when: "2026-10-12 19:10", place: "Tong St", home: "6 Ravensthorpe Mews, Bradford|BD4 8XD", kids: "Leon/CHAMBERS/2011-08-08"},
	{file: "054", refs: "13260466050 LOG0412/2026-10-16", when: "2026-10-16 07:35", place: "Flat 3, 19 Claremount Grove, Bradford|BD9 7QX", kids: "Gabriel/IONESCU/2015-02-18; Sara/IONESCU/2018-12-01", adults: "Mihaela/IONESCU; Dorin/IONESCU"},
	{file: "055", refs: "13260468871", unreadable: true},
	{file: "056", refs: "13260468871", when: "2026-10-17 15:00", home: "21 Dyehouse Rise, Bradford|BD12 7QZ", kids: "Connor/DYSON/2013-09-11; Darcey/DYSON/2020-05-05", adults: "Sam/DYSON; Wayne/LUNN"},
	{file: "058", refs: "13260470250 LOG1333/2026-10-20", when: "2026-10-20 16:05", place: "45 Whitestone Rise, Shipley|BD18 1QX", kids: "Zofia/WIŚNIEWSKA/2016-08-16; Zuzanna/WIŚNIEWSKA/2016-08-16", adults: "Agnieszka/WIŚNIEWSKA; !Piotr/WIŚNIEWSKI"},
	{file: "059", refs: "13260470250", when: "2026-10-20", kids: "Oskar/WISNIEWSKI/2012-12-03"},
	{file: "060", refs: "13260475518", when: "2026-10-24 17:40", place: "Otley Road, Shipley", kids: "Alfie//2019-10-25..2021-10-24", adults: "!Hayley/CROSSLAND"},
	{file: "061", refs: "13260475790 LOG2301/2026-10-24", when: "2026-10-24 23:55", place: "88 Thornacre Road, Bradford|BD8 9TZ", kids: "Mohammad/HUSSAIN/2016-02-11; Iqra/HUSSAIN/2013-11-30", adults: "Samina/BIBI; !Nadeem/HUSSAIN"},
	{file: "062", refs: "13260475802", when: "2026-10-25 00:35", place: "Leeds Road j/w Killinghall Rd", home: "160 Undercliffe Park, Bradford|BD3 8QT", kids: "Mohammed/HUSSAIN/2009-11-02"},
	{file: "064", refs: "13260474020", when: "2026-10-23 11:15", place: "John St market", home: "12B Gatehouse Parade, Bradford|BD3 8XZ", kids: "Nikola/HORVATH/2018-06-21"},
	{file: "065", refs: "118846/26", force: "btp", when: "2026-10-24 14:50", place: "Frizinghall, down line", home: "27 Nab Wood Chase, Shipley|BD18 4ZX", kids: "Haris/SHAH/2012-02-29"},
	{file: "067", refs: "13260474688", when: "2026-10-23 16:40", place: "Quarry Brow bus stop", home: "44 Quarry Brow, Bradford|BD4 9XQ", kids: "Tyler/BAXTER/2018-06-12", adults: "Kelly/"},
	{file: "068", refs: "13260466050 LOG0412/2026-10-16", when: "2026-10-16 07:35", place: "Flat 3, 19 Claremount Grove, Bradford|BD9 7QX", kids: "Gabriel/IONESCU/2015-02-18; Sara/IONESCU/2018-12-01", adults: "Mihaela/IONESCU; Dorin/IONESCU"},
	{file: "070", refs: "13260478455 LOG1120/2026-10-27", when: "2026-10-27 12:40", place: "9 Millbeck Lane, Bradford|BD13 5QT", kids: "Amelia Rose/WHITWORTH/2016-04-07", adults: "Claire/WHITWORTH; Adam/SUGDEN"},
	{file: "071", refs: "13260480317", when: "2026-10-29 15:30", home: "10 Heather View, Bradford|BD4 6TX", kids: "Kayden/FROST/2011-03-12", adults: "Natalie/FROST"},
	{file: "072", refs: "13260483126", when: "2026-10-31 19:20", place: "Moorside Close, Bradford|BD2", home: "12 Moorside Close, Bradford|BD2 4TZ", kids: "Noah/FENWICK/2013-12-25", adults: "Faye/", text: "fenwick"},
	{file: "073", refs: "13260483126", when: "2026-10-31 19:20", place: "Moorside Close, Bradford|BD2", home: "12 Moorside Close, Bradford|BD2 4TZ", kids: "Noah/FENWICK/2013-12-25", adults: "Faye/", text: "fenwick"},
	{file: "074", refs: "13260487902", when: "2026-11-05 18:55", place: "rec ground off Nab Lane, Shipley", home: "27 Nab Wood Chase, Shipley|BD18 4ZX", kids: "Haroon/SHAH/2012-02-29"},
	{file: "076", refs: "13260491530 LOG0230/2026-11-08", when: "2026-11-08 07:40", place: "6 Kiln Row, Shipley|BD18 3TX", home: "17 Fairweather Garth, Shipley|BD18 2QZ", kids: "Alfie/CROSSLEY/2020-04-18", adults: "!Hayley/CROSSLEY; Stephen/CROSSLEY"},
	{file: "077", refs: "13260492208", when: "2026-11-09 20:20", place: "Cutler Heights", home: "6 Ravensthorpe Mews, Bradford|BD4 8XD", kids: "Leon/CHAMBERS/2011-08-08"},
	{file: "080", refs: "13260501144", when: "2026-11-18 19:20", place: "16 Elder Bank, Bradford|BD12 8XZ", kids: "Freya/LOCKWOOD/2020-02-14", adults: "Rachel/LOCKWOOD; !Ben/HARKER"},
}

type label struct {
	File     string
	Received string
	Item     string
	Relation string
	RepeatOf []string `json:"repeat_of"`
	Flags    []string
}

func labels(t *testing.T) map[string]label {
	t.Helper()
	f, err := os.Open("../intake/testdata/corpus/labels.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]label{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var l label
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(l.File, ".eml")] = l
	}
	return out
}

var relations = map[triage.Relation]string{
	triage.RelationNew: "new", triage.RelationResend: "resend", triage.RelationUpdate: "update",
	triage.RelationSameIncident: "same_incident", triage.RelationRepeat: "repeat",
}

// Every pair and trap of the corpus, in order of receipt, against its labels:
// which item, which relation, which earlier items, which flags.
func TestPairsAndTrapsOfTheCorpus(t *testing.T) {
	w, want := newWorld(shipped(t)), labels(t)
	first := map[string]triage.ItemID{} // label's item -> ours
	type answer struct {
		Item, Relation string
		RepeatOf       []string
		Flags          []string
	}
	for _, n := range pairsAndTraps {
		lab := want[n.file]
		n.received = strings.Replace(lab.Received[:16], "T", " ", 1)
		v := w.take(n.entry())
		it := w.where[n.entry().Notice]
		if _, ok := first[lab.Item]; !ok {
			first[lab.Item] = it.ID
		}
		got := answer{Relation: relations[v.Relation]}
		for name, id := range first {
			if id == it.ID {
				got.Item = name
			}
			if slices.ContainsFunc(it.Links, func(k triage.Link) bool { return k.To == id && k.Kind == triage.LinkChild && k.Confirmed }) {
				got.RepeatOf = append(got.RepeatOf, name)
			}
		}
		slices.Sort(got.RepeatOf)
		got.Flags = append(got.Flags, v.Flags...)
		slices.Sort(got.Flags)
		wants := answer{Item: lab.Item, Relation: lab.Relation, RepeatOf: lab.RepeatOf}
		if n.part > 0 {
			got.Item = lab.Item // one item a household; the label has one for the mail
			wants.Relation = "new"
		}
		for _, f := range lab.Flags {
			if f != "manual_read" && f != "pattern" && f != "confirm_first" { // by the rules
				wants.Flags = append(wants.Flags, f)
			}
		}
		slices.Sort(wants.Flags)
		if d := cmp.Diff(wants, got, equateEmpty); d != "" {
			t.Errorf("%s: -want +got\n%s\nwhy %q links %+v", n.file, d, v.Why, v.Links)
		}
	}
	parts := map[triage.ItemID]bool{}
	for _, it := range w.items {
		if it.Entries[0].Notice[:4] == "n049" {
			parts[it.ID] = true
		}
	}
	if len(parts) != 4 {
		t.Errorf("the digest made %d items, want one for each of 4 households", len(parts))
	}
}

var equateEmpty = cmp.FilterValues(func(a, b []string) bool { return len(a)+len(b) == 0 }, cmp.Ignore())

// The twins of 065 and 074 are two children of one household.
func TestTwinsOfTheCorpusAreLinkedAsHousehold(t *testing.T) {
	w := newWorld(shipped(t))
	for _, n := range pairsAndTraps {
		if n.file == "065" || n.file == "074" {
			n.received = "2026-11-05"
			w.take(n.entry())
		}
	}
	got := w.items[1].Links
	if len(got) != 1 || got[0].Kind != triage.LinkHousehold || !got[0].Confirmed || got[0].To != w.items[0].ID {
		t.Errorf("links of the second twin = %+v, want one confirmed household link", got)
	}
}
