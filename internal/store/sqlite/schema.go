package sqlite

import (
	"context"
	"fmt"

	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// applicationID marks our files among SQLite's ("mfac"; PRAGMA application_id).
const applicationID = 0x6d666163

// readSchema reads the version of the schema, from the two places where it
// stands: a migration run by hand does not set the first.
func readSchema(ctx context.Context, c *sqlstore.Conn) (int, error) {
	version, err := query1(ctx, c.SQL, "PRAGMA user_version")
	if err == nil && version == sqlstore.SchemaVersion {
		version, err = query1(ctx, c.SQL, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version")
	}
	if err != nil {
		err = fmt.Errorf("read the schema: %w", err)
	}
	return int(version), err
}

// checkSchema refuses a store of another schema.
func (f file) checkSchema(ctx context.Context, c *sqlstore.Conn) error {
	version, err := readSchema(ctx, c)
	if err != nil {
		return err
	}
	return sqlstore.CheckSchema(f.path, version)
}

// query1 runs a query for one number, once.
func query1(ctx context.Context, db querier, query string) (n int64, err error) {
	err = db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}
