package letter

import (
	"strings"
	"unicode"
)

// stock are the words with which a mail is handed on. A line made of nothing
// else says nothing about a child.
var stock = wordSet(`
	fyi fao attn info information your for the a an to of on in by from this that these it is was were be been being has have had
	please pls plz see find read note attached attachment attachments below enclosed above following follows herewith hereby
	fw fwd forward forwarding forwarded forwards re resend resending resent send sending sent again once more second copy copies copied duplicate
	as at per i we you me us my our it's its just sorry apologies apology thanks thank ta cheers regards kind best many with and or but
	hi hello dear all team morning afternoon evening good sir madam colleague colleagues everyone everybody
	mail email e message msg ppn notice notices form report word pdf document doc file scan original earlier previous previously first last
	action attention awareness review consideration records record reference ref ifd front door desk hub mash inbox mailbox
	not no did didn't do don't does get got receive received receipt reply response answer answered acknowledged acknowledgement acknowledge confirm confirmation confirmed
	chasing chase chaser chased reminder follow following up any sure if case so yet still may might can could would will shall
	bounced bounce back undelivered failed delivery outbox stuck went gone through came come address wrong correct correctly properly
	today yesterday monday tuesday wednesday thursday friday saturday sunday weekend week am pm now`)

// greeting alone: what stands there is no covering line of somebody handing on.
func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// stockOnly tells whether text is made of stock words, the names in extra and
// nothing else.
func stockOnly(text string, extra map[string]bool) bool { return stockWords(words(text), extra) }

func stockWords(list []string, extra map[string]bool) bool {
	for _, w := range list {
		if !stock[w] && !extra[w] {
			return false
		}
	}
	return true
}

// words folds text to its words: letters and digits in lower case, an
// apostrophe within.
func words(text string) []string {
	return strings.FieldsFunc(fold(text), func(r rune) bool {
		return r != '\'' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// fold lowers the case and straightens the apostrophes.
func fold(text string) string {
	text = strings.ToLower(text)
	if strings.IndexByte(text, 0xE2) >= 0 { // the first byte of both
		text = strings.NewReplacer("‘", "'", "’", "'").Replace(text)
	}
	return text
}
