package extract

import "unicode/utf8"

// minWrapped is the least length of a line that a mail program may have
// broken; shorter lines end their sentence.
const minWrapped = 50

// wrapSlack is the part of a line's length that people who break their lines
// by hand stay below the longest.
const wrapSlack = 8

// newline reads a line end. A line that was only wrapped goes on, any other
// ends the sentence; case plays no part in telling which.
func (s *scanner) newline() {
	nl := s.pos
	s.pos++
	for s.pos < s.end && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t' || s.text[s.pos] == '>') {
		s.pos++
	}
	wrapped := s.pos < s.end && s.text[s.pos] != '\n' && s.wraps(nl)
	s.line = s.pos
	if !wrapped {
		s.raise(brkLine)
	}
}

// wraps tells whether the line that ends at nl was broken because the next
// word did not fit.
func (s *scanner) wraps(nl int) bool {
	length := nl - s.line
	if length < minWrapped || s.label() {
		return false
	}
	first := s.pos
	for first < s.end && !isBlank(s.text[first]) && s.text[first] != '\n' {
		first++
	}
	longest := s.longest(nl)
	return length+1+first-s.pos > longest-longest/wrapSlack
}

// longest returns the length of the longest line of the block around the line
// end at nl, looking at most ten lines each way.
func (s *scanner) longest(nl int) int {
	longest, line := 0, nl
	for i, n := nl-1, 0; n < 10; i-- {
		if i >= 0 && s.text[i] != '\n' {
			continue
		}
		if line-i-1 == 0 {
			break
		}
		longest, line, n = max(longest, line-i-1), i, n+1
		if i < 0 {
			break
		}
	}
	start := nl + 1
	for i, n := start, 0; n < 10 && i <= s.end; i++ {
		if i < s.end && s.text[i] != '\n' {
			continue
		}
		if i == start {
			break
		}
		longest, start, n = max(longest, i-start), i+1, n+1
	}
	return longest
}

// label tells whether the line at pos begins with a label ("Outcome:"), a
// bullet, a number of a list or a tick box.
func (s *scanner) label() bool {
	c := s.text[s.pos]
	if c == '-' || c == '*' || c == '[' || c >= utf8.RuneSelf && foldRune(s.text[s.pos:s.end]) == 0 {
		return true
	}
	words := 0
	for i := s.pos; i < s.end && i < s.pos+40 && s.text[i] != '\n'; i++ {
		switch c := s.text[i]; {
		case c == ':' && (i+1 >= s.end || !isDigit(s.text[i+1])), c == '\t':
			return words <= 4
		case c == ' ':
			words++
			if i+2 < s.end && s.text[i+1] == ' ' && s.text[i+2] == ' ' {
				return true
			}
		case (c == ')' || c == '.') && i == s.pos+1 && isDigit(s.text[s.pos]):
			return true
		case c == '.' && i+2 < s.end && s.text[i+1] == '.' && s.text[i+2] == '.':
			return true
		}
	}
	return false
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool  { return isLetter(c) || isDigit(c) }
func isBlank(c byte) bool  { return c == ' ' || c == '\t' }

func isApostrophe(r string) bool { return r == "’" || r == "‘" || r == "ʼ" || r == "´" }

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// folded lists the letters of the Latin scripts of Europe under the plain one
// they are read as.
var folded = map[byte]string{
	'a': "àáâãäåāăąæ", 'c': "çćĉċč", 'd': "ďđð", 'e': "èéêëēĕėęě", 'g': "ĝğġģ", 'h': "ĥħ", 'i': "ìíîïĩīĭįı", 'j': "ĵ", 'k': "ķ",
	'l': "ĺļľŀł", 'n': "ñńņňŉ", 'o': "òóôõöøōŏőœ", 'r': "ŕŗř", 's': "śŝşšșß", 't': "ţťŧț", 'u': "ùúûüũūŭůűų", 'w': "ŵẁẃẅ", 'y': "ýÿŷỳ", 'z': "źżž",
	'A': "ÀÁÂÃÄÅĀĂĄÆ", 'C': "ÇĆĈĊČ", 'D': "ĎĐÐ", 'E': "ÈÉÊËĒĔĖĘĚ", 'G': "ĜĞĠĢ", 'H': "ĤĦ", 'I': "ÌÍÎÏĨĪĬĮİ", 'J': "Ĵ", 'K': "Ķ",
	'L': "ĹĻĽĿŁ", 'N': "ÑŃŅŇ", 'O': "ÒÓÔÕÖØŌŎŐŒ", 'R': "ŔŖŘ", 'S': "ŚŜŞŠȘẞ", 'T': "ŢŤŦȚ", 'U': "ÙÚÛÜŨŪŬŮŰŲ", 'W': "ŴẀẂẄ", 'Y': "ÝŶŸỲ", 'Z': "ŹŻŽ",
}

var foldedRunes = func() map[rune]byte {
	m := map[rune]byte{}
	for c, list := range folded {
		for _, r := range list {
			m[r] = c | 0x20
		}
	}
	return m
}()

// foldRune returns the plain letter the first rune of s is read as, '~' for a
// letter of another script, 0 for what is no letter.
func foldRune(s string) byte {
	r, _ := utf8.DecodeRuneInString(s)
	if c, ok := foldedRunes[r]; ok {
		return c
	}
	if r == 'ʼ' { // an apostrophe, though Unicode calls it a letter
		return 0
	}
	if r >= 0x250 && r < 0x2000 || r >= 0x3000 && r < 0xfff0 {
		return '~'
	}
	return 0
}
