package records

import (
	"errors"
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Damaged is all that a row tells that does not verify, or cannot be read: which it is. It is
// the cause of an error of the code [mfa.Damaged], see [InDamage].
type Damaged struct {
	Sort  string
	ID    string
	cause error
}

// Error returns what is wrong with the row, for the log.
func (d *Damaged) Error() string { return d.Sort + " " + d.ID + ": " + d.cause.Error() }

// Unwrap returns what is wrong with the row.
func (d *Damaged) Unwrap() error { return d.cause }

// InDamage returns which row an error is about. It is false where the error is about no row,
// such as damage that ended a walk.
func InDamage(err error) (Damaged, bool) {
	var d *Damaged
	if !errors.As(err, &d) {
		return Damaged{}, false
	}
	return *d, true
}

// unreadableRecord names a record that was found and could not be read, in the message if it is
// damaged, else for the log. Damage that ended a walk belongs to no record, and has no name. A
// nil error stays nil.
func unreadableRecord(err error, of sort, id, what, name string) error {
	e, is := errors.AsType[*mfa.Error](err)
	switch {
	case name == "" || !is || e.Code.IsRefusal():
		return err
	case e.Code == mfa.Damaged:
		return mfa.Errorf(mfa.Damaged, "the record of %s %s cannot be read", what, name).WithCause(&Damaged{of.name, id, err})
	}
	return mfa.Chained(fmt.Errorf("read %s %s: %w", what, name, err))
}

// MustExist turns the error of a row that must exist, and does not, into damage.
func MustExist(err error, what string) error {
	if errors.Is(err, mfa.NotFound) {
		return mfa.Errorf(mfa.Damaged, "the record of %s is missing", what) // without its cause, which says "not found"
	}
	return err
}

// Rows are the records of one owner: those that verify, and which of the others there are.
type Rows[T any] struct {
	Sound   []T
	Damaged []Damaged
}

// Len is how many rows there are.
func (rows Rows[T]) Len() int { return len(rows.Sound) + len(rows.Damaged) }

// Count returns how many rows count. One that does not verify counts too, since nothing says
// that it does not.
func (rows Rows[T]) Count(counts func(T) bool) int {
	n := len(rows.Damaged)
	for _, row := range rows.Sound {
		if counts(row) {
			n++
		}
	}
	return n
}

// one returns a row that verifies, or the error of reading or verifying it.
func one[T any](row T, err error, verify func(T) error) (T, error) {
	if err == nil {
		err = verify(row)
	}
	if err != nil {
		var none T
		return none, err
	}
	return row, nil
}

// sorted verifies the rows of one owner.
func sorted[T any](all []T, err error, verify func(T) error) (out Rows[T], _ error) {
	if err != nil {
		return out, err
	}
	for _, row := range all {
		err := verify(row)
		d, damaged := InDamage(err)
		switch {
		case damaged:
			out.Damaged = append(out.Damaged, d)
		case err != nil:
			return out, err
		default:
			out.Sound = append(out.Sound, row)
		}
	}
	return out, nil
}

// Page is one page of a list.
type Page[T any] struct {
	Rows[T]
	// Last is the last row as the database has it, sound or not, if more rows follow; nil at
	// the end of the list. The next page goes on at its key.
	Last *T
}

// page reads so many rows of a list. limit is that of the query which read makes.
func page[T any](limit *int, read func() ([]T, error), verify func(T) error) (out Page[T], err error) {
	most := *limit
	*limit = most + 1
	rows, err := read()
	if len(rows) > most {
		rows = rows[:most]
		out.Last = &rows[most-1]
	}
	out.Rows, err = sorted(rows, err, verify)
	return out, err
}
