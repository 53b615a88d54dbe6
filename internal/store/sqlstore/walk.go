package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"github.com/mfactl/mfactl/internal/mfa"
)

// walkPage is how many rows a walk holds in memory.
const walkPage = 500

// EachCommunity walks through the communities by id.
func (t *tx) EachCommunity() iter.Seq2[mfa.Community, error] {
	return each(t, &communities, "id", func(c mfa.Community) string { return c.ID })
}

// EachUser walks through the users by id.
func (t *tx) EachUser() iter.Seq2[mfa.User, error] {
	return each(t, &users, "id", func(u mfa.User) string { return u.ID })
}

// EachToken walks through the tokens by id.
func (t *tx) EachToken() iter.Seq2[mfa.Token, error] {
	return each(t, &tokens, "id", func(k mfa.Token) string { return k.ID })
}

// EachRequest walks through the requests by id.
func (t *tx) EachRequest() iter.Seq2[mfa.Request, error] {
	return each(t, &requests, "id", func(a mfa.Request) string { return a.ID })
}

// EachFormerAccount walks through former accounts and addresses by id.
func (t *tx) EachFormerAccount() iter.Seq2[mfa.FormerAccount, error] {
	return each(t, &formers, "id", func(f mfa.FormerAccount) string { return f.ID })
}

// EachEvent walks through the events, oldest first.
func (t *tx) EachEvent() iter.Seq2[mfa.Event, error] {
	return each(t, &events, "seq", func(e mfa.Event) int64 { return e.Seq })
}

// EachNotice walks through the notices by id.
func (t *tx) EachNotice() iter.Seq2[mfa.Notice, error] {
	return each(t, &notices, "id", func(n mfa.Notice) string { return n.ID })
}

// scanned is a row as far as it could be read.
type scanned[T any] struct {
	record T
	err    error
}

// each walks through all rows of a table, in the order of a column with a key. A key is
// greater than the zero value.
func each[K cmp.Ordered, T any](t *tx, of *table[T], column string, key func(T) K) iter.Seq2[T, error] {
	query := "SELECT " + of.columns + " FROM " + of.name + " WHERE " + column + " > $1 ORDER BY " + column + " LIMIT $2"
	next := func(last K) (string, []any, int) { return query, []any{last, walkPage}, walkPage }
	var first K
	return eachOf(t, of.scan, next, first, key)
}

// eachOf walks through rows by key, page by page, so that the caller may read other rows
// meanwhile. next returns the query for the page after a key, and how many rows a full
// page has. Scanning a row that cannot be read sets its key all the same. Keys that are not
// in order end the walk: in a damaged file it might never end.
func eachOf[K cmp.Ordered, T any](t *tx, scan func(row) (T, error), next func(last K) (string, []any, int), after K, key func(T) K) iter.Seq2[T, error] {
	tolerant := func(r row) (scanned[T], error) { //nolint:unparam // the form that many asks for
		v, err := scan(r)
		if err != nil && !errors.Is(err, mfa.Damaged) {
			err = unreadable(err)
		}
		return scanned[T]{v, err}, nil
	}
	return func(yield func(T, error) bool) {
		var none T
		for last := after; ; {
			query, args, full := next(last)
			page, err := many(t, tolerant, query, args...)
			for _, one := range page {
				if key(one.record) <= last {
					yield(none, mfa.Errorf(mfa.Damaged, "the rows are out of order"))
					return
				}
				if !yield(one.record, one.err) {
					return
				}
				last = key(one.record)
			}
			if err != nil {
				yield(none, err)
				return
			}
			if len(page) < full {
				return
			}
		}
	}
}

// maxFaults is how many faults of one sort are told.
const maxFaults = 100

// Faults asks the database what is wrong with its file, see [mfa.Store].
func (s *Store) Faults(ctx context.Context) (faults []string, err error) {
	err = s.view(ctx, func(r mfa.Reader) error {
		for _, query := range s.dialect.Faults {
			found, err := many(r.(*tx), scanValue[string], query, maxFaults)
			if err != nil {
				return err
			}
			faults = append(faults, found...)
		}
		return nil
	})
	return faults, err
}
