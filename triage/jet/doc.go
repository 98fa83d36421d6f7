// Package jet keeps the log in NATS JetStream: the notices as they came and
// the commits that say what became of them.
//
// In go mails and triage.Commit values, out come the same by position, always
// in order and without a gap. A place that cannot be read is an error, never
// skipped. Commits are encoded by a Codec that the caller gives.
//
// One front door owns five streams, which OpenLog makes if they are absent and
// refuses if a setting of theirs could lose or hide a notice:
//
//	PPN_NOTICES_<FD>  ppn.notice.<fd>.<force>      the mails, one message each
//	PPN_AUDIT_<FD>    ppn.audit.<fd>               the commits; never age
//	PPN_READS_<FD>    ppn.reads.<fd>               who viewed what
//	PPN_OUT_<FD>      ppn.out.<fd>.<to>.<kind>.<n> receipts, alerts; 30 days
//	                  ppn.feedback.<fd>.<force>    word to a force of its notices
//	PPN_KEYS_<FD>     ppn.keys.<fd>.<key>          wrapped data keys; can be deleted
//
// <FD> is the front door's name in capitals. A write is durable when its
// method returns without an error, provided that the server syncs always:
// VerifySync says whether it does.
//
// The package imports nats.go and is the only one that does. It never writes a
// log entry with text of a mail and never looks into a mail, except that
// Truncate finds the end of the header.
package jet
