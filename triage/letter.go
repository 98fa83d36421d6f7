package triage

import "time"

// Letter is a mail made readable: one text with everything a person could
// read in it, and where each stretch of it came from. A Letter exists for any
// bytes; what could not be read is a Problem, never an error.
type Letter struct {
	MessageID string // without angle brackets; empty if the mail has none
	Subject   string // decoded
	From      string // address of the first From header, lower case, ".pnn." folded
	FromName  string // display name of the first From header, decoded
	To        []string
	Date      time.Time // Date header; zero if missing or unreadable
	Received  time.Time // topmost Received header; zero if missing or unreadable
	Auth      []string  // Authentication-Results headers, as they came

	Kind LetterKind
	Why  string // the header or status sign that decided a Kind other than LetterNotice

	// Text is valid UTF-8 with \n line ends. Its first line is the subject.
	// Cells of a table row are joined by a tab; a form field of a PDF or DOCX
	// is a line "name\tvalue". Facts point into Text by byte offsets.
	Text     string
	Sections []Section // in order of Start; together they cover Text

	Recalls []string // of a recall: Message-IDs of the mails it may be of, the likeliest first

	Attachments []Attachment
	Problems    []Problem
	ContentHash string // hex SHA-256 of what a resend keeps: text without quoting, footers and blanks, and the attachments
}

// LetterKind tells a notice from the automatic mails. Anything that is not
// surely automatic (RFC 3834, RFC 3464, RFC 8098) is a notice.
type LetterKind uint8

// The kinds of letter.
const (
	LetterUnknown LetterKind = iota
	LetterNotice
	LetterBounce
	LetterAutoReply
	LetterReceipt
	LetterRecall
	LetterCanary // the service's own: it shows that mails come through
)

// Section is a stretch Text[Start:End] and the place in the mail it came from.
type Section struct {
	Kind       SectionKind
	Start, End int
	Source     string // "subject", "body", "html", or the attachment's number as "attachment 1"
}

// SectionKind says how a stretch of text is to be read.
type SectionKind uint8

// The kinds of section. Facts are read from all but disclaimers and
// signatures; people and references only from what the sender wrote himself.
const (
	SectionUnknown SectionKind = iota
	SectionSubject
	SectionBody
	SectionTable      // rows of a table, cells joined by tabs
	SectionForm       // form fields, "name\tvalue"
	SectionForwarded  // the text of a forwarded mail
	SectionQuoted     // an earlier mail quoted in a reply
	SectionSignature  // sender's name block
	SectionDisclaimer // legal footer, force boilerplate
	SectionHidden     // text that a mail program would not show
)

// Attachment is one attached file.
type Attachment struct {
	Name   string // may hold personal data: never logged
	Type   string // media type as found, not as declared
	Size   int    // decoded bytes
	SHA256 string // hex, of the decoded bytes
	Read   bool   // its text is in Letter.Text
}

// Problem is trouble met while reading a mail.
type Problem struct {
	Code   string // stable slug, e.g. "encrypted_attachment"
	Detail string // for a person; never holds text of the mail
	Severe bool   // text was or may be lost: the notice needs a person's eyes
}

// Lost tells whether text of the letter was or may be lost.
func (l *Letter) Lost() bool {
	for _, p := range l.Problems {
		if p.Severe {
			return true
		}
	}
	return false
}
