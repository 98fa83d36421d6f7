package main

import (
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// answer is what became of one notice, as a line of JSON.
type answer struct {
	File         string          `json:"file"`
	Kind         string          `json:"kind"`
	NoticeID     triage.NoticeID `json:"notice_id"`
	ItemID       triage.ItemID   `json:"item_id,omitempty"`
	Relation     string          `json:"relation,omitempty"`
	RepeatOf     []triage.ItemID `json:"repeat_of"`
	References   []string        `json:"references"`
	IncidentDate string          `json:"incident_date,omitempty"`
	Children     []child         `json:"children"`
	Band         string          `json:"band,omitempty"`
	Score        float64         `json:"score"`
	Factors      []factor        `json:"factors"`
	Quality      []string        `json:"quality"`
	Flags        []string        `json:"flags"`
	Due          *time.Time      `json:"due,omitempty"`
	Problems     []string        `json:"problems"`
}

type child struct {
	Name        string `json:"name"`
	DOB         string `json:"dob,omitempty"`
	Unborn      bool   `json:"unborn"`
	Placeholder bool   `json:"placeholder"`
}

type factor struct {
	Slug     string  `json:"slug"`
	Polarity string  `json:"polarity"`
	Time     string  `json:"time"`
	Holder   string  `json:"holder"`
	Weight   float64 `json:"weight"`
	Floor    string  `json:"floor,omitempty"`
	Quote    string  `json:"quote"`
	Start    int     `json:"start"`
	End      int     `json:"end"`
}

// answerOf is the item after its notice n. Band and score are the item's;
// factors, children and the rest are what this notice says.
func answerOf(file string, i *triage.Item, n int, rules *intake.Ruleset) answer {
	e := i.Entries[n]
	due := i.Due
	a := answer{
		File: file, Kind: "notice", NoticeID: e.Notice, ItemID: i.ID, Relation: e.Relation.String(),
		IncidentDate: e.Reading.IncidentDate, Band: i.Band().String(), Score: float64(i.Score.Points) / 100, Due: &due,
		Quality: e.Reading.Quality, Flags: flags(i, e),
	}
	for _, l := range i.Links {
		if l.Kind == triage.LinkChild && l.Confirmed && !l.Rejected && !slices.Contains(a.RepeatOf, l.To) {
			a.RepeatOf = append(a.RepeatOf, l.To)
		}
	}
	for _, r := range e.Reading.References {
		if r.Own && r.Kind != "log" {
			a.References = append(a.References, r.Raw)
		}
	}
	for _, k := range e.Reading.Children() {
		p := e.Reading.People[k]
		a.Children = append(a.Children, child{Name: p.Name, DOB: p.DOB, Unborn: p.Unborn, Placeholder: p.Placeholder})
	}
	for _, p := range e.Problems {
		a.Problems = append(a.Problems, p.Code)
	}
	a.Factors = factors(e, rules)
	return a.whole()
}

// whole puts an empty list where there is none: a reader of the lines adds
// lists up, and null is no list.
func (a answer) whole() answer {
	a.RepeatOf, a.References, a.Children, a.Factors = list(a.RepeatOf), list(a.References), list(a.Children), list(a.Factors)
	a.Quality, a.Flags, a.Problems = list(a.Quality), list(a.Flags), list(a.Problems)
	return a
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func flags(i *triage.Item, e triage.Entry) []string {
	all := slices.Concat(i.Score.Flags, e.Reading.Flags)
	if e.Relation == triage.RelationResend {
		all = slices.Concat(e.Reading.Flags, i.Flags)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// scoreAlone scores the notice alone: what it says, not what the item adds.
func scoreAlone(e triage.Entry, rules *intake.Ruleset) triage.Score {
	children := rules.Linker.Merge(nil, 0, e.Reading)
	return rules.Rules.Score(triage.Matter{Children: children, Entries: []triage.Entry{e}, At: e.Received})
}

// hitsAlone are the factors of the worst child, and those that only another
// child of the notice has.
func hitsAlone(e triage.Entry, rules *intake.Ruleset) []triage.Hit {
	hits := scoreAlone(e, rules).Hits
	children := rules.Linker.Merge(nil, 0, e.Reading)
	if len(children) < 2 {
		return hits
	}
	for _, c := range children {
		for _, h := range rules.Rules.Score(triage.Matter{Children: []triage.Child{c}, Entries: []triage.Entry{e}, At: e.Received}).Hits {
			known := slices.IndexFunc(hits, func(o triage.Hit) bool { return o.Slug == h.Slug })
			switch {
			case known < 0:
				hits = append(hits, h)
			case hits[known].Case == "" && h.Case != "":
				hits[known] = h
			}
		}
	}
	return hits
}

// factors lists what the notice says by itself.
func factors(e triage.Entry, rules *intake.Ruleset) (out []factor) {
	for _, h := range hitsAlone(e, rules) {
		f := factor{Slug: h.Slug, Weight: float64(h.Weight) / 100, Polarity: triage.Present.String(), Time: triage.Current.String()}
		if h.Floor != triage.BandUnknown {
			f.Floor = h.Floor.String()
		}
		if h.Fact >= 0 && h.Fact < len(e.Reading.Facts) {
			x := e.Reading.Facts[h.Fact]
			f.Polarity, f.Time, f.Holder = x.Polarity.String(), x.Time.String(), x.Holder.String()
			f.Quote, f.Start, f.End = x.Quote, x.Start, x.End
			if h.Case == "" && x.Counts() || x.Holder == triage.HolderOther {
				continue // seen, and no factor of this child's
			}
		}
		out = append(out, f)
	}
	return out
}
