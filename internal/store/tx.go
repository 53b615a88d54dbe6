package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// reader reads in one transaction.
type reader struct {
	ctx context.Context
	q   *sql.Tx
	d   dialect
	now time.Time
}

// tx reads and writes in one transaction.
type tx struct{ reader }

// Now implements [mfa.Reader].
func (r *reader) Now() time.Time { return r.now }

// scanner is a row to be read.
type scanner interface{ Scan(...any) error }

// one reads the row a query finds. NotFound where it finds none.
func one[T any](r *reader, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	out, err := scan(r.q.QueryRowContext(r.ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return out, &mfa.Error{Code: mfa.NotFound, Cause: err}
	}
	if err != nil {
		return out, r.d.explain(err)
	}
	return out, nil
}

// all reads every row a query finds.
func all[T any](r *reader, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, r.d.explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, r.d.explain(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, r.d.explain(err)
	}
	return out, nil
}

// exec runs a statement and returns how many rows it touched.
func (t *tx) exec(query string, args ...any) (int64, error) {
	res, err := t.q.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, t.d.explain(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, t.d.explain(err)
	}
	return n, nil
}

// table names a table and its columns; the first is the key. A rev column
// follows them.
type table struct {
	name    string
	columns []string
}

func (t table) selectSQL() string {
	return "SELECT " + strings.Join(t.columns, ", ") + ", rev FROM " + t.name
}

// put inserts a record whose rev is 0, else replaces the row of that very rev.
func (t *tx) put(into table, rev *int64, args ...any) error {
	if *rev == 0 {
		_, err := t.exec("INSERT INTO "+into.name+" ("+strings.Join(into.columns, ", ")+", rev) VALUES ("+
			parameters(1, len(into.columns))+", 1)", args...)
		if err == nil {
			*rev = 1
		}
		return err
	}
	var set strings.Builder
	for i, c := range into.columns[1:] {
		set.WriteString(c + " = $" + strconv.Itoa(i+2) + ", ")
	}
	last := "$" + strconv.Itoa(len(into.columns)+1)
	n, err := t.exec("UPDATE "+into.name+" SET "+set.String()+"rev = rev + 1 WHERE "+into.columns[0]+
		" = $1 AND rev = "+last, append(args, *rev)...)
	switch {
	case err != nil:
		return err
	case n == 0:
		return mfa.Errorf(mfa.Conflict, "it was changed meanwhile")
	}
	*rev++
	return nil
}

// parameters returns "$from, …" for so many.
func parameters(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(from+i))
	}
	return b.String()
}

// where gathers conditions; every value is a parameter.
type where struct {
	conditions []string
	args       []any
}

// add appends a condition in which a question mark stands for the value.
func (w *where) add(condition string, value any) {
	w.args = append(w.args, value)
	w.conditions = append(w.conditions, strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1))
}

// in appends a column and the values it may have.
func (w *where) in(column string, values []string) {
	list := parameters(len(w.args)+1, len(values))
	for _, v := range values {
		w.args = append(w.args, v)
	}
	if len(values) == 0 {
		w.conditions = append(w.conditions, "1 = 0")
		return
	}
	w.conditions = append(w.conditions, column+" IN ("+list+")")
}

func (w *where) sql() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// limit appends a bound; 0 means none.
func (w *where) limit(n int) string {
	if n <= 0 {
		return ""
	}
	w.args = append(w.args, n)
	return " LIMIT $" + strconv.Itoa(len(w.args))
}

// micros writes a time as microseconds since 1970, zero for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// stamp reads a time.
type stamp struct{ t *time.Time }

// Scan implements sql.Scanner.
func (s stamp) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return errors.New("a time is no number")
	}
	*s.t = time.Time{}
	if n != 0 {
		*s.t = time.UnixMicro(n).UTC()
	}
	return nil
}

// text writes a value as JSON.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // records hold plain data only
	}
	return string(b)
}

// parsed reads a value from JSON.
type parsed struct{ into any }

// Scan implements sql.Scanner.
func (p parsed) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), p.into)
	case []byte:
		return json.Unmarshal(v, p.into)
	default:
		return errors.New("a value is no text")
	}
}
