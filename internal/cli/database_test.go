package cli

import (
	"database/sql"
	"errors"

	_ "modernc.org/sqlite" // the driver
)

// withoutTheKey runs SQL on the file of a store, as any program can that may open it,
// and returns the first value of the last result, or nothing.
func withoutTheKey(path, statements string) (value string, err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query(statements) //nolint:noctx // a script has no context
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		err = rows.Scan(&value)
	}
	return value, errors.Join(err, rows.Err())
}
