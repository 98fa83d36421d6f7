package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

// rank is all that may move a child's place, as one mail gives it.
func rank(a answer) string {
	var fs []string
	for _, f := range a.Factors {
		fs = append(fs, fmt.Sprintf("%s %s %s %.2f %s", f.Slug, f.Polarity, f.Time, f.Weight, f.Floor))
	}
	slices.Sort(fs)
	return fmt.Sprintf("%s %s %.2f %s", a.Kind, a.Band, a.Score, strings.Join(fs, ", "))
}

// sameRank compares answers on the same mails, changed and not.
func sameRank(t *testing.T, was, now []answer, of func(answer) string) {
	t.Helper()
	if len(was) != len(now) {
		t.Errorf("%d answers, %d before", len(now), len(was))
	}
	for n := range min(len(was), len(now)) {
		if a, b := of(was[n]), of(now[n]); a != b {
			t.Errorf("%s: %s", was[n].File, cmp.Diff(strings.Split(a, ", "), strings.Split(b, ", ")))
		}
	}
}

// TestWhoTheyAreMovesNothing changes names, ethnicity, religion, where they
// live, and when: band, score and factors are the same.
func TestWhoTheyAreMovesNothing(t *testing.T) {
	mails := devMails(t)
	was := answersOf(t, mails, nil)
	for name, change := range map[string]func(string) string{
		"names": renamer(namesOf(t, mails)), "ethnicity": ethnicity, "religion": religion, "streets and postcodes": moved,
	} {
		t.Run(name, func(t *testing.T) {
			changed := 0
			now := answersOf(t, mails, func(l *triage.Letter) {
				text := l.Text
				if inText(change)(l); l.Text != text {
					changed++
				}
			})
			if changed < 3 || name == "names" && changed < 70 {
				t.Errorf("%d mails were changed: the test shows nothing", changed)
			}
			sameRank(t, was, now, rank)
		})
	}
	t.Run("dates", func(t *testing.T) {
		sameRank(t, was, answersOf(t, aYearLater(mails), dated), rank)
	})
	t.Run("file names", func(t *testing.T) {
		other := slices.Clone(mails)
		for n := range other {
			other[n].file = fmt.Sprintf("notice-%d.eml", 1000-n)
		}
		sameRank(t, was, answersOf(t, other, nil), rank)
	})
}

func dated(l *triage.Letter) {
	inText(shiftDates)(l)
	if !l.Date.IsZero() {
		l.Date = l.Date.Add(later)
	}
	if !l.Received.IsZero() {
		l.Received = l.Received.Add(later)
	}
}

func aYearLater(mails []corpusMail) []corpusMail {
	out := slices.Clone(mails)
	for n := range out {
		out[n].received = out[n].received.Add(later)
	}
	return out
}

// badNews are sentences that no notice may be the lower for.
var badNews = []string{
	"He strangled the mother with both hands until she could not breathe.",
	"He produced a kitchen knife and held it to the child's throat.",
	"The child has bruises on both arms and says that dad punched him.",
	"He said he will kill them all tonight.",
	"The mother took an overdose and the children were left alone overnight.",
	"Child says her uncle touched her private parts.",
	"There was no food in the house and faeces on the floor.",
	"He denies assault.",
	"No concerns for the children, house clean and tidy.",
	"There is a history of domestic abuse.",
}

// TestBadNewsNeverLowers adds a sentence to every mail: band and score of none
// goes down.
func TestBadNewsNeverLowers(t *testing.T) {
	mails := devMails(t)
	was := answersOf(t, mails, nil)
	for _, news := range badNews {
		t.Run(news, func(t *testing.T) {
			now := answersOf(t, mails, func(l *triage.Letter) { addTo(l, news) })
			for n := range was {
				a, b := was[n], now[n]
				if bandOrder[b.Band] < bandOrder[a.Band] || b.Score < a.Score-0.005 {
					t.Errorf("%s: %s %.2f, was %s %.2f: %s", a.File, b.Band, b.Score, a.Band, a.Score, cmp.Diff(strings.Split(rank(a), ", "), strings.Split(rank(b), ", ")))
				}
			}
		})
	}
}

// addTo adds a paragraph at the end of the longest stretch that the sender
// wrote.
func addTo(l *triage.Letter, paragraph string) {
	at := -1
	for n, s := range l.Sections {
		if (s.Kind == triage.SectionBody || s.Kind == triage.SectionTable) && (at < 0 || s.End-s.Start > l.Sections[at].End-l.Sections[at].Start) {
			at = n
		}
	}
	if at < 0 {
		return
	}
	end, more := l.Sections[at].End, "\n\n"+paragraph+"\n"
	l.Text = l.Text[:end] + more + l.Text[end:]
	l.Sections[at].End += len(more)
	for n := at + 1; n < len(l.Sections); n++ {
		l.Sections[n].Start += len(more)
		l.Sections[n].End += len(more)
	}
}

// factorsOf is what a mail says, without how it is written.
func factorsOf(a answer) string {
	var fs []string
	for _, f := range a.Factors {
		fs = append(fs, fmt.Sprintf("%s %s %s %s", f.Slug, f.Polarity, f.Time, f.Holder))
	}
	slices.Sort(fs)
	return strings.Join(fs, ", ")
}

// TestCapitals reads every mail in capitals throughout: the same facts.
func TestCapitals(t *testing.T) {
	mails := devMails(t)
	sameRank(t, answersOf(t, mails, nil), answersOf(t, mails, inText(strings.ToUpper)), factorsOf)
}

// counting is what moves a child's place: band, score and the factors that
// count. What is denied is shown with a holder that hangs on the sentence
// before, and may be another's in another order.
func counting(a answer) string {
	a.Factors = slices.DeleteFunc(slices.Clone(a.Factors), func(f factor) bool { return f.Polarity == "absent" || f.Polarity == "hypothetical" })
	return rank(a)
}

// TestOrderOfTheForm puts the headed parts of every form in the opposite
// order: the same factors, band and score.
func TestOrderOfTheForm(t *testing.T) {
	mails := devMails(t)
	turned := 0
	now := answersOf(t, mails, inText(func(s string) string {
		v := reorder(s)
		if v != s {
			turned++
		}
		return v
	}))
	if turned < 10 {
		t.Errorf("%d mails have parts to reorder, want 10 or more", turned)
	}
	sameRank(t, answersOf(t, mails, nil), now, counting)
}

// reorder turns round the parts of a form: those that begin, after an empty
// line, with a line in capitals of a few words.
func reorder(s string) string {
	blocks := strings.Split(s, "\n\n")
	var heads []int
	for n, b := range blocks {
		first, rest, _ := strings.Cut(strings.TrimLeft(b, "\n"), "\n")
		if rest != "" && len(first) < 40 && wordOf.MatchString(first) && strings.ToUpper(first) == first && !strings.ContainsAny(first, "\t.") {
			heads = append(heads, n)
		}
	}
	if len(heads) < 2 {
		return s
	}
	var lead, parts []string
	lead = blocks[:heads[0]]
	for k, h := range heads {
		end := len(blocks)
		if k+1 < len(heads) {
			end = heads[k+1]
		}
		parts = append(parts, strings.Trim(strings.Join(blocks[h:end], "\n\n"), "\n"))
	}
	slices.Reverse(parts)
	return strings.Join(append(slices.Clone(lead), parts...), "\n\n") + "\n"
}
