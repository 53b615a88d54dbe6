// Package sqlstore keeps the records of package mfa in an SQL database. It knows
// rows and transactions and no rules: whoever may do what, and what an attempt
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
// A time is a BIGINT of microseconds since 1970 and 0 where there is none; a
// list or a structure is JSON in TEXT; a MAC or a sealed value is BYTEA. An
// empty list and an empty value come back as nil. The tables are written in
// PostgreSQL's words (migrations/*.sql); a dialect with other words reads them
// through a file system that rewrites them, see [Migration].
//
// INSERT and UPDATE are made from the one list of a table's columns, see [table].
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
// The connection that writes remembers records by their key, see [memory]. Whoever adds
// a statement that writes tells it so, in its [table] or beside it.
//
// # What it must never do
//
// It logs nothing, and puts neither SQL nor the driver's words into a message.
package sqlstore
