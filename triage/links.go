package triage

import (
	"fmt"
	"slices"
)

// link adds a tie to an earlier item or takes in what another notice says of
// it; a link of no kind says that nothing ties the two any more. What a person
// said of a tie stays.
func (i *Item) link(l Link) {
	if l.Kind == LinkUnknown {
		i.Links = slices.DeleteFunc(i.Links, func(o Link) bool { return o.To == l.To && len(o.Notices) > 0 })
		return
	}
	at := slices.IndexFunc(i.Links, func(o Link) bool { return o.To == l.To && o.Child == l.Child && o.Kind == l.Kind })
	if at < 0 {
		i.Links = append(i.Links, l)
		return
	}
	old := i.Links[at]
	l.Confirmed, l.Rejected = (old.Confirmed || l.Confirmed) && !old.Rejected, old.Rejected || l.Rejected
	switch {
	case len(old.Notices) == 0:
		l.Notices = nil
	case len(l.Notices) > 0:
		l.Notices = slices.Compact(slices.Sorted(slices.Values(slices.Concat(old.Notices, l.Notices))))
	}
	i.Links[at] = l
}

// unlink drops the links that only these notices gave.
func (i *Item) unlink(gone []NoticeID) {
	stands := func(n NoticeID) bool {
		return !slices.Contains(gone, n) || slices.ContainsFunc(i.Entries, func(e Entry) bool { return e.Notice == n && !e.Struck })
	}
	var kept []Link
	for _, l := range i.Links {
		var by []NoticeID
		for _, n := range l.Notices {
			if stands(n) {
				by = append(by, n)
			}
		}
		if len(by) > 0 || len(l.Notices) == 0 {
			l.Notices = by
			kept = append(kept, l)
		}
	}
	i.Links = kept
}

// judge notes a person's word on a link: no notice gives it or takes it any
// more.
func (i *Item) judge(c *Commit, e LinkJudged) error {
	meant := func(l Link) bool { return l.To == e.To && (e.Child == "" || l.Child == e.Child) }
	if !slices.ContainsFunc(i.Links, meant) {
		return fmt.Errorf("%w: no such link", ErrNotFound)
	}
	if e.Reason == "" {
		return refuse("a judgement on a link needs a reason")
	}
	if err := i.free(c); err != nil {
		return err
	}
	for n := range i.Links {
		if l := &i.Links[n]; meant(*l) {
			l.Confirmed, l.Rejected, l.Notices = e.Confirmed, !e.Confirmed, nil
		}
	}
	if !e.Confirmed {
		i.anew()
	}
	return nil
}
