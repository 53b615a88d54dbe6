// Package sqlite is the SQLite dialect of a store: how its file is found, looked at,
// created, locked, opened and migrated, what SQLite's errors mean, and which files belong
// to it. What is the same for every database stands in package sqlstore.
//
// The migrations are PostgreSQL's DDL. They are read through [ddlFS] for SQLite, whose
// tables are STRICT.
//
// # What it must never do
//
// It opens no database that others can read, and writes to none that is not ours.
package sqlite
