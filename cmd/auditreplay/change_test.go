package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// answersOf runs mails through the pipeline, every letter changed after it was
// read: attachments, tables and forwarded mails are changed where they stand.
func answersOf(t *testing.T, mails []corpusMail, change func(*triage.Letter)) []answer {
	t.Helper()
	rs, err := compileRules("")
	if err != nil {
		t.Fatal(err)
	}
	run, err := newPipeline(rs)
	if err != nil {
		t.Fatal(err)
	}
	run.worker.Letter = func(mail []byte) triage.Letter {
		l := letter.Read(mail)
		if change != nil {
			change(&l)
		}
		return l
	}
	var out []answer
	for _, m := range mails {
		more, err := run.take(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, more...)
	}
	return out
}

// inText changes the text of a letter, section by section, and moves the
// offsets along.
func inText(change func(string) string) func(*triage.Letter) {
	return func(l *triage.Letter) {
		var b strings.Builder
		at := 0
		for i := range l.Sections {
			s := &l.Sections[i]
			b.WriteString(l.Text[at:s.Start])
			at = s.End
			start := b.Len()
			b.WriteString(change(l.Text[s.Start:s.End]))
			s.Start, s.End = start, b.Len()
		}
		b.WriteString(l.Text[at:])
		l.Text, l.Subject = b.String(), change(l.Subject)
	}
}

// otherNames are invented, of many tongues, and stand nowhere in the corpus.
var otherNames = strings.Fields(`Oluwaseun Adebayo Nguyen Thuyet Kowalczyk Zbigniew Ximena Quiroga Tāne Wiremu Siobhán Ó'Broin Ekaterina Volkova Tsegaye Haile Bjørn
	Halvorsen Chiamaka Nwosu Rangi Parata Yevgenia Sokolova Itzel Huerta Ngozi Okonjo Sanjeev Iyer Marzena Wieczorek Tariq Bensalem Leilani Kahale Dragomir Petrov Aroha
	Tamati Zsófia Szabolcs Miroslav Dvořák Anahit Sarkisyan Giorgi Beridze Hyunwoo Baek Meiling Zhou Kwabena Asante Ayelet Rosenthal Ragnhild Sæther Cătălin Ionescu
	Valdis Ozols Jarmila Hruška Temperance Nakamura Rutendo Chikwanha Bogumila Ostrowska Ihsan Yildirim Gulnara Akhmetova Tenzin Wangdu Lupita Zaragoza Faleolo Tuilagi
	Emeka Umeh Ottavia Lombardi Casimira Fontes Thandeka Dlamini Ximun Etxeberria Nerys Prydderch Aoibheann Breathnach Yusuke Hamasaki Paraskevi Vlachou`)

var wordOf = regexp.MustCompile(`\p{L}[\p{L}\p{Mn}]+`)

// ordinary are words that are a name in one place and none in another.
var ordinary = []string{"unborn", "baby", "the", "child", "mother", "father", "rose", "may", "grace", "king", "not", "known", "male", "female", "and", "see", "page", "young", "lee"}

// namesOf are the words of the names of everybody in a corpus, in order.
func namesOf(t *testing.T, mails []corpusMail) []string {
	t.Helper()
	rs, err := compileRules("")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var out []string
	for _, m := range mails {
		var names []string
		if m.label != nil {
			for _, c := range m.label.Children {
				names = append(names, c.Name)
			}
		}
		l := letter.Read(m.data)
		for _, r := range rs.Reader.Read(&l) {
			for _, p := range r.People {
				names = append(names, p.Name)
			}
		}
		for _, name := range names {
			for _, w := range wordOf.FindAllString(name, -1) {
				if w = strings.ToLower(w); !seen[w] && utf8.RuneCountInString(w) > 2 && !slices.Contains(ordinary, w) {
					seen[w] = true
					out = append(out, w)
				}
			}
		}
	}
	return out
}

// sameFamily are spellings of one name: they get one other name, spelt alike,
// so that the same mails concern the same people.
var sameFamily = [][]string{{"mohammed", "muhammad", "mohammad", "mohamed", "mohd"}, {"hussain", "hussein", "husain"}}

// renamer gives everybody another name.
func renamer(names []string) func(string) string {
	to := map[string]string{}
	for n, w := range names {
		head := w
		for _, f := range sameFamily {
			if slices.Contains(f, w) {
				head = f[0]
			}
		}
		if to[head] == "" {
			to[head] = strings.ReplaceAll(otherNames[n%len(otherNames)], "'", "")
			if k := n / len(otherNames); k > 0 { // a further one like it
				to[head] += []string{"ov", "esi", "uru", "akh"}[k%4]
			}
		}
		to[w] = to[head]
	}
	return func(s string) string {
		return wordOf.ReplaceAllStringFunc(s, func(w string) string {
			v, ok := to[strings.ToLower(w)]
			first, _ := utf8.DecodeRuneInString(w)
			switch {
			case !ok || !unicode.IsUpper(first):
				return w
			case strings.ToUpper(w) == w:
				return strings.ToUpper(v)
			}
			return v
		})
	}
}

