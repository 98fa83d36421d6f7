package extract

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
)

// labels is the compiled labels.yaml.
type labels struct {
	fields   *book // label -> field
	roles    *book // word beside a name -> kin
	notNames *book
	streets  *book
	forms    []formSign
	forces   map[string]string // label of a sender's domain -> force code
	cues     *remarkTree
	vocab    map[string]trait
	home     []string
}

// formSign says which words show a form's layout.
type formSign struct {
	Slug  string
	Words []string
}

// labelFile is labels.yaml as written.
type labelFile struct {
	Version     int
	Fields      map[string][]string
	Roles       map[string][]string
	NotNames    []string `yaml:"not_names"`
	StreetTypes []string `yaml:"street_types"`
	Forces      []struct {
		Code    string
		Domains []string
	}
	Forms     []formSign
	HomeAreas []string `yaml:"home_areas"`
	Cues      map[string][]string
}

// loadLabels compiles labels.yaml. All trouble is reported at once.
func loadLabels(data []byte) (*labels, error) {
	var f labelFile
	err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict())
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return nil, fmt.Errorf("labels.yaml:%d:%d: %s", p.Line, p.Column, at.GetMessage())
	}
	if err != nil {
		return nil, fmt.Errorf("read labels.yaml: %w", err)
	}
	l := &labels{fields: newBook(), roles: newBook(), notNames: newBook(), streets: newBook(),
		forms: f.Forms, forces: map[string]string{}, home: f.HomeAreas}
	var errs []error
	if f.Version != 1 {
		errs = append(errs, fmt.Errorf("labels: version %d, want 1", f.Version))
	}
	errs = append(errs, fill(l.fields, "field", f.Fields, fieldNames), fill(l.roles, "role", f.Roles, kinNames))
	for _, w := range f.NotNames {
		l.notNames.add(w, 1)
	}
	for _, w := range f.StreetTypes {
		l.streets.add(w, 1)
	}
	for _, force := range f.Forces {
		for _, d := range force.Domains {
			l.forces[d] = force.Code
		}
	}
	if l.cues, err = newRemarkTree(f.Cues); err != nil {
		errs = append(errs, err)
	}
	l.vocab = l.traits()
	return l, errors.Join(errs...)
}

// fill adds every phrase of a list to a book under the value of its key. A
// phrase that stands under two keys is an error, since only one could count.
func fill[V ~uint8](b *book, what string, lists map[string][]string, names map[string]V) error {
	var errs []error
	keys := make([]string, 0, len(lists))
	for k := range lists {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		v, ok := names[k]
		if !ok {
			errs = append(errs, fmt.Errorf("labels: unknown %s %q", what, k))
			continue
		}
		for _, phrase := range lists[k] {
			if old, ok := b.add(phrase, uint8(v)); !ok && old != uint8(v) {
				errs = append(errs, fmt.Errorf("labels: %s %q stands under two keys, one is %q", what, phrase, k))
			}
		}
	}
	return errors.Join(errs...)
}

// book finds phrases of words: the longest that begins at a piece.
type book struct {
	phrases map[string]uint8
	longest map[string]int // first word -> words of the longest phrase that begins with it
}

func newBook() *book { return &book{map[string]uint8{}, map[string]int{}} }

// add enters a phrase; it answers false and the value there if it is in.
func (b *book) add(phrase string, v uint8) (uint8, bool) {
	words := fieldWords(phrase)
	if len(words) == 0 {
		return 0, true
	}
	key := strings.Join(words, " ")
	if old, ok := b.phrases[key]; ok {
		return old, false
	}
	b.phrases[key] = v
	b.longest[words[0]] = max(b.longest[words[0]], len(words))
	return v, true
}

// has tells whether a lower-case word is a phrase of the book.
func (b *book) has(w string) bool { _, ok := b.phrases[w]; return ok }

// fieldWords cuts a phrase as match sees it: lower case, apostrophes gone,
// words only.
func fieldWords(phrase string) []string {
	return strings.FieldsFunc(strings.NewReplacer("'", "", "’", "").Replace(lowerASCII(phrase)), func(r rune) bool {
		return r < 0x80 && !isAlnum(byte(r))
	})
}

// match finds the longest phrase of b that begins at piece i and ends before
// end. Marks inside a phrase are skipped, gaps and line ends are not. It
// returns the value and the piece after the phrase, next == i if none.
func (b *book) match(p *page, i, end int) (v uint8, next int) {
	next = i
	var buf [80]byte
	key := buf[:0]
	limit, words := 0, 0
	for j := i; j < end; j++ {
		k := p.pieces[j].kind
		if k == pieceGap || k == pieceBreak {
			break
		}
		if k == piecePunct {
			if words == 0 || !innerMark(p.text[p.pieces[j].start]) {
				break
			}
			continue
		}
		if words > 0 {
			key = append(key, ' ')
		}
		at := len(key)
		key = appendFolded(key, p.lower(j))
		if words == 0 {
			if limit = b.longest[string(key)]; limit == 0 {
				if limit = b.longest[firstPart(key)]; limit == 0 {
					break
				}
			}
		}
		words++
		if val, ok := b.phrases[string(key)]; ok {
			v, next = val, j+1
		}
		if words >= limit+1 || len(key)-at == 0 || len(key) > 60 {
			break
		}
	}
	return v, next
}

// innerMark tells whether a mark may stand inside a phrase: "D.O.B.",
// "Forename(s)", "M/O".
func innerMark(c byte) bool {
	return c == '.' || c == '/' || c == '(' || c == ')' || c == '&' || c == '-' || c == '\'' || c == '*' || c == '_'
}

// appendFolded appends a word without apostrophes, its hyphens as blanks.
func appendFolded(key []byte, w string) []byte {
	for i := 0; i < len(w); i++ {
		switch {
		case w[i] == '\'':
		case strings.HasPrefix(w[i:], "’"):
			i += len("’") - 1
		case w[i] == '-':
			key = append(key, ' ')
		default:
			key = append(key, w[i])
		}
	}
	return key
}

func firstPart(key []byte) string {
	s := string(key)
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return s[:i]
	}
	return s
}
