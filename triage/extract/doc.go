// Package extract reads a letter's people, references, dates, form fields and
// facts.
//
// In comes a triage.Letter, out go triage.Readings: one for a notice, one a
// household for a digest, none for an automatic mail. Labels and values of the
// forces' forms are read before prose. What the words are is data
// (deploy/rules/labels.yaml, lexicon.yaml, facts.yaml), compiled once by New;
// how they stand together is code.
//
// The package never refuses a letter, never reads a signature or a disclaimer
// as the family's, and touches no network, disk, clock or log. Names and sex
// serve identity alone and are no feature of any fact.
package extract
