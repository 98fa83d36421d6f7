package main

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// seen is a file of the watched folder as it was found.
type seen struct {
	size int64
	at   time.Time
}

// watch pushes what arrives in a folder until ctx ends. A file is taken when it
// is the same in two looks, one after the other: it may still be written.
func (p *pusher) watch(ctx context.Context, dir string) {
	before, done := map[string]seen{}, map[string]seen{}
	tick := time.NewTicker(p.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		now := p.look(dir)
		for _, path := range slices.Sorted(maps.Keys(now)) {
			if s := now[path]; s == before[path] && s != done[path] && ctx.Err() == nil {
				for m, err := range mails(path, nil) {
					p.give(ctx, m, err)
				}
				done[path] = s
			}
		}
		before = now
		if !p.NoReceipt {
			p.sweep(ctx)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
			p.again(ctx)
		}
	}
}

// again tries what could not be sent before: who watches does not give up.
func (p *pusher) again(ctx context.Context) {
	if len(p.spool.in(pending)) == 0 {
		return
	}
	if p.stopped != nil {
		p.report.trouble(p.stopped)
	}
	p.stopped = nil
	p.resume(ctx)
}

// look lists the files of the folder that may be mails. Names that programs
// give to files in the making are left out.
func (p *pusher) look(dir string) map[string]seen {
	list := visible
	if isMaildir(dir) {
		list = maildir
	}
	paths, err := list(dir)
	if err != nil {
		p.report.trouble(err)
	}
	found := map[string]seen{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || info.Size() == 0 || strings.HasSuffix(path, ".tmp") || strings.HasSuffix(path, ".part") {
			continue
		}
		found[path] = seen{info.Size(), info.ModTime()}
	}
	return found
}
