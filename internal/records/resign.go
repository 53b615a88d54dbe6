package records

import (
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// Was tells, for each sort of record that a migration has changed, how a row was signed before:
// it takes the row as it is now and returns it as it was. A sort that has none was not changed.
// No migration changes an event, and none changes what a factor's private state is sealed to.
type Was struct {
	Community func(mfa.Community) mfa.Community
	User      func(mfa.User) mfa.User
	Factor    func(mfa.Factor) mfa.Factor
	Session   func(mfa.Session) mfa.Session
	Token     func(mfa.Token) mfa.Token
	Request   func(mfa.Request) mfa.Request
}

// Resigned counts the rows that were signed again, and those that did not verify as they were
// before: these are left as they are, and stay damaged.
type Resigned struct{ Signed, Damaged int }

// Resign signs again what a migration has changed, in the migration's own transaction. Only a
// row that verifies as it was is signed, so that a migration makes no forged row a record.
func Resign(tx mfa.Tx, keys *seal.Keyring, was Was) (Resigned, error) {
	r, err := New(nil, keys).reader(tx, tx)
	if err != nil {
		return Resigned{}, err
	}
	x := &resigning{w: &Writer{RefusalWriter: &RefusalWriter{Reader: r}}, was: was}
	for _, sort := range []func() error{x.communities, x.users, x.requests} {
		if err := sort(); err != nil {
			return x.out, err
		}
	}
	return x.out, nil
}

// resigning is a Resign on its way.
type resigning struct {
	w   *Writer
	was Was
	out Resigned
}

// resign signs a row again if it verifies as it was, and tells whether the row is sound now.
func resign[T any](x *resigning, row *T, was func(T) T, verify func(T) error, put func(*T) error) (sound bool, _ error) {
	err := verify(*row)
	if err == nil || !errors.Is(err, mfa.Damaged) {
		return err == nil, err
	}
	if was != nil {
		err = verify(was(*row))
	}
	switch {
	case errors.Is(err, mfa.Damaged):
		x.out.Damaged++
		return false, nil
	case err != nil:
		return false, err
	}
	x.out.Signed++
	return true, put(row)
}

// unreadable counts what could not be read: a row of a walk, or the rows of a user, which stay
// as they are. It returns what ended the walk.
func (x *resigning) unreadable(err error, id string) error {
	if !errors.Is(err, mfa.Damaged) || id == "" {
		return err
	}
	x.out.Damaged++
	return nil
}

func (x *resigning) communities() error {
	if x.was.Community == nil {
		return nil
	}
	verify := func(c mfa.Community) error {
		_, err := x.w.verifiedCommunity(c)
		return err
	}
	for c, err := range x.w.raw.EachCommunity() {
		if err == nil {
			_, err = resign(x, &c, x.was.Community, verify, x.w.PutCommunity)
		} else {
			err = x.unreadable(err, c.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// users signs each user again, with what belongs to the user.
func (x *resigning) users() error {
	if x.was.User == nil && x.was.Factor == nil && x.was.Session == nil && x.was.Token == nil {
		return nil
	}
	for u, err := range x.w.raw.EachUser() {
		if err == nil {
			err = x.user(u)
		} else {
			err = x.unreadable(err, u.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *resigning) user(u mfa.User) error {
	sound, err := resign(x, &u, x.was.User, x.w.verifyUser, x.w.PutUser)
	if err == nil && sound && x.was.Factor != nil {
		err = x.factors(&u)
	}
	if err == nil && x.was.Session != nil {
		err = x.sessions(u.ID)
	}
	if err == nil && x.was.Token != nil {
		err = x.tokens(u.ID)
	}
	return err
}

// factors signs the factors of a user again. The user row remembers the end of each MAC, so it
// is written as well.
func (x *resigning) factors(u *mfa.User) error {
	rows, err := x.w.raw.Factors(u.ID)
	if err != nil {
		return x.unreadable(err, u.ID)
	}
	verify := func(f mfa.Factor) error { return x.w.verifyFactor(f, "a factor") }
	marks := slices.Clone(u.Factors)
	for _, f := range rows {
		before := MarkOf(f)
		sound, err := resign(x, &f, x.was.Factor, verify, x.w.PutFactor)
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
		return x.unreadable(err, userID)
	}
	for i := 0; err == nil && i < len(rows); i++ {
		_, err = resign(x, &rows[i], x.was.Session, x.w.verifySession, x.w.PutSession)
	}
	return err
}

func (x *resigning) tokens(userID string) error {
	rows, err := x.w.raw.Tokens(mfa.TokenQuery{UserID: userID})
	if err != nil {
		return x.unreadable(err, userID)
	}
	for i := 0; err == nil && i < len(rows); i++ {
		_, err = resign(x, &rows[i], x.was.Token, x.w.verifyListedToken, x.w.PutToken)
	}
	return err
}

func (x *resigning) requests() error {
	if x.was.Request == nil {
		return nil
	}
	for a, err := range x.w.raw.EachRequest() {
		if err == nil {
			_, err = resign(x, &a, x.was.Request, x.w.verifyRequest, x.w.PutRequest)
		} else {
			err = x.unreadable(err, a.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
