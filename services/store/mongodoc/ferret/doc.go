// Package ferret runs the store's conformance suite over the wire of MongoDB, against
// FerretDB embedded in the test: no server to install, no container. It is a module of
// its own, because FerretDB pins old versions of modules that the product uses too.
//
// FerretDB 1.24 is a check of the protocol, not of concurrency: its guarded updates are
// not atomic. The proxy in front of it therefore lets one command through at a time.
package ferret
