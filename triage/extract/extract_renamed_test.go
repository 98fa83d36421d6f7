package extract_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/ppn-triage/ppn-triage/triage"
)

// newNames are names that stand nowhere in the corpus.
var newNames = strings.Fields(`Tamsin Okafor Verity Brackenbury Ludmila Szczepanski Percival Dunmore Anwar Qureshi Bronwen Llewellyn Idris Penhallow Marguerite Fauré
	Torquil Abernethy Oonagh Gallagher Rasheeda Bhatti Kofi Mensah Yevgenia Morozova Barnaby Thistlewood Soraya Nadeem Casimir Wolski Delphine Rousseau Hamish
	Galbraith Indira Chaudhuri Jolyon Featherstone Keziah Mwangi Leocadia Fernandes Mungo Rutherford Nerys Prosser Osian Tudur Philippa Ravensdale Quentin
	Rosalba Santoro Sanjeev Thirlwell Ursula Vasquez Winifred Xanthe Yardley Zebedee Aldous Birtwistle Cressida Drummond Evander Fairclough Gwendolen Hathersage
	Isadora Jessamine Killick Lysander Montague Netherwood Ottoline Pettigrew Quarrie Rosamund Silvestre Thackeray Umberto Vavasour Wilhelmina Yolande Zuleikha
	Ambrose Bellweather Clementine Dashwood Ethelred Fitzwilliam Gideon Hawksworth Ignatius Jocasta Kestrel Leopold Merriweather Nathaniel Ophelia Pemberley
	Quillfeather Reginald Seraphina Tiberius Ulysses Valentina Wolfgang Xavier Yusupov Zephyrine Alaric Bathsheba Cornelius Dorothea Ebenezer Florentina Gulliver
	Hortensia Inigo Jemima Kenelm Lavinia Mortimer Nicodemus Octavia Peregrine Quintilian Rowena Septimus Theodora Uriah Venetia Wystan Ysolde Zachariah Arbuthnot
	Bickerstaff Cholmondeley Dalrymple Entwhistle Featherington Gorringe Heffernan Ickringill Jellicoe Kirkbride Lanyon Micklethwait Norrington Oglander Pilkington`)

// streets stand for the first words of the corpus's street names.
var streets = strings.Fields("Larchfield Copperbeech Windmere Hollingwood Starbeck Lowmoor Cawthorne Esholt Bramhope Denholme Wibsden Oxenhope Thorncliffe Marley Haworth Stanbury")

var (
	fullDate   = regexp.MustCompile(`\b(\d\d)/(\d\d)/(\d{4}|\d\d)\b`)
	streetName = regexp.MustCompile(`\b(\d+[A-Z]? )([A-Z][a-z]+)( (?:Street|Road|Rise|Fold|Mews|Row|Parade|Close|Drive|Garth|Chase|Bank|Lane|Terrace|View|Court|Avenue|Walk|Crescent|Yard))\b`)
)

// shift is how far dates are moved: whole weeks, so that weekdays stay true.
const shift = 21 * 24 * time.Hour

func shiftDate(s string) string {
	layout := "02/01/2006"
	if len(s) == 8 {
		layout = "02/01/06"
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Month() == time.February && t.Day() == 29 {
		return s
	}
	return t.Add(shift).Format(layout)
}

// like writes a name in the case of another.
func like(old, new string) string {
	if strings.ToUpper(old) == old {
		return strings.ToUpper(new)
	}
	return new
}

var nameWord = regexp.MustCompile(`\p{L}[\p{L}\p{Mn}]+`)

// renamer maps the words of the children's names to other names.
func renamer(labels []label) func(string) string {
	to, n := map[string]string{}, 0
	for _, l := range labels {
		for _, c := range l.Children {
			for _, w := range nameWord.FindAllString(c.Name, -1) {
				if k := strings.ToLower(w); k != "unborn" && to[k] == "" {
					to[k] = newNames[n%len(newNames)]
					if n >= len(newNames) {
						to[k] += "son"
					}
					n++
				}
			}
		}
	}
	return func(s string) string {
		s = nameWord.ReplaceAllStringFunc(s, func(w string) string {
			if v := to[strings.ToLower(w)]; v != "" && unicode.IsUpper([]rune(w)[0]) {
				return like(w, v)
			}
			return w
		})
		s = streetName.ReplaceAllStringFunc(s, func(a string) string {
			m := streetName.FindStringSubmatch(a)
			return m[1] + streets[len(m[2])%len(streets)] + m[3]
		})
		return fullDate.ReplaceAllStringFunc(s, shiftDate)
	}
}

// TestRenamed reads the corpus with other names, streets and dates, and wants
// the same measures: nothing may hang on the sample.
func TestRenamed(t *testing.T) {
	x := newReader(t)
	change := renamer(corpus(t))
	var plain, renamed measure
	readNotices(t, x, nil, plain.add)
	readRenamed(t, x, change, &renamed)
	renamed.hold(t, renamed.all())
	for _, v := range []struct {
		name      string
		was, gets float64
	}{{"child F1", plain.child.f1(), renamed.child.f1()}, {"reference F1", plain.ref.f1(), renamed.ref.f1()}, {"quality F1", plain.quality.f1(), renamed.quality.f1()}} {
		if d := v.gets - v.was; d > 0.02 || d < -0.02 {
			t.Errorf("%s = %.4f renamed, %.4f before", v.name, v.gets, v.was)
		}
	}
}

// readRenamed reads changed mails and compares them with changed labels. A
// date that the mail does not write in full stays as it is.
func readRenamed(t *testing.T, x interface {
	Read(*triage.Letter) []triage.Reading
}, change func(string) string, m *measure) {
	t.Helper()
	for _, l := range corpus(t) {
		if l.Kind != "notice" {
			continue
		}
		mail := readMail(t, l.File)
		text := mail.Text
		changeLetter(&mail, change)
		mail.Date, mail.Received = mail.Date.Add(shift), mail.Received.Add(shift)
		l.Children = slices.Clone(l.Children)
		for i := range l.Children {
			c := &l.Children[i]
			c.Name = change(c.Name)
			c.DOB = movedDate(c.DOB, text)
		}
		l.IncidentDate = movedDate(l.IncidentDate, text)
		m.add(l, x.Read(&mail))
	}
}

// movedDate moves a label's date if the text writes it as dd/mm/yyyy or
// dd/mm/yy, and a text that says it by another word is moved with the mail.
func movedDate(iso, text string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	for _, layout := range []string{"02/01/2006", "02/01/06"} {
		if s := d.Format(layout); strings.Contains(text, s) {
			m, _ := time.Parse(layout, shiftDate(s))
			return m.Format(time.DateOnly)
		}
	}
	return fmt.Sprint(iso)
}
