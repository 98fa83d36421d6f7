package extract

import "unicode/utf8"

// token is one word, number or tick box of the letter's text.
type token struct {
	start, end int32 // bytes of the text
	word       int32 // node of the word tree; syms of it are the token's symbols
	brk        brk   // what stands between the token before and this one
	kind       tokenKind
	person     int16 // index in Reading.People plus one, 0 if no name
}

// brk is the strongest break between two tokens, in rising order.
type brk uint8

const (
	brkNone  brk = iota
	brkComma     // the phrase may go on over it inside a gap
	brkParen
	brkColon
	brkDash
	brkSemi
	brkTab  // next cell, or four blanks and more
	brkStop // from here on the sentence ends
	brkQuestion
	brkLine
)

// tokenKind tells words from what only looks like one.
type tokenKind uint8

const (
	tokenWord tokenKind = iota
	tokenNumber
	tokenDate
	tokenTick   // ☒ [x]
	tokenUntick // ☐ [ ]
	tokenDoubt  // a question mark in front of a word: "?fracture"
)

// scanner cuts one stretch of text into tokens. It folds as it goes: case,
// accents and apostrophes make no difference, so that a notice in capitals
// reads the same.
type scanner struct {
	words *wordTree
	text  string
	pos   int
	end   int
	line  int // start of the current line
	brk   brk
	out   []token
}

// scan appends the tokens of text[sp.start:sp.end] to out.
func scan(words *wordTree, text string, sp span, out []token) []token {
	s := scanner{words: words, text: text, pos: sp.start, end: sp.end, line: sp.start, brk: brkLine, out: out}
	for s.pos < s.end {
		c := s.text[s.pos]
		switch {
		case isLetter(c) || c >= utf8.RuneSelf && foldRune(s.text[s.pos:s.end]) != 0:
			s.word()
		case isDigit(c):
			s.number()
		default:
			s.mark(c)
		}
	}
	return s.out
}

func (s *scanner) emit(start int, word int32, kind tokenKind) {
	s.out = append(s.out, token{start: int32(start), end: int32(s.pos), word: word, brk: s.brk, kind: kind})
	s.brk = brkNone
}

func (s *scanner) raise(b brk) {
	if b > s.brk {
		s.brk = b
	}
}

// word reads letters and digits, apostrophes inside, and the slashed
// abbreviations of one letter each side ("M/O", "n/a").
func (s *scanner) word() {
	start, w := s.pos, s.words.begin()
	for s.pos < s.end {
		c := s.text[s.pos]
		if isLetter(c) || isDigit(c) {
			w.step(charClass(c))
			s.pos++
			continue
		}
		if c >= utf8.RuneSelf {
			n := runeLen(s.text[s.pos:s.end])
			if isApostrophe(s.text[s.pos : s.pos+n]) {
				if s.pos+n < s.end && isLetter(s.text[s.pos+n]) {
					s.pos += n
					continue
				}
				break
			}
			f := foldRune(s.text[s.pos:s.end])
			if f == 0 {
				break
			}
			w.step(charClass(f))
			s.pos += n
			continue
		}
		if (c == '\'' || c == '`') && s.pos+1 < s.end && isLetter(s.text[s.pos+1]) {
			s.pos++
			continue
		}
		if s.joined(start, c) {
			w.step(charClass(c))
			s.pos++
			continue
		}
		break
	}
	s.emit(start, w.end(), tokenWord)
}

// joined tells whether the slash at pos stands between two single letters.
func (s *scanner) joined(start int, c byte) bool {
	return c == '/' && s.pos-start == 1 && s.pos+1 < s.end && isLetter(s.text[s.pos+1]) &&
		(s.pos+2 >= s.end || !isAlnum(s.text[s.pos+2]))
}

// number reads digits, and as one token dates ("14/02/2020"), clock times
// ("20:15") and fractions of weeks or months ("6/52").
func (s *scanner) number() {
	start, parts := s.pos, 1
	for s.pos < s.end {
		c := s.text[s.pos]
		if isDigit(c) {
			s.pos++
			continue
		}
		if (c == '/' || c == '.' || c == '-' || c == ':' || c == ',') && s.pos+1 < s.end && isDigit(s.text[s.pos+1]) {
			parts++
			s.pos++
			continue
		}
		break
	}
	kind := tokenNumber
	if parts == 3 {
		kind = tokenDate
	}
	w := s.words.begin()
	for i := start; i < s.pos; i++ {
		w.step(charClass(s.text[i]))
	}
	s.emit(start, w.end(), kind)
}

// mark reads one sign that is neither letter nor digit.
func (s *scanner) mark(c byte) {
	if s.box() {
		return
	}
	switch c {
	case '\n':
		s.newline()
		return
	case '.':
		s.stop()
		return
	case ' ', '\t':
		s.blanks()
		return
	case '?':
		s.question()
		return
	case ',':
		s.raise(brkComma)
	case '(', ')', '[', ']', '{', '}':
		s.raise(brkParen)
	case ':', '=':
		s.raise(brkColon)
	case ';', '|':
		s.raise(brkSemi)
	case '!':
		s.raise(brkStop)
	case '/':
		if s.pos > 0 && s.text[s.pos-1] == '/' && (s.pos < 2 || isBlank(s.text[s.pos-2]) || s.text[s.pos-2] == '\n') {
			s.raise(brkStop) // "// SUSP LEFT": how telegrams part their sentences
		}
	case '-':
		if s.pos == 0 || s.pos+1 >= s.end || isBlank(s.text[s.pos-1]) || isBlank(s.text[s.pos+1]) {
			s.raise(brkDash)
		}
	}
	if c < utf8.RuneSelf {
		s.pos++
		return
	}
	s.sign()
}

