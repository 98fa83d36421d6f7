// Package intake is the pipeline, in order and nothing else: the next notices
// by position, read, linked, scored and placed, become one commit of the log.
//
// Notices come in from the log, commits go out to it; what the queue looks
// like now is read from the store that reflects the log. The package declares
// the interfaces it needs and never touches a server itself.
//
// Book is the only way anything is appended, for the worker here as for the
// API and the duties.
package intake
