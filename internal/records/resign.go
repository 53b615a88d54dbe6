package records

import (
	"errors"
	"iter"
	"reflect"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// Changes tells, for each sort of record, how a migration changes a row: each function takes a
// row as it was and returns it as it is from now on, and shares nothing with the old one that
// it changes. A sort that has none stays as it is. No migration changes an event, and none
// changes what a factor's private state is sealed to.
type Changes struct {
	Community func(mfa.Community) mfa.Community
	User      func(mfa.User) mfa.User
	Factor    func(mfa.Factor) mfa.Factor
	Session   func(mfa.Session) mfa.Session
	Token     func(mfa.Token) mfa.Token
	Request   func(mfa.Request) mfa.Request
	// Notices says that the notices without a MAC are signed as they are: before that
	// migration, none had one.
	Notices bool
	// Mark says that a store without a memory of time gets one: before that migration, a
	// store need not have had one.
	Mark bool
}

// Resigned counts the rows that were changed, and those of the same sorts that do not verify
// as they are: these stay as they are, and damaged.
type Resigned struct{ Signed, Damaged int }

// Resign changes rows and signs them again, in the migration's own transaction. Only a row that
// verifies as it is becomes another one, so that a migration makes no forged row a record. What
// is read is what the MAC covers, however it is spelled in the database: a change in SQL would
// miss other spellings of the same value.
//
// progress gets the number of rows that were looked at; it may be nil.
func Resign(tx mfa.Tx, keys *seal.Keyring, changes Changes, progress func(done int64)) (Resigned, error) {
	r, err := New(nil, keys).reader(tx, tx)
	if err != nil {
		return Resigned{}, err
	}
	x := &resigning{w: &Writer{RefusalWriter: &RefusalWriter{Reader: r}}, changes: changes, progress: progress}
	for _, sort := range []func() error{x.communities, x.users, x.tokens, x.requests, x.notices, x.mark} {
		if err := sort(); err != nil {
			return x.out, err
		}
	}
	return x.out, nil
}

// resigning is a Resign on its way.
type resigning struct {
	w        *Writer
	changes  Changes
	progress func(int64)
	seen     int64
	out      Resigned
}

// resign changes a row if it verifies, and tells whether it does.
func resign[T any](x *resigning, row *T, change func(T) T, verify func(T) error, put func(*T) error) (sound bool, _ error) {
	if x.seen++; x.progress != nil {
		x.progress(x.seen)
	}
	if err := verify(*row); err != nil {
		return false, x.damaged(err)
	}
	if change == nil {
		return true, nil
	}
	next := change(*row)
	if reflect.DeepEqual(next, *row) {
		return true, nil
	}
	*row = next
	x.out.Signed++
	return true, put(row)
}

// damaged counts a row, or the rows of a user, that cannot be read or do not verify, and returns
// any other error.
func (x *resigning) damaged(err error) error {
	if !errors.Is(err, mfa.Damaged) {
		return err
	}
	x.out.Damaged++
	return nil
}

// walk gives each row of a sort to f. A row that cannot be read stays as it is; an error without
// its key ends the walk.
func walk[T any](x *resigning, rows iter.Seq2[T, error], key func(T) string, f func(*T) error) error {
	for row, err := range rows {
		switch {
		case err == nil:
			err = f(&row)
		case key(row) != "":
			err = x.damaged(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// each changes every row of a sort that belongs to no user, if the migration changes the sort.
func each[T any](
	x *resigning, change func(T) T, rows iter.Seq2[T, error], key func(T) string, verify func(T) error, put func(*T) error,
) error {
	if change == nil {
		return nil
	}
	return walk(x, rows, key, func(row *T) error {
		_, err := resign(x, row, change, verify, put)
		return err
	})
}

func (x *resigning) communities() error {
	key := func(c mfa.Community) string { return c.ID }
	return each(x, x.changes.Community, x.w.raw.EachCommunity(), key, x.w.verifyCommunity, x.w.PutCommunity)
}

// users changes each user, with the factors and sessions of the user.
func (x *resigning) users() error {
	if x.changes.User == nil && x.changes.Factor == nil && x.changes.Session == nil {
		return nil
	}
	return walk(x, x.w.raw.EachUser(), func(u mfa.User) string { return u.ID }, x.user)
}

func (x *resigning) user(u *mfa.User) error {
	sound, err := resign(x, u, x.changes.User, x.w.verifyUser, x.w.PutUser)
	if err == nil && sound && x.changes.Factor != nil {
		err = x.factors(u)
	}
	if err == nil && x.changes.Session != nil {
		err = x.sessions(u.ID)
	}
	return err
}

// factors changes the factors of a user. The user row remembers the end of each MAC, so it is
// written as well.
func (x *resigning) factors(u *mfa.User) error {
	rows, err := x.w.raw.Factors(u.ID)
	if err != nil {
		return x.damaged(err)
	}
	verify := func(f mfa.Factor) error { return x.w.verifyFactor(f, "a factor") }
	marks := slices.Clone(u.Factors)
	for _, f := range rows {
		before := MarkOf(f)
		sound, err := resign(x, &f, x.changes.Factor, verify, x.w.PutFactor)
		if err != nil {
			return err
		}
		if i := slices.Index(marks, before); sound && i >= 0 {
			marks[i] = MarkOf(f)
		}
	}
	if slices.Equal(marks, u.Factors) {
		return nil
	}
	u.Factors = marks
	return x.w.PutUser(u)
}

func (x *resigning) sessions(userID string) error {
	rows, err := x.w.raw.Sessions(userID)
	if err != nil {
		return x.damaged(err)
	}
	for i := 0; err == nil && i < len(rows); i++ {
		_, err = resign(x, &rows[i], x.changes.Session, x.w.verifySession, x.w.PutSession)
	}
	return err
}

func (x *resigning) tokens() error {
	key := func(k mfa.Token) string { return k.ID }
	return each(x, x.changes.Token, x.w.raw.EachToken(), key, x.w.verifyListedToken, x.w.PutToken)
}

func (x *resigning) requests() error {
	key := func(a mfa.Request) string { return a.ID }
	return each(x, x.changes.Request, x.w.raw.EachRequest(), key, x.w.verifyRequest, x.w.PutRequest)
}

// notices signs the notices that have no MAC.
func (x *resigning) notices() error {
	if !x.changes.Notices {
		return nil
	}
	return walk(x, x.w.raw.EachNotice(), func(n mfa.Notice) string { return n.ID }, func(n *mfa.Notice) error {
		if x.seen++; x.progress != nil {
			x.progress(x.seen)
		}
		if len(n.MAC) > 0 {
			return nil
		}
		x.out.Signed++
		return x.w.PutNotice(*n)
	})
}

// mark gives the store a memory of time that has none.
func (x *resigning) mark() error {
	_, err := x.w.raw.Meta(mfa.MetaHighWater)
	if !x.changes.Mark || !errors.Is(err, mfa.NotFound) {
		return nil
	}
	return x.w.PutMark(Mark{At: x.w.Now()})
}