// swapper exchanges words in both directions, in the case they are written.
func swapper(pairs ...string) func(string) string {
	to := map[string]string{}
	var all []string
	for n := 0; n < len(pairs); n += 2 {
		a, b := pairs[n], pairs[n+1]
		to[a], to[b] = b, a
		all = append(all, regexp.QuoteMeta(a), regexp.QuoteMeta(b))
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	re := regexp.MustCompile(`(?i)\b(` + strings.Join(all, "|") + `)\b`)
	return func(s string) string {
		return re.ReplaceAllStringFunc(s, func(w string) string {
			v := to[strings.ToLower(w)]
			switch {
			case strings.ToUpper(w) == w:
				return strings.ToUpper(v)
			case unicode.IsUpper(rune(w[0])):
				return strings.ToUpper(v[:1]) + v[1:]
			}
			return v
		})
	}
}

var (
	ethnicity = swapper("white british", "black caribbean", "asian pakistani", "white irish", "pakistani", "slovak", "polish", "bangladeshi", "roma", "nigerian", "white", "black", "urdu", "czech", "romanian", "punjabi")
	religion  = swapper("mosque", "church", "muslim", "christian", "madrasa", "sunday school", "eid", "easter", "catholic", "sikh", "gurdwara", "chapel")
	postcode  = regexp.MustCompile(`\bBD(\d{1,2}) ?(\d[A-Z]{2})\b`)
	street    = regexp.MustCompile(`(?i)\b(\d+[A-Z]?,? )([A-Z][a-z]+)( (?:Street|Road|Rd|Rise|Fold|Mews|Row|Parade|Close|Drive|Garth|Chase|Bank|Lane|Terrace|View|Court|Avenue|Walk|Crescent|Yard|Grove|Place))\b`)
)

func moved(s string) string {
	s = postcode.ReplaceAllString(s, "BD2${1}9 $2")
	s = regexp.MustCompile(`\bBD2(\d{1,2})9 `).ReplaceAllStringFunc(s, func(p string) string {
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(p, "BD2"), "9 "))
		return "BD" + strconv.Itoa(22-n%22) + " "
	})
	return street.ReplaceAllStringFunc(s, func(a string) string {
		m := street.FindStringSubmatch(a)
		to := "Larch" + strings.ToLower(m[2][:1]) + strings.ToLower(m[2][1:])
		if strings.ToUpper(m[2]) == m[2] {
			to = strings.ToUpper(to)
		}
		return m[1] + to + m[3]
	})
}

// later is how far dates are moved: whole weeks, so that weekdays stay true,
// and a year, so that a month or season without a day is the same one.
const later = 52 * 7 * 24 * time.Hour

// aYearOn moves a day. One of long ago, as most birthdays are, keeps day and
// month, so that a slip in it (day and month exchanged) is the same slip.
func aYearOn(t time.Time) time.Time {
	if t.Year() < 2025 && (t.Month() != time.February || t.Day() < 29) {
		return t.AddDate(1, 0, 0)
	}
	return t.Add(later)
}

var (
	months   = "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
	numDate  = regexp.MustCompile(`\b(\d{1,2})([/.\-])(\d{1,2})([/.\-])(\d{4}|\d{2})\b`)
	isoDate  = regexp.MustCompile(`\b(?:19|20)\d\d-\d\d-\d\d\b`)
	wordDate = regexp.MustCompile(`(?i)\b(\d{1,2})(st|nd|rd|th)?( (?:of )?)(` + months + `)(,? )((?:19|20)\d\d)\b`)
	anyYear  = regexp.MustCompile(`\b(?:19[5-9]\d|20[0-3]\d)\b`)
)

// shiftDates moves every date that is written with its year. One without a
// year keeps its words: it means the same day of another year, give or take
// one.
func shiftDates(s string) string {
	kept := []string{} // what is done is put aside, so that no year is moved twice
	keep := func(v string) string {
		kept = append(kept, v)
		return "\x00" + strconv.Itoa(len(kept)-1) + "\x00"
	}
	s = isoDate.ReplaceAllStringFunc(s, func(d string) string {
		t, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return d
		}
		return keep(aYearOn(t).Format(time.DateOnly))
	})
	s = numDate.ReplaceAllStringFunc(s, func(d string) string {
		m := numDate.FindStringSubmatch(d)
		layout := "2" + m[2] + "1" + m[4] + "2006"
		if len(m[5]) == 2 {
			layout = "2" + m[2] + "1" + m[4] + "06"
		}
		t, err := time.Parse(layout, d)
		if err != nil {
			return d
		}
		if len(m[1]) == 2 {
			layout = "0" + layout
		}
		if len(m[3]) == 2 {
			layout = strings.Replace(layout, m[2]+"1", m[2]+"01", 1)
		}
		return keep(aYearOn(t).Format(layout))
	})
	s = wordDate.ReplaceAllStringFunc(s, func(d string) string {
		m := wordDate.FindStringSubmatch(d)
		t, err := time.Parse("2 Jan 2006", m[1]+" "+m[4][:3]+" "+m[6])
		if err != nil {
			return d
		}
		t = aYearOn(t)
		month := t.Format("January")
		if len(m[4]) == 3 {
			month = t.Format("Jan")
		}
		if strings.ToUpper(m[4]) == m[4] {
			month = strings.ToUpper(month)
		}
		return keep(strconv.Itoa(t.Day()) + m[2] + m[3] + month + m[5] + strconv.Itoa(t.Year()))
	})
	s = anyYear.ReplaceAllStringFunc(s, func(y string) string {
		n, _ := strconv.Atoi(y)
		return strconv.Itoa(n + 1)
	})
	for n, v := range kept {
		s = strings.Replace(s, "\x00"+strconv.Itoa(n)+"\x00", v, 1)
	}
	return s
}
