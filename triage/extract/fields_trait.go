package extract

import "strings"

// trait is what a word can be, found once for every word of a page, so that
// the readers ask for a bit and not for a word.
type trait uint16

const (
	traitNotName trait = 1 << iota
	traitRole          // a phrase of kinship may begin with it
	traitChild         // a word for a child
	traitMinor         // another word that means a child of the notice
	traitGrown         // a word for a grown-up
	traitPronoun
	traitRank
	traitRemark // a cue may begin with it
	traitWhere  // says where somebody is
	traitWith   // says with whom somebody is
	traitPower  // names police protection
	traitCount  // a number in words
	traitField  // a label may begin with it
	traitGrade
	traitAge // announces an age
)

// grownWords are grown-ups in a sentence, as its subject.
var grownWords = []string{"ip", "mother", "mum", "father", "dad", "parents", "parent", "husband", "wife", "susp", "suspect", "caller", "driver", "manager", "guard", "operator", "engineer", "landlord", "landlady", "resident", "complainant", "uncle", "vp", "neighbour", "who", "gran", "nan", "grandad", "mam", "boyfriend", "girlfriend", "partner", "stepdad", "stepmum", "aunt", "auntie", "uncle", "grandmother", "grandfather", "nanna", "nana", "victim", "perp", "woman", "man", "male", "lady"}

var pronouns = []string{"he", "she", "they", "him", "her", "them", "he's", "she's", "he’s", "she’s", "he'd", "she'd", "he’d", "she’d"}

var minorWords = []string{"subject", "juvenile", "yp", "twins", "pupil", "youth", "plentyn", "school", "nursery"}

var ranks = []string{"pc", "ps", "dc", "ds", "di", "dci", "pcso", "insp", "inspector", "sgt", "sergeant", "constable", "wpc", "tdc", "dcs", "supt", "dsupt", "cso", "sc", "sp", "apc", "tpc", "cinsp", "dpc", "psi", "det", "tsgt", "asgt", "tps", "aps", "wps", "adc", "tds", "acting", "cst", "const"}

// traits collects the words of the labels.
func (x *labels) traits() map[string]trait {
	out := map[string]trait{}
	for w := range x.notNames.phrases {
		out[w] |= traitNotName
	}
	for w := range x.roles.longest {
		out[w] |= traitRole
	}
	for w := range x.fields.longest {
		out[w] |= traitField
	}
	for w := range childNouns {
		out[w] |= traitChild
	}
	for w := range numberWords {
		out[w] |= traitCount
	}
	for w := range x.cues.byHead {
		if !strings.HasSuffix(w, "*") {
			out[w] |= traitRemark
		}
	}
	for _, list := range []struct {
		words []string
		t     trait
	}{{grownWords, traitGrown}, {pronouns, traitPronoun}, {minorWords, traitMinor}, {ranks, traitRank}, {whereWords, traitWhere}, {withWords, traitWith},
		{gradeWords, traitGrade}, {[]string{"lowest", "bottom", "highest", "top", "middle", "graded", "grading", "tier", "info", "information"}, traitGrade}, {[]string{"aged", "age", "approx", "approximately", "apx", "circa", "about", "around", "c", "looks", "roughly"}, traitAge}, {[]string{"s46", "s", "section", "police"}, traitPower}} {
		for _, w := range list.words {
			out[w] |= list.t
		}
	}
	return out
}

// traitOf is a word's traits. A possessive or the first part of a hyphenated
// word counts as the word itself where it names kin.
func (x *labels) traitOf(w string) trait {
	t := x.vocab[w]
	if x.cues.opens(w) {
		t |= traitRemark
	}
	for i := 0; i < len(w); i++ {
		switch {
		case w[i] == '\'' || strings.HasPrefix(w[i:], "’"):
			t |= x.vocab[w[:i]] & (traitChild | traitRole | traitNotName)
			return t | x.vocab[string(appendFolded(nil, w))]&(traitRole|traitField)
		case w[i] == '-' && i > 0:
			return t | x.vocab[w[:i]]&(traitRole|traitField|traitGrade)
		}
	}
	return t
}

// is tells whether piece i has one of the traits.
func (p *page) is(i int, t trait) bool {
	return i >= 0 && i < len(p.pieces) && p.pieces[i].trait&t != 0
}
