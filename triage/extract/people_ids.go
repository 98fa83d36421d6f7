package extract

import "strings"

// nhsIn finds a valid NHS number in s: ten digits, often 3-3-4, whose last is
// the check digit of the NHS Data Dictionary (weights 10 to 2, modulo 11).
func nhsIn(s string) string {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) || i > 0 && isAlnum(s[i-1]) {
			continue
		}
		var b []byte
		j := i
		for ; j < len(s) && len(b) < 11; j++ {
			if isDigit(s[j]) {
				b = append(b, s[j])
			} else if s[j] != ' ' && s[j] != '-' {
				break
			}
		}
		if len(b) == 10 && ValidNHS(string(b)) {
			return string(b)
		}
		i = j
	}
	return ""
}

// ValidNHS tells whether s is a ten-digit NHS number with the right check
// digit. It says nothing of whether the number was ever issued.
func ValidNHS(s string) bool {
	if len(s) != 10 {
		return false
	}
	sum := 0
	for i := range 10 {
		if !isDigit(s[i]) {
			return false
		}
		if i < 9 {
			sum += int(s[i]-'0') * (10 - i)
		}
	}
	check := (11 - sum%11) % 11
	return check != 10 && check == int(s[9]-'0')
}

// upnLetters are the check letters of the Unique Pupil Number in order of the
// remainder (DfE, CIN census rules 1510 to 1550).
const upnLetters = "ABCDEFGHJKLMNPQRTUVWXYZ"

// upnIn finds a valid UPN in s.
func upnIn(s string) string {
	for _, w := range strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return r > 0x7f || !isAlnum(byte(r)) }) {
		if ValidUPN(w) {
			return w
		}
	}
	return ""
}

// ValidUPN tells whether s is a Unique Pupil Number: check letter, eleven
// digits, and a last digit or letter other than I, O and S.
func ValidUPN(s string) bool {
	if len(s) != 13 {
		return false
	}
	sum := 0
	for i := 1; i < 13; i++ {
		v := int(s[i]) - '0'
		if !isDigit(s[i]) {
			if v = strings.IndexByte(upnLetters, s[i]); i < 12 || v < 0 {
				return false
			}
		}
		sum += v * (i + 1)
	}
	return upnLetters[sum%23] == s[0]
}
