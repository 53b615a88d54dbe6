package sqlstore

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/mfactl/mfactl/internal/mfa"
)

// table is how the records of a table are written, and what is remembered of them.
type table[T any] struct {
	records[T]

	name string
	// columns are the columns in the order in which a record is read and written. The
	// first is the key. Where records have a Rev, that is the last.
	columns string
	// indexed are columns of an index that seldom change. A statement that sets a column
	// writes every index of it again, whatever the value, and each is a page more to make
	// durable. So a record that changes often is first replaced by a statement that sets
	// none of them and requires that they are as they were.
	indexed []string

	selectByKey string         // the query that finds a record by its key
	selectList  string         // the query that finds it with others, by the second column
	keyOf       func(T) string // of one among others
	selectKey   string         // a query that finds its key by a column of an index

	once sync.Once
	text statements
}

// statements write the rows of a table.
type statements struct {
	insert  string
	add     string   // insert, but for a row that is there already
	replace string   // insert, or replace the row of the key
	remove  string   // remove the row of a key
	update  []string // replace the row of a key and a Rev, in the order in which they are tried
}

// statements are made when they are first needed: most commands need few of them.
func (t *table[T]) statements() *statements {
	t.once.Do(func() { t.text = statementsOf(t.name, t.columns, t.indexed) })
	return &t.text
}

// columnsOf returns the columns of a list one by one.
func columnsOf(columns string) []string {
	return strings.FieldsFunc(columns, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// statementsOf makes the statements for the columns of a table, each of which has the
// number of its place as its parameter.
func statementsOf(name, columns string, indexed []string) statements {
	var params, all, some, from, same []string
	names := columnsOf(columns)
	for i, column := range names {
		param := "$" + strconv.Itoa(i+1)
		params = append(params, param)
		if i == 0 {
			continue // the key
		}
		set := column + " = " + param
		all = append(all, set)
		from = append(from, column+" = excluded."+column)
		if slices.Contains(indexed, column) {
			same = append(same, set)
		} else {
			some = append(some, set)
		}
	}
	s := statements{insert: "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(params, ", ") + ")"}
	s.add = s.insert + " ON CONFLICT DO NOTHING"
	s.replace = s.insert + " ON CONFLICT (" + names[0] + ") DO UPDATE SET " + strings.Join(from, ", ")
	ofKey := " WHERE " + names[0] + " = $1"
	s.remove = "DELETE FROM " + name + ofKey
	row := ofKey + " AND rev = $" + strconv.Itoa(len(names)+1)
	if len(same) > 0 {
		s.update = append(s.update, "UPDATE "+name+" SET "+strings.Join(some, ", ")+row+" AND "+strings.Join(same, " AND "))
	}
	s.update = append(s.update, "UPDATE "+name+" SET "+strings.Join(all, ", ")+row)
	return s
}

// put inserts a record whose Rev is 0 and else replaces the row of that very
// Rev, and sets the Rev. The last parameters of the statements are the new Rev
// and, for a change, the old one.
func put[T any](t *tx, to *table[T], r *T, rev *int64, columns ...any) error {
	old := *rev
	columns = append(columns, old+1)
	text := to.statements()
	tries, args := []string{text.add}, columns
	if old != 0 {
		tries, args = text.update, append(columns, old)
	}
	for i, query := range tries {
		n, err := t.exec(query, args...)
		if err != nil {
			return err
		}
		if n > 0 {
			*rev = old + 1
			to.newProof(t.conn.memory, r)
			rememberWritten(t.conn.memory, to, columns[0].(string), columns[1].(string), *r, old != 0 && i == len(tries)-1)
			return nil
		}
	}
	return mfa.Errorf(mfa.Conflict, "the record exists already or changed meanwhile")
}

// remove removes the record of a key.
func remove[T any](t *tx, from *table[T], key string) error {
	n, err := t.exec(from.statements().remove, key)
	if err != nil {
		return err
	}
	if n == 0 {
		return mfa.Errorf(mfa.NotFound, "no such record")
	}
	m := t.conn.memory
	m.drop(from.selectByKey, key)
	m.drop(from.selectList)
	m.drop(from.selectKey)
	return nil
}
