package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// Parts that are sealed as a whole inside a commit.

// EncodePerson returns a person's bytes. It refuses what EncodeCommit refuses.
func EncodePerson(p *triage.Person) ([]byte, error) { return write(p, (*encoder).person) }

// DecodePerson reads a person from EncodePerson's bytes and accepts no others.
func DecodePerson(b []byte) (*triage.Person, error) {
	return read(b, &pb.Person{}, byPointer((*decoder).person), (*encoder).person)
}

// EncodeCaseRow returns the bytes of a row of the case list. It refuses what
// EncodeCommit refuses.
func EncodeCaseRow(r *triage.CaseRow) ([]byte, error) { return write(r, (*encoder).caseRow) }

// DecodeCaseRow reads a row from EncodeCaseRow's bytes and accepts no others.
func DecodeCaseRow(b []byte) (*triage.CaseRow, error) {
	return read(b, &pb.CaseListRow{}, byPointer((*decoder).caseRow), (*encoder).caseRow)
}

// byPointer is a decoding of a part as read wants it.
func byPointer[N, M any](from func(*decoder, M) N) func(*decoder, M) *N {
	return func(d *decoder, m M) *N {
		n := from(d, m)
		return &n
	}
}
