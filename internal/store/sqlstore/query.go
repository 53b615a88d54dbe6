package sqlstore

import (
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"
)

// row is what a record is scanned from.
type row interface{ Scan(dest ...any) error }

// scanValue scans a single column.
func scanValue[T any](r row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// one reads the record a query finds; it answers NotFound if no record exists.
func one[T any](t *tx, scan func(row) (T, error), query string, args ...any) (T, error) {
	var none T
	if err := t.usable(); err != nil {
		return none, err
	}
	ctx := t.dialect.Statement(t.ctx)
	s, err := t.conn.prepare(ctx, query)
	if err != nil {
		return none, t.fail(doing(query, err))
	}
	v, err := scan(s.QueryRowContext(ctx, args...))
	if err != nil {
		return none, t.fail(doing(query, err))
	}
	return v, nil
}

// many reads the records a query finds. Its text may differ from call to call,
// so the statement is not kept.
func many[T any](t *tx, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	rows, err := t.conn.SQL.QueryContext(t.dialect.Statement(t.ctx), query, args...)
	return collect(t, scan, query, rows, err)
}

// all is many for a query whose text is constant.
func all[T any](t *tx, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	ctx := t.dialect.Statement(t.ctx)
	s, err := t.conn.prepare(ctx, query)
	if err != nil {
		return nil, t.fail(doing(query, err))
	}
	rows, err := s.QueryContext(ctx, args...)
	return collect(t, scan, query, rows, err)
}

// listed is scan for a list. A row that cannot be read spoils itself alone: it comes with
// what was read before, its key at least, and without its MAC, so that it never verifies.
func listed[T any](scan func(row) (T, error)) func(row) (T, error) {
	return func(r row) (T, error) {
		v, err := scan(r)
		if errors.Is(err, errUnreadable) {
			return v, nil
		}
		return v, err
	}
}

func collect[T any](t *tx, scan func(row) (T, error), query string, rows *sql.Rows, failed error) (out []T, err error) {
	if failed != nil {
		return nil, t.fail(doing(query, failed))
	}
	defer func() {
		if closing := rows.Close(); closing != nil && err == nil {
			err = t.fail(doing(query, closing))
		}
	}()
	for rows.Next() {
		if err := t.ctx.Err(); err != nil {
			return nil, t.fail(err)
		}
		v, err := scan(rows)
		if err != nil {
			return nil, t.fail(doing(query, err))
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail(doing(query, err))
	}
	return out, nil
}

// exec runs a statement that writes and returns how many rows it touched.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	for _, a := range args {
		if s, ok := a.(string); ok && (!utf8.ValidString(s) || strings.ContainsRune(s, 0)) {
			return 0, t.fail(doing(query, errText))
		}
	}
	ctx := t.dialect.Statement(t.ctx)
	s, err := t.conn.prepare(ctx, query)
	if err != nil {
		return 0, t.fail(doing(query, err))
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, t.fail(doing(query, err))
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, t.fail(doing(query, err))
	}
	return n, nil
}

// errText refuses text that PostgreSQL could not keep: the stores do not differ
// in what they take.
var errText = errors.New("store: text must be UTF-8 without a zero byte")
