// Package link decides who a child is and which incident a notice is about.
//
// In come what a notice says (a triage.Entry) and the records of earlier items
// that share a blocking key with it; out go a Verdict (a new item, or which
// item the notice joins, with the evidence), links to earlier items, children
// merged over the notices of an item, and the keys under which an item is
// found again. People are compared after Fellegi and Sunter ("A Theory for
// Record Linkage", 1969): each comparison adds log2(m/u) bits, names by how
// rare they are, and a waterfall of the steps explains every pair.
//
// Weights, thresholds and name customs are data (deploy/rules/link.yaml and
// names.yaml). What no weight may override is in guard.go: the forename is part
// of identity, another date of birth is another child, a placeholder is nobody.
// When in doubt two are kept apart: a wrong join hides a child, a missed one
// costs minutes.
//
// The package never touches a network, a disk, a clock or a log, never uses a
// person's sex, ethnicity or religion, and never joins what a person rejected.
package link
