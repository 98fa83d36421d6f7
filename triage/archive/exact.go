package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
)

// Exact returns nil if the folder holds what counts and not a byte more: no
// other file, no write that was cut off. A CorruptError names what is too much.
// An archive that another program writes to may hold a write that is under way.
func (a *Archive) Exact() error {
	list, err := os.ReadDir(a.dir)
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	segs, live := a.snapshot(), a.live()
	names := []string{"stream", "lock"}
	for i := range segs {
		names = append(names, segs[i].segName(), segs[i].idxName())
	}
	for _, e := range list {
		ours := slices.Contains(names, e.Name()) || live && underWay.MatchString(e.Name())
		if !ours || !e.Type().IsRegular() {
			return &CorruptError{File: e.Name(), Why: "it does not belong to the archive"}
		}
	}
	if err := a.sized("lock", 0, 0); err != nil || live || len(segs) == 0 {
		return err
	}
	s := &segs[len(segs)-1]
	if s.torn > 0 {
		return &CorruptError{File: s.idxName(), Seq: s.next(), At: int64(indexHead + len(s.entries)), Why: cutIndex}
	}
	end := int64(segmentHead)
	if n := len(s.entries); n > 0 {
		end = int64(binary.BigEndian.Uint64(s.entries[n-entrySize:])) //nolint:gosec // compared with what is there
	}
	return a.sized(s.segName(), end, s.next())
}

// cutIndex says what is wrong with an index that ends inside an entry.
const cutIndex = "the index is cut off; opening the archive for writing mends it"

// underWay are the files that a writer may be making.
var underWay = regexp.MustCompile(`^(stream|\d{20}\.(seg|idx))(\.tmp)?$`)

// live tells whether another program writes to the archive.
func (a *Archive) live() bool {
	f, err := os.Open(filepath.Join(a.dir, "lock"))
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// sized refuses a file that is longer; one that is not there is not.
func (a *Archive) sized(name string, most int64, next uint64) error {
	info, err := os.Stat(filepath.Join(a.dir, name))
	if err == nil && info.Size() > most {
		return &CorruptError{File: name, Seq: next, At: most, Why: "there is something after what counts"}
	}
	return nil
}
