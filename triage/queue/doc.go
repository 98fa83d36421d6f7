// Package queue says when an item is due and where it stands in the queue.
//
// In come bands, scores and times; out go due times and the integer by which
// items are sorted. The package never reads a clock, a disk or a network: the
// time is always an argument, and the answer is the same on a machine in any
// time zone.
//
// # Due times
//
// A [Calendar] knows the office hours and the bank holidays of England and
// Wales and computes with them. Everything is done in its own zone, so a day is
// a London day and "24 hours" are elapsed hours, also over a clock change.
//
// # Order
//
// An item is kept in Redis under one integer, [Key.Order], that changes only
// when the item changes:
//
//	bits 48–50  tier: 0 RED, 2 AMBER, 3 GREEN, 4 BLUE
//	bits 46–47  place in the tier: 0 unsafe now, 1 manual_read, 2 the rest
//	bits 14–45  second at which it is due, Unix time
//	bits  0–13  12000 − score in hundredths
//
// The lower comes first, all values are below 2^51 and so exact as the float64
// that Redis keeps; equal integers are told apart by [Key.Member], the earlier
// notice first.
//
// Tier 1, the items that are late or about to be, is nobody's stored tier. A
// [View] of one moment finds it: what is due at or before a bound is in it, and
// the bound depends on the moment alone ([Calendar.RiskBound]). So the queue is
// in the right order at every read although nothing rewrites it as time passes,
// and a stopped clock hides nothing. [View.Ranges] gives the ranges of integers
// that hold the items in their order at that moment, [View.At] turns a stored
// integer into the one that holds then, with tier 1 in its place:
//
//	tier 1, place 0  AMBER at risk or overdue, manual_read
//	tier 1, place 1  AMBER at risk or overdue, the rest
//	tier 1, place 2  GREEN and BLUE past due, manual_read
//	tier 1, place 3  GREEN and BLUE past due, the rest
package queue
