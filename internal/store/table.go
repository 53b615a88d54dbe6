package store

import "github.com/mfactl/mfactl/internal/mfa"

// table is how the records of a table are written, and what is remembered of them. The
// first column is the key.
type table struct {
	insert string
	// update are the statements that replace a record, in the order in which they are
	// tried. One that sets a column writes every index of it anew, whatever the value,
	// and each is a page more to make durable. So where a record changes often, the first
	// of two sets no column of an index and asks that they are as they were.
	update []string
	remove string

	find  string // the query that finds a record by its key
	among string // the query that finds it with others, by the second column
	by    string // a query that finds its key by a column of an index
}

// put inserts a record whose Rev is 0 and else replaces the row of that very
// Rev, and sets the Rev. The last parameters of the statements are the new Rev
// and, for a change, the old one.
func (t *tx) put(to table, rev *int64, columns ...any) error {
	next := *rev + 1
	columns = append(columns, next)
	statements, args := []string{to.insert}, columns
	if *rev != 0 {
		statements, args = to.update, append(columns, *rev)
	}
	for i, query := range statements {
		n, err := t.exec(query, args...)
		if err != nil {
			return err
		}
		if n > 0 {
			to.wrote(t.conn.memory, columns, *rev != 0 && i == len(to.update)-1)
			*rev = next
			return nil
		}
	}
	return mfa.Errorf(mfa.Conflict, "the record exists already or changed meanwhile")
}

// delete removes the record of a key.
func (t *tx) delete(from table, key string) error {
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

// wrote remembers a record that was written. A list in which it is new is forgotten, and
// where it was moved, by another value in a column of an index, whatever such columns find.
func (of table) wrote(m *memory, columns []any, moved bool) {
	if m == nil {
		return
	}
	r := recordOf(columns)
	if of.find != "" {
		m.know(of.find, r[0].(string), []record{r})
	}
	if moved {
		m.drop(of.among)
		m.drop(of.by)
	} else if of.among != "" {
		m.change(of.among, r[1].(string), r)
	}
}
