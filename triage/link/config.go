package link

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/goccy/go-yaml"
)

// Config holds the two data files of a Linker. Both are required.
type Config struct {
	Weights []byte // deploy/rules/link.yaml
	Names   []byte // deploy/rules/names.yaml
}

// Linker compares people and incidents. It is immutable and safe for
// concurrent use.
type Linker struct {
	bits   map[field]map[string]level
	prior  int
	same   int
	maybe  int
	guards bool
	inc    incidentRules
	lex    *lexicon
}

// weightsFile is link.yaml.
type weightsFile struct {
	Version  int                         `yaml:"version"`
	Prior    float64                     `yaml:"prior"`
	Same     float64                     `yaml:"same"`
	Possible float64                     `yaml:"possible"`
	Guards   bool                        `yaml:"guards"`
	Incident incidentRules               `yaml:"incident"`
	Levels   map[field]map[string]mValue `yaml:"levels"`
}

// mValue is one comparison level: how often it occurs among pairs that are one
// person (m) and among pairs that are not (u, or for names the share of the
// name times spread).
type mValue struct {
	M      float64 `yaml:"m"`
	U      float64 `yaml:"u"`
	Spread float64 `yaml:"spread"`
}

// incidentRules are the limits of policy.md, "Same, update, repeat".
type incidentRules struct {
	UpdateDays  int `yaml:"update_days"`
	DateSlack   int `yaml:"date_slack_days"`
	ChasedHours int `yaml:"chased_hours"`
	HoursApart  int `yaml:"hours_apart"`
	DueDays     int `yaml:"due_date_days"`
	BirthDays   int `yaml:"birth_days"`
	MaxPossible int `yaml:"max_possible"`
	HistoryDays int `yaml:"history_days"`
}

type field string

const (
	fieldPrior   field = "prior"
	fieldGiven   field = "given"
	fieldFamily  field = "family"
	fieldOrder   field = "order"
	fieldBorn    field = "born"
	fieldAddress field = "address"
	fieldParents field = "parents"
	fieldNHS     field = "nhs"
	fieldUPN     field = "upn"
	fieldContact field = "contact"
	fieldGuard   field = "guard"
	fieldUnborn  field = "unborn"
)

// agreements and disagreements are all levels there are: an agreement must
// weigh for the pair and a disagreement against it, else the file is refused.
var (
	agreements = map[field][]string{
		fieldGiven:   {"exact", "nickname", "sound", "near", "part", "weak"},
		fieldFamily:  {"exact", "ending", "sound", "near", "part"},
		fieldBorn:    {"equal", "swapped", "digit", "year", "age"},
		fieldAddress: {"same", "post", "town"},
		fieldParents: {"same", "near"},
		fieldNHS:     {"equal"},
		fieldUPN:     {"equal"},
		fieldContact: {"equal", "near"},
	}
	disagreements = map[field][]string{
		fieldGiven:   {"different"},
		fieldFamily:  {"different"},
		fieldOrder:   {"swapped"},
		fieldBorn:    {"off", "apart"},
		fieldAddress: {"different"},
		fieldParents: {"different"},
		fieldNHS:     {"different"},
		fieldUPN:     {"different"},
		fieldContact: {"different"},
	}
)

// level is a mValue made ready: bits in hundredths, of a name per share.
type level struct {
	bits    int
	m       float64
	spread  float64
	byShare bool
}

// New makes a Linker of the two files. An unknown, missing or contradictory
// value is an error that names it; every one found is reported.
func New(c Config) (*Linker, error) {
	var f weightsFile
	if err := decode("link.yaml", c.Weights, &f); err != nil {
		return nil, fmt.Errorf("read link weights: %w", err)
	}
	lex, err := newLexicon(c.Names)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	l := &Linker{
		bits: map[field]map[string]level{}, lex: lex, guards: f.Guards, inc: f.Incident,
		prior: hundredths(f.Prior), same: hundredths(f.Same), maybe: hundredths(f.Possible),
	}
	err = errors.Join(f.check(), l.setLevels(f.Levels, agreements, 1), l.setLevels(f.Levels, disagreements, -1), unknownLevels(f.Levels))
	if err != nil {
		return nil, fmt.Errorf("check link weights: %w", err)
	}
	return l, nil
}

