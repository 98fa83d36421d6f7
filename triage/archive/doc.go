// Package archive keeps the second copy of a stream of the log: every message
// by its sequence, in files that this package alone writes and that anybody
// can read with the description below. It is the export format too.
//
// In go messages in the order of their sequences, without a gap; out come the
// same, each proved by its hash. What Sync has returned for is on the disk. The
// package never looks into a message, never changes or deletes a record that
// counts, and never touches a network.
//
// # A folder
//
// One folder holds one stream. All numbers are big-endian and unsigned, offsets
// and lengths in bytes.
//
//	stream                    which stream this is
//	lock                      held by the one writer (flock), empty
//	00000000000000000001.seg  a segment: records from that sequence on
//	00000000000000000001.idx  its index
//
// A segment is named by its first sequence, twenty digits, and a new one begins
// when 64 MB are reached. A name ending in .tmp is a file not finished and means
// nothing.
//
// stream is text, three lines ending in LF:
//
//	ppn-archive 1
//	<identity of the stream>
//	<SHA-256 of the two lines above with their LF, lower-case hex>
//
// # A segment
//
//	  0   8  "PPNSEG1" LF
//	  8  32  SHA-256 of the stream's identity
//	 40   8  sequence of the first record
//	 48  32  SHA-256 of bytes 0 to 47 followed by bytes 80 to 111
//	 80  32  hash of the last record before this segment, zeros if there is none
//	112      records
//
// # A record
//
//	 0   4  "PPNr"
//	 4   8  sequence
//	12   8  time the stream stored it, ns since 1970-01-01 UTC, signed
//	20   4  length S of the subject
//	24   4  length H of the headers
//	28   4  length D of the data
//	32   S  subject
//	     H  headers: for each line its name and its value, each as a length
//	        (4) and the bytes; names in byte order, a name's values in theirs
//	     D  data, opaque
//	    32  hash: SHA-256 of the 32 bytes before this record (the hash of the
//	        record before it, or the end of the segment's head) followed by
//	        this record from its first byte to the end of its data
//
// So a record's hash stands for all records up to it: one that is changed,
// exchanged, taken out or put in breaks its own or the next one's.
//
// # An index
//
//	 0   8  "PPNIDX1" LF
//	 8   8  sequence of the first record
//	16      for each record: 8 bytes offset of its end in the segment, and the
//	        first 8 bytes of its hash
//
// Entries stand at multiples of 16, so none straddles a sector of the disk. The
// index is written after the segment has been synced, so a record counts if its
// index entry has been begun; one that is cut off or zeros is written again when
// the archive is opened for writing, from the record. What the segment holds beyond that is a
// write that was cut off: Open takes it away. A record that counts and is not
// whole is never taken away but a CorruptError.
package archive
