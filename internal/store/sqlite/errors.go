package sqlite

import (
	"errors"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/mfactl/mfactl/internal/mfa"
)

// classify gives SQLite's result codes ours (sqlite.org/rescode.html).
func classify(err error) *mfa.Error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return mfa.Errorf(mfa.Conflict, "another record has that already")
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return mfa.Errorf(mfa.NotFound, "it belongs to a record that is not there")
	case sqlite3.SQLITE_IOERR_CORRUPTFS:
		return mfa.Errorf(mfa.Damaged, "the file system of the store is damaged")
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return mfa.Errorf(mfa.Unavailable, "the store is busy, nothing changed")
	case sqlite3.SQLITE_FULL:
		return mfa.Errorf(mfa.Unavailable, "the disk of the store is full, nothing changed").WithHint("make room")
	case sqlite3.SQLITE_READONLY:
		return mfa.Errorf(mfa.Unavailable, "the store is read-only, nothing changed")
	case sqlite3.SQLITE_CANTOPEN:
		return mfa.Errorf(mfa.Unavailable, "the store cannot be opened here, nothing changed")
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM:
		return mfa.Errorf(mfa.Unavailable, "the disk of the store failed, nothing changed")
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return mfa.Errorf(mfa.Forbidden, "the store may not be opened")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return mfa.Errorf(mfa.Damaged, "the store is damaged or no store of mfactl")
	case sqlite3.SQLITE_ERROR:
		return missingPart(e)
	}
	return nil
}

// missingPart is the error of a table or a column that is missing, though the schema has it.
// SQLite has the same code for that and for a statement of ours that is wrong.
func missingPart(e *sqlite.Error) *mfa.Error {
	text := e.Error()
	if strings.Contains(text, "no such column") || strings.Contains(text, "no such table") || strings.Contains(text, "has no column named") ||
		strings.Contains(text, "foreign key mismatch") {
		return mfa.Errorf(mfa.Damaged, "a part of the store is missing")
	}
	return nil
}

// notCommitted: these come before the commit record is written, or say
// that it could not be. After a failed write or fsync the record may be in the
// log all the same, and count after a restart.
func notCommitted(err error) bool {
	return isCode(err, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT,
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
}

// isCode reports whether err has one of SQLite's primary codes.
func isCode(err error, codes ...int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && slices.Contains(codes, e.Code()&0xff)
}
