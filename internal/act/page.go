package act

import (
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// MaxPage bounds one page of a list.
const MaxPage = 1000

// PageSize returns how many items a page has at most, given the limit of the request.
func PageSize(limit int) int {
	if limit <= 0 || limit > MaxPage {
		return MaxPage
	}
	return limit
}

// Listing says how the rows of a list are read and shown.
type Listing[Q, T, I any, K comparable] struct {
	Read func(Q) (records.Page[T], error)
	// Row names a row, for the mark of one that cannot be shown.
	Row func(T) mfa.DamagedRow
	Key func(T) K
	// Tell makes the item of a row, unless it leaves the row out. With an error of the code
	// [mfa.Damaged] it may make what can be said without the damaged record.
	Tell func(T) (item I, listed bool, _ error)
}

// Page is a page of a list.
type Page[I any, K comparable] struct {
	Items   []I
	Damaged []mfa.DamagedRow
	Next    K
}

// PageOf makes a page from the rows of a query. A row that is damaged spoils itself alone: it
// is marked, and the others are shown. Next is where the next page goes on: at the key of
// the last row if more rows follow, else zero.
func PageOf[Q, T, I any, K comparable](q Q, l Listing[Q, T, I, K]) (Page[I, K], error) {
	out := Page[I, K]{Items: []I{}}
	rows, err := l.Read(q)
	if err != nil {
		return out, err
	}
	for _, d := range rows.Damaged {
		out.Damaged = append(out.Damaged, DamagedRow(d))
	}
	for _, row := range rows.Sound {
		item, listed, err := l.Tell(row)
		switch d, named := records.InDamage(err); {
		case named:
			out.Damaged = append(out.Damaged, DamagedRow(d))
		case errors.Is(err, mfa.Damaged):
			out.Damaged = append(out.Damaged, l.Row(row))
		case err != nil:
			return out, err
		}
		if listed {
			out.Items = append(out.Items, item)
		}
	}
	out.Damaged = Marks(out.Damaged)
	if rows.Last != nil {
		out.Next = l.Key(*rows.Last)
	}
	return out, nil
}

// DamagedRow is what a list says of a row that does not verify.
func DamagedRow(d records.Damaged) mfa.DamagedRow {
	row := mfa.DamagedRow{Sort: d.Sort, ID: d.ID}
	if d.Sort == "session" {
		row.ID = SessionID(d.ID)
	}
	return row
}

// SessionID names a session by the first 16 digits of its token's hash, which tell nothing
// of the token.
func SessionID(hash string) string { return hash[:min(16, len(hash))] }

// Marks returns each mark once, in their order; nil if there are none.
func Marks(all []mfa.DamagedRow) (out []mfa.DamagedRow) {
	for _, row := range all {
		if !slices.Contains(out, row) {
			out = append(out, row)
		}
	}
	return out
}
