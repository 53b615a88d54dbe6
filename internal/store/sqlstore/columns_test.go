package sqlstore_test

import (
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// A column that no list names would never be written.
func TestEveryColumnOfTheDatabaseIsInTheListOfItsTable(t *testing.T) {
	_, path := create(t, sqlstore.Options{})
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	columns := sqlstore.Columns()
	for _, table := range slices.Sorted(maps.Keys(columns)) {
		var found string
		err := db.QueryRowContext(t.Context(), "SELECT group_concat(name, ' ') FROM pragma_table_info($1)", table).Scan(&found)
		if err != nil {
			t.Fatal(table, err)
		}
		if want, got := slices.Sorted(slices.Values(strings.Fields(found))), slices.Sorted(slices.Values(columns[table])); !slices.Equal(got, want) {
			t.Errorf("%s has the columns %q, and its list %q", table, want, got)
		}
	}
	var tables int
	err = db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 1").Scan(&tables)
	if err != nil || tables != len(columns) {
		t.Errorf("there are %d tables and %d lists (%v)", tables, len(columns), err)
	}
}
