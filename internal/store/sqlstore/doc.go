// Package sqlstore keeps the records of package mfa in an SQL database. It knows
// rows and transactions and no rules: who may do what, and what an attempt
// costs, is decided by its caller inside one transaction.
//
// # One set of queries
//
// Every query is written once, with $1 parameters, in the file of its subject.
// What differs between databases stands in one [Dialect] value and nowhere
// else: how to connect, how a row is held, whose clock counts, and what the
// driver's errors mean. Values reach SQL as parameters only; a WHERE clause
// with optional parts is put together from constants (see filter.go).
//
// # Forms
//
// A time is a BIGINT of microseconds since 1970, and 0 if it is not set; a
// list or a structure is JSON in TEXT; a MAC or a sealed value is BYTEA. An
// empty list and an empty value come back as nil. The tables are written in
// PostgreSQL's words (migrations/*.sql); a dialect with other words reads them
// through a file system that rewrites them, see [Migration].
//
// INSERT, UPDATE and the DELETE of a row are made from the one list of a table's columns, see [table].
//
// # Transactions
//
// A record is inserted at Rev 0 and replaced only at its very Rev, so a lost
// update is a Conflict and never silent. After a failure that is more than "not
// there" or "taken", the transaction is over: every later call repeats the
// failure and Update returns it, whatever the caller made of it. SQLite may
// have rolled back by then, and what came after would commit on its own.
//
// A COMMIT that fails late may have happened all the same. It is reported as
// Unknown, and its connection is not used again.
//
// # Memory
//
// The connection that writes remembers records by their key, see [memory]. A new
// statement that writes must update that memory, in its [table] or beside it.
//
// # Decisions about speed
//
// Updates that wait share a commit. SQLite has one writer, and syncing the disk takes as
// long as the work itself, so eight clients would wait for eight syncs. Each update is a
// savepoint: one that fails is undone alone, and still waits for the outcome, because it
// may have failed on what another update wrote. No update waits for a group to form, so a
// single client pays nothing for it.
//
// The write connection remembers rows. A server works for the same few callers and mostly
// on the same users, and remembering saves nine of the fourteen statements of a verify. The
// rows in memory are used only while SQLite's own version number of the database is
// unchanged. A commit by another process is therefore noticed when the next transaction
// begins. Nothing is remembered across anything that was undone. A test changes and undoes
// things at random, in groups and through a second connection, and compares after each.
// Each row in memory carries a proof that its MAC was verified. A row that is read again
// from the database is verified again.
//
// What every code writes goes to few pages, because a page that changes costs as much as a
// statement, and a verify changed fourteen. The kept answers have no index and are ordered
// by the ten minutes in which they were kept. Expired answers are then the first rows, and
// each new answer removes some of them. A server also removes them every ten minutes. If
// the clock was set back, an answer is also looked for in the following ten minutes. While
// the clock is in doubt, an answer is also kept by the store's latest known time. Events of
// right codes are the most frequent ones, and are in no index by action.
//
// A server gives the log its length when it starts, because a commit that makes a file
// longer takes the disk half as long again. The log is copied into the database four times
// less often than SQLite would do it, since mostly the same pages change.
//
// # What it must never do
//
// It logs nothing, and puts neither SQL nor the driver's words into a message.
package sqlstore
