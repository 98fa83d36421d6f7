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
// Blocking keys (Keys) bound the work: two records that share none are never
// compared, and no key is so common that it holds a crowd among a million
// children. A decided item without news for longer than history_days of link.yaml
// is as good as not there.
//
// What went wrong in other systems, and the test that holds it here:
//
//	1   one Message-ID, two mails (FreeScout #5591)        link TestTwoMailsOfOneMessageIDAreTwoItems
//	2   no Message-ID (FreeScout #311, #4740)              link TestMissingMessageIDJoinsNothing
//	3   one mail to two addresses (FreeScout #480)         link TestOneMailToTwoAddressesIsOneItem
//	4   two workers at one mail (FreeScout #3186, #1350)   intake TestWorkersRace, TestNoticesOverAndOver
//	10  published again after the window (NATS #7302)      link TestRepublishedAfterAYearIsOneItem
//	19  a folded item rings again (Zammad #904)            intake TestJoinNeverLowers, TestSuppressedRanksAgainAtOnce
//	24  suppressed for ever (Alertmanager #1153, #2496)    intake TestSuppressedRanksAgainAtOnce
//	25  a rule that matches everything (Keep #6793)        link TestRuleThatMatchesEverythingIsRefused
//	26  a wrong fold taken back (TheHive #2300, #1648)     link TestSplitStaysApart, intake TestJoinThenSplit
//	27  a quoted number joins (Zammad #5064)               link TestQuotedNumberDoesNotJoin
//	34  other weights at every run (GoldenMatch #829)      cmd/internal/yardstick TestLearningFindsThePairsAndIsStable
//	35  placeholders that match (HAPI "John Doe")          link TestDefaultsNeverLink
//	36  twins, father and son of one name                  link TestTwinsAndFatherAndSonStayApart
//
// The package never touches a network, a disk, a clock or a log, never uses a
// person's sex, ethnicity or religion, and never joins what a person rejected.
package link
