package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
)

// The streams of an export, as folders in the archive's format, and what was
// signed of them. A daemon's own archive of a front door is the same without
// the views and without signatures.
const (
	noticesDir = "notices"
	commitsDir = "commits"
	viewsDir   = "reads" // who viewed what

	checkpointFile     = "checkpoint"
	viewCheckpointFile = "checkpoint-reads"
	keyFile            = "key.pub"
)

var (
	foldersOfExport = []string{commitsDir, noticesDir, viewsDir}
	filesOfExport   = []string{checkpointFile, viewCheckpointFile, keyFile, archive.KeysName}
)

// checkNames refuses what does not belong to an export.
func checkNames(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && slices.Contains(foldersOfExport, e.Name()) || e.Type().IsRegular() && slices.Contains(filesOfExport, e.Name()) {
			continue
		}
		return fmt.Errorf("%s does not belong to an export: %w", e.Name(), triage.ErrChain)
	}
	return nil
}

// openStream opens one stream of an export. That its records are whole shows
// when they are read.
func openStream(folder, stream string) (*archive.Archive, error) {
	a, err := archive.OpenReadOnly(filepath.Join(folder, stream), "")
	if err == nil {
		err = a.Exact()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", stream, err)
	}
	return a, nil
}

// progress shows how far a long run is: a line that is written again on a
// terminal, nothing elsewhere.
type progress struct {
	out   io.Writer
	what  string
	total uint64
	shown time.Time
}

func (p *progress) at(n uint64) {
	f, ok := p.out.(*os.File)
	if !ok || !isTerminal(f) || time.Since(p.shown) < 100*time.Millisecond && n < p.total {
		return
	}
	p.shown = time.Now()
	const width = 30
	full := int(width * n / max(p.total, 1))
	fmt.Fprintf(f, "\r%-8s [%-*s] %d of %d", p.what, width, bars[:full], n, p.total)
}

const bars = "##############################"

func (p *progress) end() {
	if !p.shown.IsZero() {
		fmt.Fprintln(p.out)
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
