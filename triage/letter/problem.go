package letter

import "github.com/ppn-triage/ppn-triage/triage"

// The codes of triage.Problem. They are stable: the log keeps them, policy and
// metrics name them. Their meaning is in meanings.
const (
	CodeNotAMail       = "not_a_mail"
	CodeNoText         = "no_text"
	CodeTruncated      = "truncated"
	CodeTooLarge       = "too_large"
	CodeHeaderLimit    = "header_limit"
	CodeTooDeep        = "too_deep"
	CodeTooManyParts   = "too_many_parts"
	CodeDecodedLimit   = "decoded_limit"
	CodeTextLimit      = "text_limit"
	CodeBoundary       = "boundary_missing"
	CodeBoundaryEnd    = "boundary_unclosed"
	CodeHeaderBroken   = "header_broken"
	CodeHeaderDoubled  = "header_doubled"
	CodeFromDoubled    = "from_doubled"
	CodeTwoReadings    = "two_readings"
	CodeCharset        = "charset_wrong"
	CodeCharsetUnknown = "charset_unknown"
	CodeEncoding       = "encoding_wrong"
	CodeEncodingLost   = "encoding_broken"
	CodeInvisible      = "invisible_characters"
	CodeHidden         = "hidden_text"
	CodeEncrypted      = "encrypted_attachment"
	CodeEncryptedMail  = "encrypted_mail"
	CodePDFNoText      = "pdf_no_text"
	CodePDFUnread      = "pdf_unread"
	CodeImage          = "image_unread"
	CodeImageOnly      = "image_only"
	CodeUnread         = "attachment_unread"
	CodeBroken         = "attachment_broken"
	CodeExternal       = "attachment_elsewhere"
	CodePartial        = "partial_message"
	CodeArchive        = "archive_limit"
	CodeDeleted        = "deleted_text"
	CodeNested         = "archive_nested"
	CodeAutoIgnored    = "automatic_sign_ignored"
	CodePanic          = "reader_failed"
)

// meaning is what a code says to a person and whether text was or may be lost.
type meaning struct {
	detail string
	severe bool
}

// meanings is the one list of what can go wrong. A severe one makes the notice
// manual_read (policy.md: what cannot be read is AMBER at least).
var meanings = map[string]meaning{
	CodeNotAMail:       {"the bytes have no header of a mail", true},
	CodeNoText:         {"the mail has no text and no readable attachment", true},
	CodeTruncated:      {"the mail was cut off before it reached us", true},
	CodeTooLarge:       {"the mail is larger than the largest we read", true},
	CodeHeaderLimit:    {"a header is larger than the largest we read", true},
	CodeTooDeep:        {"parts are nested deeper than we read", true},
	CodeTooManyParts:   {"the mail has more parts than we read", true},
	CodeDecodedLimit:   {"the mail unpacks to more than we read", true},
	CodeTextLimit:      {"the text is longer than we keep", true},
	CodeBoundary:       {"the parts of the mail cannot be told apart: no boundary line", true},
	CodeBoundaryEnd:    {"the last boundary line is missing: the mail may have been cut off", false},
	CodeHeaderBroken:   {"a header line is no header line", false},
	CodeHeaderDoubled:  {"a header that may stand once stands twice with different values", false},
	CodeFromDoubled:    {"the mail names two senders", false},
	CodeTwoReadings:    {"the mail reads differently in two mail programs; both readings are kept", false},
	CodeCharset:        {"the declared character set is not the one used", false},
	CodeCharsetUnknown: {"the declared character set is not known", false},
	CodeEncoding:       {"the declared transfer encoding is not the one used", false},
	CodeEncodingLost:   {"the transfer encoding is broken: bytes are lost", true},
	CodeInvisible:      {"characters that cannot be seen were taken out of the text", false},
	CodeHidden:         {"the mail holds text that a mail program would not show", false},
	CodeEncrypted:      {"an attachment is locked with a password", true},
	CodeEncryptedMail:  {"the mail is encrypted", true},
	CodePDFNoText:      {"a PDF holds pages without text, as a scan does", true},
	CodePDFUnread:      {"a PDF cannot be read, or not wholly", true},
	CodeImage:          {"an image was not read", false},
	CodeImageOnly:      {"what the mail says may stand in an image only", true},
	CodeUnread:         {"an attachment is of a kind that is not read", true},
	CodeBroken:         {"an attachment is broken and was not read, or not wholly", true},
	CodeExternal:       {"an attachment is kept elsewhere and was not fetched", true},
	CodePartial:        {"the mail is one piece of a mail sent in pieces", true},
	CodeArchive:        {"an archive is larger than we unpack", true},
	CodeDeleted:        {"a document holds text that its author has deleted; it was not read", false},
	CodeNested:         {"an archive holds another archive, which was not opened", true},
	CodeAutoIgnored:    {"the header says automatic mail, but a notice is inside: read as a notice", false},
	CodePanic:          {"the reader failed on a part", true},
}

// problem notes trouble once per code and place. where is "" or a source as in
// triage.Section.Source; it holds no text of the mail.
func (r *reading) problem(code, where string) {
	m := meanings[code]
	p := triage.Problem{Code: code, Detail: m.detail, Severe: m.severe}
	if where != "" {
		p.Detail += " (" + where + ")"
	}
	for _, q := range r.letter.Problems {
		if q == p {
			return
		}
	}
	r.letter.Problems = append(r.letter.Problems, p)
}
