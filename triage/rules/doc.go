// Package rules scores what notices say: rules files in, a triage.Score with
// every reason out. The rules are data (policy.yaml over the vocabulary of
// facts.yaml); this package knows how rows, shares, history and nets are
// added up, and none of their figures. It touches no network, disk, clock or
// log, and sees no name, sex, address or quote.
//
// # How a matter is scored
//
// Each child is scored for itself, over the union of all notices not struck.
// A rule (one factor, one row of the policy's table) looks at the facts it
// names; its cases run from grave to light and the first that fits a fact
// counts, of several facts the gravest. Absent and hypothetical facts and
// those of other people are shown with 0; historic ones weigh a share without
// floor, unless the rule keeps them. An item has the score of its worst child.
//
// # What a condition can ask
//
//	f.has('blow/punch|kick')  the fact looked at: slug, and any of these signs
//	f.current  f.closed       its time; historic and dealt with, without contact
//	c.under(5) c.under_months(18)  the child: the youngest that the fact's notice allows
//	c.unborn  c.age_known  c.disabled  c.status('looked_after')
//	n.has('weapon/used')      all notices: counted facts that concern the child
//	n.grade('medium')  n.dash('high')  n.ticks(14)  at least so high
//	e.has(…) e.grade(…) …     the same, of the fact's own notice alone
//	home.has('child_present') all notices: counted facts of any child of the item
//	home.under(5)  home.known_under_months(18)  home.born  home.unborn
//	row.hit('strangulation')  another rule counts for the child (or 'rule/case')
//	row.red('by_a_person')    a rule with this tag counts with floor RED
//	h.earlier('missing', 2, 90)  at least 2 earlier incidents with that rule in 90 days
//	q.has('no_address')       in quality: a finding of the notice
//
// They are joined with &&, || and !. There are no loops and no arithmetic, so
// cost is bounded by length; names defined under "define" cannot use one
// another. Rules are evaluated after those they ask for, in any order of the
// file.
//
// # Why joining never lowers
//
// A condition may not negate what all notices say (n, home, row, h), and of
// the fact's own notice (e) only the facts declared under "softening"; Load
// refuses anything else. So a further notice can make a condition true, never
// false. Ages, vulnerability, quality points and the safety net are taken at
// their highest over the notices for the same reason.
package rules
