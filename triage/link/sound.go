package link

import "strings"

// digraphs are spellings of one sound, longest first. They serve names of
// English, South Asian and Slavic origin alike; Soundex is built for English
// surnames and merges far too much (domain.md 5.1).
var digraphs = strings.NewReplacer(
	"sch", "x", "tch", "x", "sz", "x", "cz", "x", "sh", "x", "chr", "kr", "chl", "kl", "ch", "x",
	"ph", "f", "kh", "k", "gh", "g", "dh", "d", "bh", "b", "th", "t", "rz", "z", "ck", "k", "qu", "kw", "wh", "w",
	"ce", "se", "ci", "si", "cy", "sy", "c", "k", "q", "k", "x", "ks", "w", "v",
	"aa", "a", "ah", "a", "ee", "i", "ea", "i", "ie", "i", "ei", "i", "ey", "i", "ye", "i", "yy", "i", "ii", "i", "oo", "u", "ou", "u",
	"y", "i", "e", "i", "o", "u", "j", "j",
)

// sound returns how a folded token sounds, vowels coarsened to a, i and u, and
// double letters made single: Haris and Harris, Ayesha and Aisha, but not Hina
// and Hana.
func sound(token string) string {
	s := squeeze(digraphs.Replace(token))
	s = squeeze(strings.ReplaceAll(s, "h", ""))
	if strings.HasPrefix(token, "h") {
		s = "h" + s
	}
	if len(s) > 3 && strings.HasSuffix(s, "i") && strings.HasSuffix(token, "e") {
		s = s[:len(s)-1] // a silent e
	}
	return s
}

// skeleton is a sound's consonants with its first letter, for blocking.
func skeleton(token string) string {
	s := sound(token)
	if len(s) <= 3 {
		return s
	}
	return s[:1] + strings.Map(func(r rune) rune {
		if strings.ContainsRune("aiu", r) {
			return -1
		}
		return r
	}, s[1:])
}

func squeeze(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// maxToken is the longest text, in bytes, that edits and alike look into.
const maxToken = 63

// edits returns the number of edits between two strings, an exchange of two
// neighbours counting as one (optimal string alignment), or limit+1 if more.
func edits(a, b string, limit int) int {
	if a == b {
		return 0
	}
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	if len(a) > maxToken || len(b) > maxToken {
		return limit + 1
	}
	if a, b = middles(a, b); limit == 1 && len(a) > 2 { // one slip leaves no more of the longer one
		return 2
	}
	var rows [3][maxToken + 1]uint8
	for j := range len(b) + 1 {
		rows[0][j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		cur, prev, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		cur[0] = uint8(i)
		for j := 1; j <= len(b); j++ {
			cost := uint8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
	}
	return min(int(rows[len(a)%3][len(b)]), limit+1)
}

// middles cuts off what both begin with and what both end with; the longer one
// comes first. Most texts compared differ in all of it or in a letter.
func middles(a, b string) (string, string) {
	if len(a) < len(b) {
		a, b = b, a
	}
	for b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}

// exchanged tells whether b is a with two neighbouring letters exchanged: a
// slip of the keys, not another name, unless it is the last two (Christian and
// Christina).
func exchanged(a, b string) bool {
	if len(a) != len(b) || len(a) < 4 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+2 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// alike returns the similarity of Jaro and Winkler ("String Comparator Metrics
// and Enhanced Decision Rules", 1990) from 0 to 1.
func alike(a, b string) float64 {
	if a == b {
		return 1
	}
	if a == "" || b == "" || len(a) > maxToken || len(b) > maxToken {
		return 0
	}
	if len(a) > len(b) || len(a) == len(b) && a > b {
		a, b = b, a // greedy matching depends on the side it starts from
	}
	var usedA, usedB [maxToken + 1]bool
	reach := max(len(a), len(b))/2 - 1
	hits := 0
	for i := range len(a) {
		for j := max(0, i-reach); j < min(len(b), i+reach+1); j++ {
			if !usedB[j] && a[i] == b[j] {
				usedA[i], usedB[j] = true, true
				hits++
				break
			}
		}
	}
	if hits == 0 {
		return 0
	}
	moved, j := 0, 0
	for i := range len(a) {
		if !usedA[i] {
			continue
		}
		for !usedB[j] {
			j++
		}
		if a[i] != b[j] {
			moved++
		}
		j++
	}
	h := float64(hits)
	jaro := (h/float64(len(a)) + h/float64(len(b)) + (h-float64(moved)/2)/h) / 3
	prefix := 0
	for prefix < min(4, len(a)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}