// sign reads one sign beyond ASCII.
func (s *scanner) sign() {
	n := runeLen(s.text[s.pos:s.end])
	switch s.text[s.pos : s.pos+n] {
	case "–", "—", "→":
		s.raise(brkDash)
	case "•", "●", "▪", "…":
		s.raise(brkStop)
	case "\u00a0":
		// a blank
	}
	s.pos += n
}

// boxes are the tick boxes of forms, ticked or not.
var boxes = []struct {
	text string
	kind tokenKind
}{
	{"[ ]", tokenUntick}, {"[]", tokenUntick}, {"( )", tokenUntick}, {"[_]", tokenUntick},
	{"☐", tokenUntick}, {"□", tokenUntick}, {"◻", tokenUntick}, {"❑", tokenUntick}, {"❏", tokenUntick}, {"○", tokenUntick},
	{"[x]", tokenTick}, {"[X]", tokenTick}, {"(x)", tokenTick}, {"(X)", tokenTick}, {"[*]", tokenTick}, {"[/]", tokenTick},
	{"[✓]", tokenTick}, {"[✔]", tokenTick}, {"☑", tokenTick}, {"☒", tokenTick}, {"✓", tokenTick}, {"✔", tokenTick}, {"■", tokenTick}, {"⊠", tokenTick},
}

func (s *scanner) box() bool {
	c := s.text[s.pos]
	if c != '[' && c != '(' && c < utf8.RuneSelf {
		return false
	}
	rest := s.text[s.pos:s.end]
	for _, b := range boxes {
		if len(rest) >= len(b.text) && rest[:len(b.text)] == b.text {
			start := s.pos
			s.pos += len(b.text)
			s.raise(brkSemi)
			s.emit(start, 0, b.kind)
			return true
		}
	}
	return false
}

// question reads a question mark: doubt in front of a word ("?fracture"),
// else the end of a question.
func (s *scanner) question() {
	start := s.pos
	before := s.pos == 0 || isBlank(s.text[s.pos-1]) || s.text[s.pos-1] == '\n' || s.text[s.pos-1] == '('
	s.pos++
	if before && s.pos < s.end && isLetter(s.text[s.pos]) {
		s.emit(start, 0, tokenDoubt)
		return
	}
	s.raise(brkQuestion)
}

// wideBlank is how many blanks may stand inside a sentence (what is left of a
// line end); more of them part the cells of a table.
const wideBlank = 3

// answerNext tells whether all that is left of the line is one short word, as
// the answer of a form field is.
func (s *scanner) answerNext() bool {
	i := s.pos
	for i < s.end && isAlnum(s.text[i]) {
		i++
	}
	return i-s.pos <= 4 && (i >= s.end || s.text[i] == '\n' || s.text[i] == '\r')
}

// blanks reads blanks and tabs; four blanks or a tab inside a line part cells.
func (s *scanner) blanks() {
	start := s.pos
	tab := false
	for s.pos < s.end && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		tab = tab || s.text[s.pos] == '\t'
		s.pos++
	}
	switch {
	case start == s.line:
	case tab || s.pos-start > wideBlank || s.pos-start == wideBlank && s.answerNext():
		s.raise(brkTab)
	}
}

// stop reads a full stop or a leader of dots.
func (s *scanner) stop() {
	start := s.pos
	for s.pos < s.end && s.text[s.pos] == '.' {
		s.pos++
	}
	if s.pos-start >= 3 {
		s.raise(brkColon)
		return
	}
	if s.pos-start == 1 && s.abbreviation(start) {
		return
	}
	if s.pos < s.end && isLetter(s.text[s.pos]) && s.pos-start == 1 && !s.longWord(start) {
		return // "D.O.B", "s.47", an address on the net
	}
	if s.pos < s.end && isDigit(s.text[s.pos]) && s.letterBefore(start) {
		return
	}
	s.raise(brkStop)
}

func (s *scanner) letterBefore(dot int) bool { return dot > 0 && isLetter(s.text[dot-1]) }

// longWord tells whether the word before the dot and the one after have three
// letters or more: a full stop whose blank was forgotten.
func (s *scanner) longWord(dot int) bool {
	if len(s.out) == 0 || int(s.out[len(s.out)-1].end) != dot {
		return false
	}
	before := int(s.out[len(s.out)-1].end - s.out[len(s.out)-1].start)
	after := 0
	for i := dot + 1; i < s.end && isLetter(s.text[i]); i++ {
		after++
	}
	return before >= 3 && after >= 2
}

// abbreviation tells whether the dot ends a shortened word, after which the
// sentence goes on.
func (s *scanner) abbreviation(dot int) bool {
	if len(s.out) == 0 {
		return false
	}
	last := s.out[len(s.out)-1]
	if int(last.end) != dot {
		return false
	}
	if last.end-last.start == 1 && last.kind == tokenWord {
		return s.pos < s.end && (isLetter(s.text[s.pos]) || isDigit(s.text[s.pos]) || s.initial(dot))
	}
	return s.words.abbreviation(last.word)
}

// initial tells whether the single letter before the dot belongs to a row of
// them ("D. O. B.", "J. Smith").
func (s *scanner) initial(dot int) bool {
	if dot >= 2 && s.text[dot-2] == '.' && s.pos+1 < s.end && isDigit(s.text[s.pos+1]) {
		return true // "D.O.B. 14/02/2020"
	}
	return dot < 2 || !isAlnum(s.text[dot-2]) && s.text[dot-2] != '/' && s.pos+1 < s.end && isLetter(s.text[s.pos+1])
}
