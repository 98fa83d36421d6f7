package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/ppn-triage/ppn-triage/api/queueapi"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
)

// readsCmd lists who has opened what: the first opening of a notice by a
// person, which stands in the log, and every later view.
type readsCmd struct {
	Folder string    `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	By     string    `help:"Only what this person opened."`
	ID     string    `name:"id" help:"Only views of this item or notice."`
	Since  time.Time `help:"Only views from then on (RFC 3339)."`
	CSV    bool      `name:"csv" help:"As CSV (RFC 4180)."`
}

// opening is one look of somebody at something.
type opening struct {
	queueapi.View
	first bool // it stands in the log, and unlocked the decision
}

func (c *readsCmd) Run(out io.Writer) error {
	x, err := openExport(c.Folder, out)
	if err != nil {
		return err
	}
	all, err := x.openings()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(o opening) bool {
		return c.By != "" && o.By != c.By || c.ID != "" && o.ID != c.ID || o.At.Before(c.Since)
	})
	if c.CSV {
		return openingsCSV(out, all)
	}
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	fmt.Fprintln(w, "when\twho\trole\twhat\tid")
	for _, o := range all {
		fmt.Fprintln(w, cli.Plain(o.At.UTC().Format(time.RFC3339))+"\t"+cli.Plain(o.who())+"\t"+cli.Plain(o.Role)+"\t"+cli.Plain(o.seen())+"\t"+cli.Plain(o.ID))
	}
	return w.Flush()
}

func (o opening) who() string {
	if !o.Verified {
		return o.By + " (unverified)"
	}
	return o.By
}

func (o opening) seen() string {
	if o.first {
		return o.What + ", first look"
	}
	return o.What
}

func openingsCSV(out io.Writer, all []opening) error {
	rows := [][]string{{"when", "who", "verified", "role", "what", "first", "id"}}
	for _, o := range all {
		rows = append(rows, []string{o.At.UTC().Format(time.RFC3339Nano), o.By, fmt.Sprint(o.Verified), o.Role, o.What, fmt.Sprint(o.first), o.ID})
	}
	return csv.NewWriter(out).WriteAll(rows)
}

// openings are the first looks of the log and the views recorded beside it, by
// time.
func (x *export) openings() (all []opening, err error) {
	err = x.each(func(c *triage.Commit, _ archive.Record) error {
		for _, e := range c.Events {
			if o, ok := e.(triage.Opened); ok {
				all = append(all, opening{queueapi.View{
					At: c.At, By: c.Actor.Name, Role: c.Actor.Role, Verified: c.Actor.Verified, What: "notice", ID: string(o.Notice),
				}, true})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = x.eachView(func(v queueapi.View, _ archive.Record) error {
		all = append(all, opening{v, false})
		return nil
	})
	slices.SortStableFunc(all, func(a, b opening) int { return a.At.Compare(b.At) })
	return all, err
}

// eachView calls f with every view that the export holds. A daemon's archive
// holds none.
func (x *export) eachView(f func(queueapi.View, archive.Record) error) error {
	if _, err := os.Stat(filepath.Join(x.folder, viewsDir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	a, err := x.archiveOf(viewsDir)
	if err != nil {
		return err
	}
	return a.Scan(1, func(r archive.Record) error {
		v, err := decodeView(r.Data)
		if err != nil {
			return fmt.Errorf("view %d: %w", r.Seq, err)
		}
		return f(v, r)
	})
}

// decodeView reads what the service writes, and nothing else.
func decodeView(b []byte) (v queueapi.View, err error) {
	if err := json.Unmarshal(b, &v); err != nil {
		return v, errors.New("it is no view")
	}
	again, err := json.Marshal(v)
	if err == nil && !bytes.Equal(again, b) {
		err = errors.New("it is no view as the service writes it")
	}
	return v, err
}
