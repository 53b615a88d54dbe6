package sqlstore

import (
	"database/sql"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// memory is what a connection that writes knows of single records, so that a transaction
// need not ask for what the one before has read or written: a client that asks a server
// thousands of things is the same user each time.
//
// It is true as long as no other connection changes the database, which every transaction finds
// out when it begins, and nothing that was written is undone; else all of it is
// forgotten. The caller gets copies. What is not there is not remembered.
//
// Every statement that writes to a table of which something is remembered tells so, by
// [put] and [remove] or on its own.
type memory struct {
	version uint32                    // of the database, after the last commit
	answers map[string]map[string]any // of queries by one key: lists of records
	size    int                       // how many answers there are
	seq     int64                     // number of the next event; 0: not known
}

// maxAnswers bounds a memory. Of users so many take 2.5 MiB, of factors two for each user
// 4 MiB.
const maxAnswers = 2048

func newMemory() *memory { return &memory{answers: map[string]map[string]any{}} }

// nextSeq is the number of the next event; 0 if it is not known.
func (m *memory) nextSeq() int64 {
	if m == nil {
		return 0
	}
	return m.seq
}

// setSeq remembers the number of the next event.
func (m *memory) setSeq(seq int64) {
	if m != nil {
		m.seq = seq
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

// remember keeps the answer to a query: a list of records that no caller has.
func (m *memory) remember(query, key string, answer any) {
	if _, known := m.answers[query][key]; !known {
		if m.size >= maxAnswers {
			m.forget()
		}
		m.size++
	}
	if m.answers[query] == nil {
		m.answers[query] = map[string]any{}
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

// records is how records of one sort are read, and copied for a caller.
type records[T any] struct {
	scan  func(row) (T, error)
	copy  func(T) T            // shares nothing with the original but its proof
	proof func(*T) **mfa.Proof // where a record has its proof; nil if it has none
}

// newProof gives a record that was read or written an empty proof, if the record is
// remembered.
func (of records[T]) newProof(m *memory, r *T) {
	switch {
	case of.proof == nil:
	case m == nil:
		*of.proof(r) = nil
	default:
		*of.proof(r) = new(mfa.Proof)
	}
}

// recall reads the records that a query finds by a key, from memory where they are there.
func recall[T any](t *tx, of records[T], query, key string) ([]T, error) {
	m := t.conn.memory
	if m == nil {
		return all(t, of.scan, query, key)
	}
	if err := t.usable(); err != nil {
		return nil, err
	}
	if known, is := m.answers[query][key].([]T); is {
		return mapped(known, of.copy), nil
	}
	found, err := all(t, of.scan, query, key)
	if len(found) > 0 {
		for i := range found {
			of.newProof(m, &found[i])
		}
		m.remember(query, key, mapped(found, of.copy))
	}
	return found, err
}

// recallOne is recall for a query that finds one record; it answers NotFound if no record
// exists.
func recallOne[T any](t *tx, of records[T], query, key string) (one T, _ error) {
	found, err := recall(t, of, query, key)
	switch {
	case err != nil:
		return one, err
	case len(found) == 0:
		return one, t.fail(sql.ErrNoRows)
	}
	return found[0], nil
}

// rememberWritten remembers a record that was written. A list in which it is new is forgotten, and
// where it was moved, by another value in a column of an index, whatever such columns find.
func rememberWritten[T any](m *memory, in *table[T], key, group string, r T, moved bool) {
	if m == nil {
		return
	}
	if in.selectByKey != "" {
		m.remember(in.selectByKey, key, []T{in.copy(r)})
	}
	if moved {
		m.drop(in.selectList)
		m.drop(in.selectKey)
	} else if in.selectList != "" {
		replaceInList(m, in, key, group, r)
	}
}

// replaceInList puts a record in the place of the one of its key in a list, if that is known.
func replaceInList[T any](m *memory, in *table[T], key, group string, r T) {
	known, _ := m.answers[in.selectList][group].([]T)
	i := slices.IndexFunc(known, func(was T) bool { return in.keyOf(was) == key })
	if i < 0 {
		m.drop(in.selectList, group)
		return
	}
	known[i] = in.copy(r)
}