// decode reads a YAML file strictly, and says in one line where it is wrong.
func decode(file string, data []byte, into any) error {
	err := yaml.UnmarshalWithOptions(data, into, yaml.Strict())
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", file, p.Line, p.Column, at.GetMessage())
	}
	return err
}

func (f *weightsFile) check() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if f.Version != 1 {
		fail("version is %d, want 1", f.Version)
	}
	if f.Same <= f.Possible {
		fail("same (%g) must be above possible (%g)", f.Same, f.Possible)
	}
	if f.Prior >= f.Possible {
		fail("prior (%g) must be below possible (%g): a pair of which nothing is known would link", f.Prior, f.Possible)
	}
	i := f.Incident
	for name, n := range map[string]int{
		"update_days": i.UpdateDays, "chased_hours": i.ChasedHours, "hours_apart": i.HoursApart, "due_date_days": i.DueDays,
		"birth_days": i.BirthDays, "max_possible": i.MaxPossible, "history_days": i.HistoryDays,
	} {
		if n <= 0 {
			fail("incident.%s is %d, must be above 0", name, n)
		}
	}
	if i.DateSlack < 0 {
		fail("incident.date_slack_days is %d, must not be negative", i.DateSlack)
	}
	slices.SortFunc(errs, func(a, b error) int { return compareText(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// setLevels takes the levels of one direction from the file.
func (l *Linker) setLevels(from map[field]map[string]mValue, want map[field][]string, sign int) error {
	var errs []error
	for _, f := range slices.Sorted(maps.Keys(want)) {
		for _, name := range want[f] {
			v, ok := from[f][name]
			if !ok {
				errs = append(errs, fmt.Errorf("levels.%s.%s is missing", f, name))
				continue
			}
			lv, err := v.level()
			if err == nil && !lv.byShare && lv.bits*sign < 0 {
				err = fmt.Errorf("m %g and u %g weigh the wrong way", v.M, v.U)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("levels.%s.%s: %w", f, name, err))
				continue
			}
			if l.bits[f] == nil {
				l.bits[f] = map[string]level{}
			}
			l.bits[f][name] = lv
		}
	}
	return errors.Join(errs...)
}

func (v mValue) level() (level, error) {
	switch {
	case v.M <= 0 || v.M > 1:
		return level{}, fmt.Errorf("m is %g, must be in (0, 1]", v.M)
	case v.U == 0 && v.Spread >= 1:
		return level{m: v.M, spread: v.Spread, byShare: true}, nil
	case v.Spread == 0 && v.U > 0 && v.U <= 1:
		return level{bits: hundredths(math.Log2(v.M / v.U))}, nil
	}
	return level{}, errors.New("needs either u in (0, 1] or spread of at least 1")
}

func unknownLevels(from map[field]map[string]mValue) error {
	var errs []error
	for _, f := range slices.Sorted(maps.Keys(from)) {
		for _, name := range slices.Sorted(maps.Keys(from[f])) {
			if !slices.Contains(agreements[f], name) && !slices.Contains(disagreements[f], name) {
				errs = append(errs, fmt.Errorf("levels.%s.%s is not a level", f, name))
			}
		}
	}
	return errors.Join(errs...)
}

// weight returns the hundredths of a bit that a level is worth, for a name of
// that share among all children.
func (l *Linker) weight(f field, name string, share float64) int {
	lv := l.bits[f][name]
	if !lv.byShare {
		return lv.bits
	}
	return hundredths(math.Log2(lv.m / math.Min(1, share*lv.spread)))
}

func hundredths(bits float64) int { return int(math.Round(bits * 100)) }
