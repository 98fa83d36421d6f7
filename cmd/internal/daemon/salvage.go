package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// salvage saves what a stream that is to be replaced holds and the archive does
// not.
type salvage struct {
	*restoring
	kind jet.Kind
	copy vault
	next uint64 // sequence that follows on in the archive

	asideDir string
	aside    *archive.Archive // nil until something is put aside
	putBy    uint64           // messages put aside
}

func (s *salvage) close() error {
	if s.aside == nil {
		return nil
	}
	a := s.aside
	s.aside = nil
	return a.Close()
}

// saveAll reads all of the old stream and syncs what it has saved. What an
// earlier try put aside is still in the stream.
func (s *salvage) saveAll(ctx context.Context) error {
	err := os.RemoveAll(s.asideDir)
	if err == nil {
		err = s.daemon.nats.Salvage(ctx, s.log, s.kind, 1, s.save)
	}
	if err == nil {
		err = s.copy.Sync()
	}
	if err == nil && s.aside != nil {
		err = s.aside.Sync()
	}
	if err != nil {
		return fmt.Errorf("save what the stream holds: %w", err)
	}
	s.say("%s: the archive reaches %d now; %d messages of the stream are put aside", s.kind, s.next-1, s.putBy)
	return nil
}

// save puts a message of the old stream where it belongs: nowhere if the archive
// has it, into the archive if it follows on, else aside.
func (s *salvage) save(identity string, r jet.Record) error {
	rec, held := archive.Record(r), s.copy.Last() // what was added now is not asked for again
	if rec.Seq <= held && rec.Seq >= s.copy.First() {
		had, err := s.copy.Read(rec.Seq)
		if err != nil || len(had.Data) == 0 || had.Equal(&rec) { // what was erased must not come in again
			return err
		}
	}
	if identity != s.copy.Identity() || rec.Seq <= held || s.kind == jet.Commits && rec.Seq != s.next {
		return s.putAside(rec)
	}
	if err := s.fillTo(rec.Seq, rec.Time); err != nil {
		return err
	}
	s.next++
	return s.copy.Append(rec)
}

// fillTo puts a word in the place of each mail before that sequence which
// neither copy has, so that the others keep their places.
func (s *salvage) fillTo(seq uint64, at time.Time) error {
	if s.next < seq {
		s.say("notices: the mails at %d to %d are in neither copy; a word stands in their place, ask the forces for what they sent up to %s",
			s.next, seq-1, at.Format(time.DateTime))
	}
	for ; s.next < seq; s.next++ {
		if err := s.copy.Append(lostMail(s.door, s.next, at)); err != nil {
			return err
		}
	}
	return nil
}

// fillUp fills the archive up to the last mail that was read: behind it the
// sequences of mails that come would be taken for read.
func (s *salvage) fillUp(through uint64) error {
	last, err := s.copy.Read(s.copy.Last())
	if err != nil {
		return err
	}
	return errors.Join(s.fillTo(through+1, last.Time), s.copy.Sync())
}

// lostMail stands for a mail that both copies have lost. If it was not read
// before, it goes into the queue, where a person sees it.
func lostMail(door string, seq uint64, at time.Time) archive.Record {
	return archive.Record{
		Seq: seq, Subject: "ppn.notice." + door + ".lost", Time: at,
		Data: []byte("From: triaged@council.example\r\nSubject: A mail of the police was lost\r\n\r\n" +
			"A police protection notice stood here. It was accepted, and both copies of it were lost.\r\nAsk the forces to send again what they sent about this time.\r\n"),
	}
}

// putAside keeps a message that does not follow on from the archive.
func (s *salvage) putAside(rec archive.Record) (err error) {
	if s.aside == nil {
		if s.aside, err = archive.Open(s.asideDir, s.copy.Identity()+" aside"); err != nil {
			return fmt.Errorf("put aside: %w", err)
		}
	}
	s.putBy++
	rec.Seq = s.putBy
	return s.aside.Append(rec)
}

// putBack hands the mails that were put aside in again, behind all others; also
// those that a try before this one put aside. Of commits none can be: they were
// made for another state.
func (s *salvage) putBack(ctx context.Context, b *jet.Rebuild, last uint64) error {
	if err := s.close(); err != nil || s.kind == jet.Commits {
		return err
	}
	if _, err := os.Stat(s.asideDir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	aside, err := archive.OpenReadOnly(s.asideDir, "")
	if err != nil {
		return err
	}
	err = aside.Scan(b.Next()-last, func(r archive.Record) error {
		r.Seq += last
		return b.Put(ctx, jet.Record(r))
	})
	if err == nil {
		s.say("notices: %d mails that stood where the archive has others are handed in again as %d to %d", aside.Last(), last+1, b.Next()-1)
	}
	return err
}

// settle does away with mails put aside, which are in the stream now, and gives
// commits put aside a name of their own.
func (s *salvage) settle() error {
	if s.kind == jet.Notices {
		return os.RemoveAll(s.asideDir)
	}
	if _, err := os.Stat(s.asideDir); err != nil {
		return nil
	}
	kept := s.asideDir + time.Now().UTC().Format("-20060102T150405Z")
	s.say("commits: those put aside are in %s: decisions that were made on them must be made again", filepath.Base(kept))
	return os.Rename(s.asideDir, kept)
}
