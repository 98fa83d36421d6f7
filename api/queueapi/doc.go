// Package queueapi serves the contract of proto/triage/v1 over gRPC: requests
// come in, are checked in one place, and become one read of the queue or one
// commit of the log.
//
// Each RPC translates; what may happen to an item is decided by triage's
// Item.Apply and nowhere here. Every change is appended by intake.Book, so a
// lost race is tried again and a repeated request_id gets its first answer. The
// package talks to interfaces of its own and never to NATS or Redis.
package queueapi
