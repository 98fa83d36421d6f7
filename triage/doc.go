// Package triage holds the nouns of the service: what a notice says, what an
// item of the queue is, and the events that change it.
//
// In come values read from mails, from the log and from people; out go new
// values. The package never touches a network, a disk, a clock or a log: the
// time is always an argument, and every rule of how an item may change is in
// Item.Apply and nowhere else.
//
// # Map
//
//	letter   mail bytes -> Letter               extract  Letter -> Readings
//	rules    Matter -> Score                    link     Reading + candidates -> Verdict
//	queue    band, time -> due, tier, order     intake   the pipeline, in order
//	wire     nouns <-> api/triagev1             jet      the log in JetStream
//	redisq   the index and queue in Redis       archive  the second copy
//	audit    log -> World, verify, diff         duty     clock, relay, scrubber, retention
//	seal     what is personal, under keys       copies   a stream read from both its copies
//	replay   the log done again, what-if
//
// # States of an item
//
//	from \ event  Claimed  Released  ClaimExpired  Decided      NoticeJoined  ItemJoined  NoticeStruck
//	waiting       claimed  -         -             -            waiting       joined      waiting, struck when none is left
//	claimed       -        waiting   waiting       claimed,     claimed       joined      claimed, struck when none is left
//	                                               decided when every child is
//	decided       -        -         -             decided      waiting       joined      decided, struck when none is left
//	joined        -        -         -             -            -             -           -
//	struck        -        -         -             -            waiting       joined      struck
//
// The bell (BellRung, BellAnswered) changes no state and is for the first two.
// Erased, which drops what is personal, changes no state and is refused in the
// first two, and while somebody holds the item back (HoldPlaced). A dash is refused with ErrState. An item is decided when every child of it
// is; a child or notice added later makes it wait again.
package triage
