// Package wire turns the nouns of package triage into the messages of
// api/triagev1 and back.
//
// In come nouns or bytes, out go bytes or nouns: commits as the log holds
// them, items and ledgers as Redis holds them, and messages for the API. The
// package never touches a network, a disk, a clock or a log.
//
// What is encoded is the same for the same noun, always and anywhere: the
// messages hold no maps, lists keep their order, and a ledger's counts are
// sorted. An empty list and a nil one are the same; a zero time is absent;
// times come back in UTC to the nanosecond.
//
// Decoding is strict, because what is not understood would be lost without a
// word: an unknown field, event or enum value is an error that names it, and
// so are bytes that would not be written again just as they are.
package wire
