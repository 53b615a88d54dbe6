package store

import (
	"bytes"
	"database/sql"
	"fmt"
	"reflect"
)

// memory is what a connection that writes knows of single records, so that a transaction
// need not ask for what the one before has read or written: whoever asks a server
// thousands of things is the same one each time.
//
// It is true as long as nobody else changes the database, which every transaction finds
// out when it begins, and nothing that was written is undone; else all of it is
// forgotten. Records are kept as the columns they consist of and scanned anew for
// everybody who asks, as they are from the database. What is not there is not remembered.
//
// Every statement that writes to a table of which something is remembered tells so, by
// [tx.put] and [tx.delete] or on its own.
type memory struct {
	version uint32                         // of the database, after the last commit
	answers map[string]map[string][]record // of queries by one key
	size    int                            // how many answers there are
	seq     int64                          // number of the next event; 0: not known
}

// maxAnswers bounds a memory. Of users so many take 2.5 MiB, of factors two for each user
// 4 MiB.
const maxAnswers = 2048

func newMemory() *memory { return &memory{answers: map[string]map[string][]record{}} }

// next is the number of the next event; 0 if it is not known.
func (m *memory) next() int64 {
	if m == nil {
		return 0
	}
	return m.seq
}

// follow remembers the number of the next event.
func (m *memory) follow(seq int64) {
	if m != nil {
		m.seq = seq
	}
}

// hold forgets everything unless the database is of the version that it was of after the
// last commit, which is where that is set.
func (m *memory) hold(version uint32) {
	if version != m.version {
		m.forget()
	}
}

// forget forgets everything.
func (m *memory) forget() {
	if m == nil {
		return
	}
	clear(m.answers)
	m.size, m.seq = 0, 0
}

// know remembers the answer to a query.
func (m *memory) know(query, key string, answer []record) {
	if _, known := m.answers[query][key]; !known {
		if m.size >= maxAnswers {
			m.forget()
		}
		m.size++
	}
	if m.answers[query] == nil {
		m.answers[query] = map[string][]record{}
	}
	m.answers[query][key] = answer
}

// drop forgets the answer of a query for one key, or for every key.
func (m *memory) drop(query string, keys ...string) {
	if m == nil {
		return
	}
	if len(keys) == 0 {
		m.size -= len(m.answers[query])
		delete(m.answers, query)
	}
	for _, key := range keys {
		if _, known := m.answers[query][key]; known {
			m.size--
			delete(m.answers[query], key)
		}
	}
}

// change puts a record, whose first column is its key, in the place of the one of that
// key in an answer, if that is known.
func (m *memory) change(query, key string, now record) {
	for i, was := range m.answers[query][key] {
		if was[0] == now[0] {
			m.answers[query][key][i] = now
			return
		}
	}
	m.drop(query, key)
}

// recall reads the records that a query finds by a key, from memory where they are there.
func recall[T any](t *tx, scan func(row) (T, error), query, key string) ([]T, error) {
	m := t.conn.memory
	if m == nil {
		return all(t, scan, query, key)
	}
	if err := t.usable(); err != nil {
		return nil, err
	}
	answer, known := m.answers[query][key]
	if !known {
		var err error
		if answer, err = all(t, scanRecord, query, key); err != nil {
			return nil, err
		}
	}
	var out []T
	for _, r := range answer {
		v, err := scan(r)
		if err != nil {
			return nil, t.fail(err)
		}
		out = append(out, v)
	}
	if !known && len(answer) > 0 {
		m.know(query, key, answer)
	}
	return out, nil
}

// recallOne is recall for a query that finds one record; it answers NotFound if there is
// none.
func recallOne[T any](t *tx, scan func(row) (T, error), query, key string) (one T, _ error) {
	found, err := recall(t, scan, query, key)
	switch {
	case err != nil:
		return one, err
	case len(found) == 0:
		return one, t.fail(sql.ErrNoRows)
	}
	return found[0], nil
}

// record is the columns of a record, as the driver gives and takes them.
type record []any

// recordOf keeps the values that were written as a record: nobody else has its bytes.
func recordOf(values []any) record {
	r := make(record, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case []byte:
			r[i] = bytes.Clone(v)
		case int:
			r[i] = int64(v)
		default:
			r[i] = v
		}
	}
	return r
}

// scanRecord scans all columns of a row of a query.
func scanRecord(r row) (record, error) {
	names, err := r.(*sql.Rows).Columns()
	if err != nil {
		return nil, err
	}
	out, at := make(record, len(names)), make([]any, len(names))
	for i := range out {
		at[i] = &out[i]
	}
	return out, r.Scan(at...)
}

// Scan implements row as [sql.Row] does, for what records consist of.
func (r record) Scan(dest ...any) error {
	for i, d := range dest {
		if err := scanColumn(d, r[i]); err != nil {
			return err
		}
	}
	return nil
}

func scanColumn(dest, src any) error {
	if s, ok := dest.(sql.Scanner); ok {
		return s.Scan(src)
	}
	to := reflect.ValueOf(dest).Elem()
	switch v := src.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return nil
		}
	case bool:
		if to.Kind() == reflect.Bool {
			to.SetBool(v)
			return nil
		}
	case int64:
		switch {
		case to.CanInt() && !to.OverflowInt(v):
			to.SetInt(v)
			return nil
		case to.Kind() == reflect.Bool && (v == 0 || v == 1):
			to.SetBool(v == 1)
			return nil
		}
	}
	return unreadable(fmt.Errorf("a column of %s is %T", to.Type(), src))
}
