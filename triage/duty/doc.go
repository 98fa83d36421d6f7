// Package duty holds what the service does by itself, one small file an actor:
// the intake of notices, the clock, the archiver, the relay.
//
// An actor is a Step that does what there is to do and says whether it did
// anything. Run repeats a Step, wakes it when the log has grown, and backs off
// while it fails; an actor that fails shows in health and metrics and never
// stops the others. Whatever an actor changes is a commit; it keeps no truth
// of its own.
package duty
