// Package daemon is triaged as a library: New checks the configuration, Start
// brings the parts up in order, Addr says where they listen, Stop takes them
// down in the reverse order. main only reads flags.
package daemon
