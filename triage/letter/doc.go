// Package letter makes the bytes of a mail readable.
//
// In come the bytes as they were received, of any kind; out goes a
// triage.Letter: one text with everything a person could read in the mail,
// where each stretch of it came from, and Problems for what could not be read.
// Reading is total: it refuses nothing, returns no error and does not panic.
// The package never touches a network, a disk, a clock or a log.
//
// # How a mail is read
//
// The header block is split into fields (header.go), the body into parts by a
// walker of our own (walk.go) behind the guard of limits.go. Each part becomes
// lines (plain.go, html.go, docx.go, …), and segment.go says of each line
// whether the sender wrote it, forwarded it, quoted it, or whether it is his
// signature or a legal footer. Where a mail can be read in two ways, union.go
// adds to the first reading what only the second says: nothing that is added
// to a mail can take words away from its text.
//
// # What is promised
//
// Letter.Text is valid UTF-8, its sections cover it in order, and its first
// line is the subject. Tabs stand between the cells of a table and between name
// and value of a form field. What was or may be lost is a severe Problem; all
// codes and what they mean are in problem.go. A mail that says nothing, that is
// cut off, locked, scanned or past the limits has one.
//
// # PDF
//
// A PDF can hang any reader. Reader.PDF is therefore a function: a daemon
// passes one that runs PDF in a child process with limits and kills it. Read
// calls PDF directly and is meant for tests and offline tools.
package letter
