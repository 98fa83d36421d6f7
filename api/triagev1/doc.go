// Package triagev1 is the contract of the service in Go, generated from
// proto/triage/v1 by `make generate`; only this file is written by hand. In
// and out go messages and the stubs of QueueService, NoticeService,
// AuditService and RulesService; package wire turns the messages into the
// nouns of package triage and back.
//
// The messages of Commit are also the bytes of the log. They are kept for
// years, so a field is added, never renumbered, reused or taken away.
package triagev1
