// Package sqlitedoc keeps documents in one SQLite file: the embedded store, for a
// district or a city on one machine.
//
// One table a collection, each row an id, a revision, a sequence number, the document as
// JSON text and its CRC32C; indexes over the JSON's fields; WAL with synchronous=FULL,
// so an acknowledged write survives a kill and a power cut. All writes go through one
// goroutine, which commits whatever has gathered while the disk was busy with the commit
// before (group commit): many writers share one sync. Readers use connections of their
// own and never wait for it. One process: a lock file keeps a second one out, so the
// sequence number lives in the writer's memory and has no gaps or races.
package sqlitedoc
