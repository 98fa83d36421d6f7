package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// byPerson is what Item.Apply writes as the cue of a corrected fact.
const byPerson = "corrected by a person"

// reread reads every mail of the export again. A notice stays as it was read
// if its mail is gone, if it falls into other parts now, or if a person has
// corrected a fact of it: a person decides last.
func (x *whatIf) reread(folder string) error {
	a, err := archive.OpenReadOnly(filepath.Join(folder, noticesDir), "")
	if err != nil {
		return fmt.Errorf("read the mails again: %w", err)
	}
	read := map[uint64]*mailRead{}
	for _, i := range x.items {
		for n := range i.Entries {
			e := &i.Entries[n]
			m, ok := read[e.Seq]
			if !ok {
				if m, err = x.readMail(a, e.Seq); err != nil {
					return err
				}
				read[e.Seq] = m
			}
			x.replace(e, m)
		}
		x.merge(i)
	}
	return nil
}

// mailRead is a mail read again; nil if it is gone.
type mailRead struct {
	parts []triage.Reading
	lost  bool
	parse []triage.Problem
}

func (x *whatIf) readMail(a *archive.Archive, seq uint64) (*mailRead, error) {
	r, err := a.Read(seq)
	if errors.Is(err, triage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read notice %d again: %w", seq, err)
	}
	l := letter.Read(r.Data)
	return &mailRead{parts: x.rules.Reader.Read(&l), lost: l.Lost() || len(r.Header[jet.HeaderTruncated]) > 0, parse: l.Problems}, nil
}

func (x *whatIf) replace(e *triage.Entry, m *mailRead) {
	corrected := slices.ContainsFunc(e.Reading.Facts, func(f triage.Fact) bool { return f.Cue == byPerson })
	if m == nil || corrected || e.Part >= len(m.parts) {
		x.kept++
		return
	}
	x.again++
	r := m.parts[e.Part]
	r.Flags = append(slices.Clone(r.Flags), e.Reading.Flags...) // those that linking gave are among the old ones
	slices.Sort(r.Flags)
	r.Flags = slices.Compact(r.Flags)
	if r.Force == "" {
		r.Force = e.Reading.Force
	}
	e.Reading, e.Readable, e.Problems = r, !m.lost, m.parse
}

// merge makes the children anew from what was read; a child that was there
// keeps its status.
func (x *whatIf) merge(i *triage.Item) {
	was := i.Children
	i.Children = x.rules.Linker.Children(i.Entries)
	for n := range i.Children {
		c := &i.Children[n]
		for _, o := range was {
			if o.Person.Name == c.Person.Name && o.Person.DOB == c.Person.DOB && o.AsOf >= c.AsOf {
				c.Status, c.AsOf = o.Status, o.AsOf
			}
		}
	}
}
