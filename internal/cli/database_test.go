package cli_test

import (
	"context"
	"database/sql"
	"errors"

	_ "modernc.org/sqlite" // the driver
)

// withoutTheKey runs SQL on the file of a store, as any program can that may open it,
// and returns the first value of the result, or nothing.
func withoutTheKey(path, statements string) (value string, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=5000")
	if err != nil {
		return "", err
	}
	err = db.QueryRowContext(context.Background(), statements).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return value, errors.Join(err, db.Close())
}
