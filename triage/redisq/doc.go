// Package redisq keeps the ranked queue and the linking index in Redis: what
// the log looks like now.
//
// Commits come in, in log order; items, candidates and pages of the queue go
// out, each with the log position it reflects. Nothing is in Redis that is not
// in the log first, so it may be wiped at any time: Apply rebuilds it from
// position 0 with the code that runs every day. Go folds, Lua only stores: a
// script compares the position, then puts blobs and keys, and the position
// last. No key ever expires.
//
// Only this package talks to Redis. No key name and no member holds personal
// data: linking keys are HMACs, members are sequence numbers and ids.
package redisq
