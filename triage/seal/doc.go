// Package seal keeps what is personal in the log under keys that can be
// deleted, so that it can be forgotten although the log cannot be changed.
//
// In go commits and mails as people read them, out come the same with every
// personal value sealed in its place, and back. What a queue is ranked by
// (slugs, scores, bands, codes, positions, times) stays as it is, so a sealed
// commit folds like the open one and nothing is opened to fold it.
//
// A sealed value is text again:
//
//	sealed:1:<names of its keys, joined by "+">:<base64 of nonce and ciphertext>
//
// AES-256-GCM under a key that HKDF-SHA-256 derives from its data keys; with
// one of them deleted nobody opens it any more. The nonce is an HMAC of the
// plain value, so sealing is a function of its arguments: the same value under
// the same keys is the same text anywhere.
//
// The data keys, 32 random bytes each, are named
//
//	n<seq>-t   words of the notice at that sequence, and its mail in the archive
//	n<seq>-i   identity: people, addresses, references
//	w-<item>   what people write on an item
//	c-<hmac>   a child of the case list, by an HMAC of its id there
//	names      makes those HMACs; by it a wrong master key is noticed
//
// and are stored through the Keys interface, each wrapped by a key that HKDF
// derives from the master key. A name whose key was erased is never used again.
//
// The package knows no store, writes no log entry and no file but a new master
// key's, and no error of it holds a value.
package seal
