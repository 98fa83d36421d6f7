package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/duty"
)

// marksFile keeps the high-water marks of a front door's streams in the data
// folder. The archive is a mark of its own.
type marksFile struct {
	path    string
	archive map[string]*archive.Archive // by name of the stream
}

// Load reads the marks of the file and of the archive.
func (m marksFile) Load() (marks []duty.Mark, _ error) {
	b, err := os.ReadFile(m.path)
	if err == nil {
		err = json.Unmarshal(b, &marks)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", m.path, err)
	}
	for stream, a := range m.archive {
		if a.Last() > 0 {
			marks = append(marks, duty.Mark{Stream: stream, ID: a.Identity(), Last: a.Last()})
		}
	}
	return marks, nil
}

// Save writes the marks so that a power cut leaves the old ones or the new.
func (m marksFile) Save(marks []duty.Mark) error {
	b, err := json.Marshal(marks)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(m.path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(m.path+".tmp", m.path)
}

func (d *Daemon) marksPath(frontDoor string) string {
	return filepath.Join(d.cfg.Data, "marks-"+frontDoor+".json")
}

// seenBefore tells whether this daemon knows the front door's streams: then
// they are there, or were lost, and are never made anew.
func (d *Daemon) seenBefore(frontDoor string) (bool, error) {
	marks, err := marksFile{path: d.marksPath(frontDoor)}.Load()
	return len(marks) > 0, err
}

// openMarks checks the streams against what they were.
func (d *Daemon) openMarks(ctx context.Context, dr *door) error {
	file := marksFile{path: d.marksPath(dr.name), archive: map[string]*archive.Archive{}}
	if d.cfg.Role != "api" {
		file.archive[dr.log.NoticesName()], file.archive[dr.log.CommitsName()] = dr.noticeCopy.now().Archive, dr.commitCopy.now().Archive
	}
	dr.marks = &duty.HighWater{Marks: file, Ends: func(ctx context.Context) ([]duty.Mark, error) {
		e, err := dr.log.End(ctx)
		if err != nil {
			return nil, err
		}
		return []duty.Mark{
			{Stream: e.Notices.Stream, ID: e.Notices.ID, Last: e.Notices.Last},
			{Stream: e.Commits.Stream, ID: e.Commits.ID, Last: e.Commits.Last},
		}, nil
	}}
	return dr.marks.Open(ctx)
}
