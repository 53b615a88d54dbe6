package sqlstore

import "github.com/mfactl/mfactl/internal/mfa"

// table is how the records of a table are written, and what is remembered of them. The
// first column is the key.
type table[T any] struct {
	records[T]

	insert string
	// update are the statements that replace a record, in the order in which they are
	// tried. One that sets a column writes every index of it anew, whatever the value,
	// and each is a page more to make durable. So where a record changes often, the first
	// of two sets no column of an index and asks that they are as they were.
	update []string
	remove string

	find  string         // the query that finds a record by its key
	among string         // the query that finds it with others, by the second column
	key   func(T) string // of one among others
	by    string         // a query that finds its key by a column of an index
}

// put inserts a record whose Rev is 0 and else replaces the row of that very
// Rev, and sets the Rev. The last parameters of the statements are the new Rev
// and, for a change, the old one.
func put[T any](t *tx, to table[T], r *T, rev *int64, columns ...any) error {
	old := *rev
	columns = append(columns, old+1)
	statements, args := []string{to.insert}, columns
	if old != 0 {
		statements, args = to.update, append(columns, old)
	}
	for i, query := range statements {
		n, err := t.exec(query, args...)
		if err != nil {
			return err
		}
		if n > 0 {
			*rev = old + 1
			to.renew(t.conn.memory, r)
			wrote(t.conn.memory, to, columns[0].(string), columns[1].(string), *r, old != 0 && i == len(to.update)-1)
			return nil
		}
	}
	return mfa.Errorf(mfa.Conflict, "the record exists already or changed meanwhile")
}

// remove removes the record of a key.
func remove[T any](t *tx, from table[T], key string) error {
	n, err := t.exec(from.remove, key)
	if err != nil {
		return err
	}
	if n == 0 {
		return mfa.Errorf(mfa.NotFound, "no such record")
	}
	m := t.conn.memory
	m.drop(from.find, key)
	m.drop(from.among)
	m.drop(from.by)
	return nil
}
