package records

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"github.com/mfactl/mfactl/internal/look"
	"github.com/mfactl/mfactl/internal/mfa"
)

// User reads a user by id; the row is held where the transaction may write it.
func (r *Reader) User(id string, hold bool) (mfa.User, error) { return r.user(id, hold, id) }

// user is User for one whom the answer is to name by something else.
func (r *Reader) user(id string, hold bool, name string) (mfa.User, error) {
	read := r.raw.User
	if hold = hold && r.tx != nil; hold {
		read = r.tx.LockUser
	}
	u, err := read(id)
	if err != nil {
		return mfa.User{}, unreadableRecord(err, sortUser, id, "user", name)
	}
	if err := r.verifyUser(u); err != nil {
		return mfa.User{}, err
	}
	if hold {
		r.hold(u)
	}
	return u, nil
}

func (r *Reader) hold(u mfa.User) {
	if r.held == nil {
		r.held = map[string]mfa.User{}
	}
	r.held[u.ID] = u
}

// UserAt reads the user of an address, and holds the row where the transaction may write.
// Where the address leads to an id there is such a user: one whom the id does not find, or of
// another address, is damage and never "no such user".
func (r *Reader) UserAt(address string) (mfa.User, error) {
	id, err := r.raw.UserID(address)
	if err != nil {
		return mfa.User{}, err
	}
	u, err := r.user(id, true, address)
	if err != nil {
		return u, MustExist(err, "user "+address)
	}
	if u.Email != address {
		return mfa.User{}, mfa.Errorf(mfa.Damaged, "the address %s leads to another user", address)
	}
	return u, nil
}

// UserPage reads users by e-mail address, q.Limit at most.
func (r *Reader) UserPage(q mfa.UserQuery) (Page[mfa.User], error) {
	return page(&q.Limit, func() ([]mfa.User, error) { return r.raw.Users(q) }, r.verifyUser)
}

// Addresses returns the addresses of users, q.Limit at most, as the database has them: to look
// for one that is like another. [Reader.UserAt] tells whose it is, and verifies that.
func (r *Reader) Addresses(q mfa.UserQuery) (out []string, _ error) {
	rows, err := r.raw.Users(q)
	for _, u := range rows {
		out = append(out, u.Email)
	}
	return out, err
}

// EachUser goes through every user. A row that does not verify, or cannot be read, comes as
// an error that names it, see [InDamage]; one that names none ends the walk.
func (r *Reader) EachUser() iter.Seq2[mfa.User, error] { return r.walk(r.raw.EachUser()) }

// EachUserOf is EachUser for some of them, see [mfa.Walker]. The database finds rows by its
// indexes, which carry no MAC. If a row verifies and is not what the query asks for, an index
// is wrong: that is damage too.
func (r *Reader) EachUserOf(q mfa.UserQuery) iter.Seq2[mfa.User, error] {
	return func(yield func(mfa.User, error) bool) {
		for u, err := range r.walk(r.raw.EachUserOf(q)) {
			if err == nil && !asked(q, u) {
				wrong := mfa.Errorf(mfa.Damaged, "an index leads to user %s, who is not what it says", u.Email)
				u, err = mfa.User{}, wrong.WithCause(&Damaged{sortUser.name, u.ID, errors.New("an index is wrong")})
			}
			if !yield(u, err) {
				return
			}
		}
	}
}

// LookOf returns the look of an address as a row has it, see [mfa.User].
func LookOf(address string) string {
	if key := look.Key(address); key != address {
		return key
	}
	return ""
}

// lookAlikes bounds how many users of one look are read.
const lookAlikes = 100

// LookAlike finds a user whose address looks like another, and is another; nil if there is
// none. Damaged where such rows exist and all of them fail to verify. except is the id of a
// user who does not count.
func (r *Reader) LookAlike(address, except string) (*mfa.User, error) {
	key := look.Key(address)
	rows, err := r.raw.Users(mfa.UserQuery{Look: key, Limit: lookAlikes})
	if err != nil {
		return nil, err
	}
	plain, err := r.raw.UserID(key)
	if err == nil {
		var u mfa.User
		if u, err = r.raw.User(plain); err == nil {
			rows = append(rows, u)
		}
	}
	if err != nil && !errors.Is(err, mfa.NotFound) {
		return nil, unreadableRecord(err, sortUser, plain, "user", key)
	}
	var damage error
	for _, u := range rows {
		if u.ID == except || u.Email == address {
			continue
		}
		err := r.verifyUser(u)
		if err == nil && look.Key(u.Email) == key {
			return &u, nil
		}
		damage = cmp.Or(damage, err)
	}
	return nil, damage
}

// asked reports whether a user is what a query asks for.
func asked(q mfa.UserQuery, u mfa.User) bool {
	return (q.CommunityIDs == nil || slices.Contains(q.CommunityIDs, u.CommunityID)) &&
		(q.Roles == nil || slices.Contains(q.Roles, u.Role)) &&
		(!q.CanSignIn || u.Status == mfa.UserActive && !u.Service)
}

func (r *Reader) walk(rows iter.Seq2[mfa.User, error]) iter.Seq2[mfa.User, error] {
	return func(yield func(mfa.User, error) bool) {
		for u, err := range rows {
			err = unreadableRecord(err, sortUser, u.ID, "user", cmp.Or(u.Email, u.ID))
			if !yield(one(u, err, r.verifyUser)) {
				return
			}
		}
	}
}

func (r *Reader) verifyUser(u mfa.User) error {
	return r.verify(sortUser, u.ID, "user "+u.Email, u, u.MAC, u.Proof)
}

// PutAttempts writes the counters of a user whose row is held, and nothing else of it.
func (w *RefusalWriter) PutAttempts(u *mfa.User) error {
	row, held := w.held[u.ID]
	if !held {
		return mfa.Fault(errors.New("attempts of a user whose row is not held"))
	}
	row.OTP, row.Code, row.Password, row.Rev = u.OTP, u.Code, u.Password, u.Rev
	row.VerifyOTP, row.VerifyCode = u.VerifyOTP, u.VerifyCode
	row.Markers = u.Markers
	err := w.putUser(&row)
	u.Rev, u.MAC, u.Proof = row.Rev, row.MAC, row.Proof
	return err
}

func (w *RefusalWriter) putUser(u *mfa.User) error {
	u.Look = LookOf(u.Email)
	if err := put(w, sortUser, u, &u.MAC, &u.Proof, w.tx.PutUser); err != nil {
		return err
	}
	w.hold(*u)
	return nil
}

// PutUser writes a user.
func (w *Writer) PutUser(u *mfa.User) error {
	w.changed = true
	return w.putUser(u)
}

// DeleteUser removes a user who has no factor, no session and no token any more.
func (w *Writer) DeleteUser(id string) error {
	w.changed = true
	return w.tx.DeleteUser(id)
}
