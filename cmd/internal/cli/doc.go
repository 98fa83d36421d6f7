// Package cli is what the command line tools share: how the contract's messages
// look on a terminal, as JSON, and as one line of an error.
//
// In go messages of the API, out comes text for people. Words of a mail come
// out without anything that a terminal would act on, and colour is never the
// only sign. The package calls no server and keeps nothing.
package cli
