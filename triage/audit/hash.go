package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// Hash is the hex SHA-256 of the ledger and of every item, in the order of
// their ids, as the log's encoding writes them. Two worlds have the same hash
// if and only if they are the same.
func (w *World) Hash() (string, error) {
	sum := sha256.New()
	add := func(b []byte, err error) error {
		if err == nil {
			_, err = sum.Write(append(binary.AppendUvarint(nil, uint64(len(b))), b...))
		}
		return err
	}
	if err := add(wire.EncodeLedger(w.Ledger())); err != nil {
		return "", fmt.Errorf("hash ledger: %w", err)
	}
	for _, i := range w.Items() {
		if err := add(wire.EncodeItem(i)); err != nil {
			return "", fmt.Errorf("hash item %s: %w", i.ID, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
