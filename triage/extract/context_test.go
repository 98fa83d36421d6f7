package extract

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestContext holds the cues to sentences of the field; the finding stands
// between asterisks.
func TestContext(t *testing.T) {
	c := &Cues{defaultLexicon(t)}
	for _, tc := range []struct {
		sentence string
		polarity triage.Polarity
		time     triage.Time
		other    bool
	}{
		{"He has *bruising* to the arm.", triage.Present, triage.Current, false},
		{"No *weapons* seen by officers.", triage.Absent, triage.Current, false},
		{"NO *WEAPONS* SEEN BY OFFICERS.", triage.Absent, triage.Current, false},
		{"IP denies *strangulation* or threats.", triage.Absent, triage.Current, false},
		{"IP denies strangulation or *threats*.", triage.Absent, triage.Current, false},
		{"No injuries, he *punched* her twice.", triage.Present, triage.Current, false},
		{"No weapons but *threats* were made.", triage.Present, triage.Current, false},
		{"Not only did he *shout*, he spat.", triage.Present, triage.Current, false},
		{"*Weapons*: N", triage.Absent, triage.Current, false},
		{"*Strangulation* - No", triage.Absent, triage.Current, false},
		{"Weapons: No Drugs: Yes *Alcohol*: No", triage.Absent, triage.Current, false},
		{"Weapons: No *Drugs*: Yes Alcohol: No", triage.Present, triage.Current, false},
		{"☐ *Weapons* ☒ Alcohol", triage.Absent, triage.Current, false},
		{"☐ Weapons ☒ *Alcohol*", triage.Present, triage.Current, false},
		{"*Weapons* ☐ Alcohol ☒", triage.Absent, triage.Current, false},
		{"[ ] *Weapons* [x] Alcohol", triage.Absent, triage.Current, false},
		{"*Choking*? Yes ☐ No ☒", triage.Absent, triage.Current, false},
		{"*Choking*? Yes ☒ No ☐", triage.Present, triage.Current, false},
		{"Has he ever *hit* you? No", triage.Absent, triage.Current, false},
		{"Has he ever *hit* you? YES", triage.Present, triage.Current, false},
		{"Has he ever *hit* you?", triage.Hypothetical, triage.Current, false},
		{"Asked re *stalking*, control - answers no to all.", triage.Absent, triage.Current, false},
		{"?*fracture* to the wrist", triage.Possible, triage.Current, false},
		{"Suspected *fracture* of the arm.", triage.Possible, triage.Current, false},
		{"No complaint of *assault* made.", triage.Possible, triage.Current, false},
		{"Insufficient evidence of *abuse*.", triage.Possible, triage.Current, false},
		{"Cannot rule out *abuse* at this stage.", triage.Possible, triage.Current, false},
		{"What if he turns up with a *knife* one day.", triage.Hypothetical, triage.Current, false},
		{"Leaflet on *domestic abuse* left.", triage.Hypothetical, triage.Current, false},
		{"Previous *domestic abuse* with an ex.", triage.Present, triage.Historic, false},
		{"History of *self harm*.", triage.Present, triage.Historic, false},
		{"Five years ago he *assaulted* her.", triage.Present, triage.Historic, false},
		{"Previous arguments but today he *assaulted* her.", triage.Present, triage.Current, false},
		{"The *cannabis farm* is next door.", triage.Present, triage.Current, true},
	} {
		start := strings.Index(tc.sentence, "*")
		plain := strings.Replace(tc.sentence, "*", "", 1)
		end := strings.Index(plain, "*")
		plain = strings.Replace(plain, "*", "", 1)
		p, when, holder, cue := c.Context(plain, start, end)
		if p != tc.polarity || when != tc.time || (holder == triage.HolderOther) != tc.other {
			t.Errorf("Context(%q) = %d, %d, %d by %q, want %d, %d, other %v", tc.sentence, p, when, holder, cue, tc.polarity, tc.time, tc.other)
		}
	}
}

// score counts one class of a yardstick.
type score struct{ hit, miss, extra int }

func (s *score) count(got, want bool) {
	switch {
	case got && want:
		s.hit++
	case want:
		s.miss++
	case got:
		s.extra++
	}
}

func (s score) f1() float64 { return 2 * float64(s.hit) / float64(2*s.hit+s.miss+s.extra) }

// TestNegEx runs the public annotations of negation and time (repository
// chapmanbe/negex, rsAnnotations-1-120-random.txt) from the folder PPN_NEGEX.
// The cues were tuned on odd lines alone; even lines are the measure.
func TestNegEx(t *testing.T) {
	dir := os.Getenv("PPN_NEGEX")
	if dir == "" {
		t.Skip("PPN_NEGEX does not name a folder with rsAnnotations-1-120-random.txt")
	}
	data, err := os.ReadFile(filepath.Join(dir, "rsAnnotations-1-120-random.txt"))
	if err != nil {
		t.Fatal(err)
	}
	c := &Cues{defaultLexicon(t)}
	var negated, historic [2]score
	for n, line := range strings.Split(string(data), "\n") {
		f := strings.Split(strings.TrimRight(line, "\r"), "\t")
		if len(f) < 6 {
			continue
		}
		f = f[len(f)-5:] // concept, sentence, negation, time, experiencer
		sentence, concept := f[1], strings.ToUpper(strings.TrimSpace(f[0]))
		at := strings.Index(sentence, concept)
		if at < 0 {
			at = strings.Index(strings.ToUpper(sentence), concept)
		}
		if at < 0 {
			continue
		}
		p, when, _, cue := c.Context(sentence, at, at+len(concept))
		half := (n + 1) % 2
		neg, past := p == triage.Absent, when == triage.Historic
		negated[half].count(neg, f[2] == "Negated")
		historic[half].count(past, f[3] == "Historical")
		if os.Getenv("PPN_NEGEX_DETAIL") != "" && half == 1 && (neg != (f[2] == "Negated") || past != (f[3] == "Historical")) {
			t.Logf("%d want %s %s, got negated %v historic %v by %q: %s", n+1, f[2], f[3], neg, past, cue, sentence)
		}
	}
	for half, name := range []string{"even", "odd"} {
		t.Logf("%s lines: negated F1 %.4f (%d missed, %d extra), historical F1 %.4f (%d missed, %d extra)", name,
			negated[half].f1(), negated[half].miss, negated[half].extra, historic[half].f1(), historic[half].miss, historic[half].extra)
	}
	if negated[0].f1() < 0.985 || historic[0].f1() < 0.75 {
		t.Errorf("negated F1 %.4f, want 0.985; historical F1 %.4f, want 0.75", negated[0].f1(), historic[0].f1())
	}
}
