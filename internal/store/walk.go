package store

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
	return each(t, scanCommunity, `SELECT `+communityColumns+` FROM communities WHERE id > $1 ORDER BY id LIMIT $2`,
		"", func(c mfa.Community) string { return c.ID })
}

// EachUser walks through the users by id.
func (t *tx) EachUser() iter.Seq2[mfa.User, error] {
	return each(t, scanUser, `SELECT `+userColumns+` FROM users WHERE id > $1 ORDER BY id LIMIT $2`,
		"", func(u mfa.User) string { return u.ID })
}

// EachApproval walks through the requests by id.
func (t *tx) EachApproval() iter.Seq2[mfa.Approval, error] {
	return each(t, scanApproval, `SELECT `+approvalColumns+` FROM approvals WHERE id > $1 ORDER BY id LIMIT $2`,
		"", func(a mfa.Approval) string { return a.ID })
}

// EachEvent walks through the events, oldest first.
func (t *tx) EachEvent() iter.Seq2[mfa.Event, error] {
	return each(t, scanEvent, `SELECT `+eventColumns+` FROM events WHERE seq > $1 ORDER BY seq LIMIT $2`,
		int64(0), func(e mfa.Event) int64 { return e.Seq })
}

// scanned is a row as far as it could be read.
type scanned[T any] struct {
	record T
	err    error
}

// each walks through the rows of a query by key, page by page, so that whoever
// walks may ask for more meanwhile. The key is scanned first: it is there also
// of a row that cannot be read. In a damaged file keys may come out of order,
// and a walk that follows them may never end.
func each[K cmp.Ordered, T any](t *tx, scan func(row) (T, error), query string, after K, key func(T) K) iter.Seq2[T, error] {
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
			page, err := many(t, tolerant, query, last, walkPage)
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
			if len(page) < walkPage {
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
		faults, err = s.dialect.faults(r.(*tx))
		return err
	})
	return faults, err
}

// sqliteFaults runs SQLite's own checks: the form of the file, its indexes, and
// rows that belong to none.
func sqliteFaults(t *tx) ([]string, error) {
	form, err := many(t, scanValue[string], `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT $1`, maxFaults)
	if err != nil {
		return nil, err
	}
	stray, err := many(t, scanValue[string], `SELECT 'a row of ' || "table" || ' belongs to a row of ' || parent || ' that is missing'
		FROM pragma_foreign_key_check LIMIT $1`, maxFaults)
	return append(form, stray...), err
}
