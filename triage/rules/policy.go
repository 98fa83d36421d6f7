package rules

import "github.com/ppn-triage/ppn-triage/triage"

// policy is policy.yaml, checked and compiled. Points are hundredths.
type policy struct {
	title  string
	source string
	cut    map[triage.Band]int // points from which a score alone gives the band
	lift   triage.Band         // how far history and quality points may lift

	others   int // per cent of the weight that every row but the highest adds
	cap      int
	historic reduction
	adult    int // months of age from which nobody is a child

	anyHolder map[string]bool // facts about the situation, whoever holds them
	defines   map[string]*cond
	paths     map[string]path
	rules     []*rule // in the order of evaluation: a rule after those it asks for
	order     []*rule // as written

	interaction interaction
	vulnerable  []group
	history     historyRules
	quality     qualityRules
	nothingRead net
	manualRead  net
	restricted  []string // facts that make an item restricted whatever they score
}

// reduction is what is left of a historic row.
type reduction struct {
	share  int // per cent
	cap    int
	closed triage.Band // floor of a kept row that was dealt with
}

// rule is one factor: a row of the policy's table.
type rule struct {
	id, title, source string
	cin               string
	cinIf             []cinCase
	harm              bool
	dagger            *cond // historic keeps weight and floor while true, unless closed
	though            bool  // historic keeps weight and floor always
	restricted        *cond
	unsafe            *cond
	tags              []string
	on                []string
	only              *cond // "for": the facts and children that the rule is about
	cases             []*ruleCase
	tops              []string // rules and tags that must be known before
	at                at
}

// cinCase is another factor code where its condition holds.
type cinCase struct {
	when *cond
	cin  string
}

// ruleCase is one value of a rule.
type ruleCase struct {
	id     string
	when   *cond
	floor  triage.Band
	weight int
	fires  *trial
	near   *trial
	at     at
}

// interaction adds points where several circumstances come together.
type interaction struct {
	circumstances [][]string // each met by any of its rules
	points        map[int]int
}

// group is one kind of vulnerability: the first case that fits counts.
type group struct {
	name  string
	cases []pointCase
}

type pointCase struct {
	id     string
	when   *cond
	points int
}

// historyRules say what earlier incidents add.
type historyRules struct {
	ownRow  map[string]bool // incidents of these rules alone count in their own row only
	silent  map[string]bool // rules that make no incident
	steps   []step
	pattern pattern
	third   third
	closed  []closure
}

type step struct {
	id     string
	count  int // incidents within the window, this one included
	within window
	points int
	floor  triage.Band
}

// pattern is the lower floor of incidents that are all of a lesser kind.
type pattern struct {
	rules map[string]bool
	floor triage.Band
	flag  string
}

// third is the third-incident rule.
type third struct {
	count  int
	within window
	harm   int         // incidents with an H row, this one included
	own    triage.Band // own band, by a floor
	floor  triage.Band
}

type closure struct {
	within window
	points int
}

type qualityRules struct {
	each, cap  int
	essentials []pointCase
}

// net is a floor for what could not be read or understood.
type net struct {
	floor  triage.Band
	flag   string
	except map[string]bool // facts that do not show that a notice was understood
}

// bands are the words of the rules file.
var bands = map[string]triage.Band{"RED": triage.Red, "AMBER": triage.Amber, "GREEN": triage.Green, "BLUE": triage.Blue, "none": triage.BandUnknown}

// cutBand is the band that points alone give.
func (p *policy) cutBand(points int) triage.Band {
	for _, b := range []triage.Band{triage.Red, triage.Amber, triage.Green} {
		if points >= p.cut[b] {
			return b
		}
	}
	return triage.Blue
}
