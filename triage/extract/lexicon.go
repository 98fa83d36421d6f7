package extract

import (
	"fmt"
	"sort"
	"strings"
)

// lexicon is the words that state facts and the cues around them, compiled
// once. It never changes after loadLexicon and is safe for use by many
// goroutines.
type lexicon struct {
	words *wordTree
	trie  *trie
	outs  []out // by number of the trie's outs

	rules  []rule
	cues   []signal
	marks  []mark
	people []personWord

	signs    map[string]map[string]bool // vocabulary: signs by slug
	toldLate map[string]bool            // slugs of harm that a child tells late
	feared   map[string]bool            // slugs where fear alone counts
	named    [roleCount]*symset         // symbols of a name by the role of its bearer
	numbers  *symset                    // symbols of any number in digits
	whose    map[string]holderKind      // holder of a fact where the sentence does not say
	known    map[string]sym             // families that Go code asks for
}

// out says what a phrase means: an index into one of the lexicon's lists.
type out struct {
	kind outKind
	at   int32
}

type outKind uint8

const (
	outRule outKind = iota
	outCue
	outMark
	outPerson
	outIdiom
)

// rule turns a phrase into facts, by whom it is about.
type rule struct {
	id      string
	whom    whom
	holder  holderKind
	child   giving // the person concerned is a child
	adult   giving
	outside giving // neither a child nor an adult of the household
	unclear giving // nobody can be told
	despite sigSet // cues that do not touch the fact
	beside  giving // facts of which the notice must state one too
	without giving // facts of which the notice may state none
	between bool   // an outsider in the sentence is a party: the fact is another's
	byAdult bool   // no child may be who does it
	things  bool   // no person may stand among its words
	alone   bool   // words inside its phrase state nothing else
	denied  bool   // stated only where it does not count: bare words of a denial
}

// giving is the facts a rule yields for one kind of person.
type giving []yield

type yield struct {
	slug  string
	signs []string
}

// whom says where the person concerned stands in the sentence.
type whom uint8

const (
	whomNear    whom = iota // nearest mention, the one before first
	whomSubject             // who does or has it
	whomObject              // whom it is done to
	whomDoer                // it is done to a child; the subject does it
	whomNobody              // a fact of the home or the situation
	whomOwner               // the first person named among the words: "her boyfriend"
)

// holderKind is the holder a rule fixes.
type holderKind uint8

const (
	holderByPerson holderKind = iota
	holderChild
	holderCarer
	holderHome
)

// mark is words that add a sign to a fact beside them.
type mark struct {
	sign     string
	slugs    map[string]bool
	within   int
	anywhere bool // of every fact of its kind in the notice
}

// mention is what a word for a person says about him.
type personWord struct {
	role   role
	sex    byte // 'm', 'f' or 0
	object bool // an object pronoun
}

// role is what a word for a person tells of his part.
type role uint8

const (
	roleNone role = iota
	roleChild
	roleCarer    // parent, partner, anyone who has care
	roleAlleged  // suspect, perpetrator
	roleVictim   // injured party, an adult unless the notice says otherwise
	rolePeer     // another child, of no child's household
	roleOutsider // neighbour, passer-by, stranger
	roleOfficial // police, ambulance, teacher: neither holder nor party
	rolePronoun
	roleThing // what a blow met is no person
	roleCount
)

var roleNames = map[string]role{"child": roleChild, "carer": roleCarer, "alleged": roleAlleged, "victim": roleVictim,
	"peer": rolePeer, "outsider": roleOutsider, "official": roleOfficial, "pronoun": rolePronoun}

var whomNames = map[string]whom{"near": whomNear, "subject": whomSubject, "object": whomObject, "doer": whomDoer, "nobody": whomNobody, "owner": whomOwner}

var holderNames = map[string]holderKind{"child": holderChild, "carer": holderCarer, "home": holderHome}

// problem is one mistake in a lexicon file.
type problem struct {
	file      string
	line, col int
	text      string
}

// problems is every mistake of a set of files, in order.
type problems []problem

func (p problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", one.file, one.line, one.col, one.text)
	}
	return strings.Join(lines, "\n")
}

// loadLexicon compiles the lexicon files (path -> bytes) against the
// vocabulary of facts.yaml. All mistakes of all files are reported at once,
// each with file, line and column.
func loadLexicon(files map[string][]byte, vocabulary []byte) (*lexicon, error) {
	b := newBuilder()
	b.vocabulary("facts.yaml", vocabulary)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	sections := make([]*section, 0, len(names))
	for _, name := range names {
		sections = append(sections, b.read(name, files[name]))
	}
	for _, s := range sections {
		b.declare(s)
	}
	for _, s := range sections {
		b.compile(s)
	}
	return b.finish()
}
