// Package store keeps the records of package mfa in SQL. It knows rows,
// transactions and the errors of databases, and no rule.
//
// # One set of queries
//
// Every query is written once, with $1 parameters, in words that SQLite and
// PostgreSQL share. Times are BIGINT microseconds, zero for none. What differs,
// connecting, locking a row, reading an error, stands in one file a database.
//
// # Promises
//
// What Update has answered nil for survives kill -9 and power loss: SQLite runs
// in WAL mode with synchronous=FULL, which is read back at open. An update that
// answers an error changed nothing, unless the error is unknown.
//
// # What it must never do
//
// Judge a MAC, open a sealed value, log a record, or create a store where Open
// was asked for.
package store
