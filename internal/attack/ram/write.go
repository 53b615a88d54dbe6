package ram

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

var errText = errors.New("ram: text must be UTF-8 without a zero byte")

// writable answers why a record cannot be written, if so.
func (t *tx) writable(r any) error {
	if err := t.usable(); err != nil {
		return err
	}
	if !keepable(reflect.ValueOf(r)) {
		t.failure = mfa.Fault(errText)
	}
	return t.failure
}

// put inserts a record whose Rev is 0 and else replaces the row of that very Rev. is finds the
// row of the record's key, and taken a row that keeps it out.
func put[T any](t *tx, rows *[]*T, r *T, rev func(*T) *int64, is, taken func(*T) bool) error {
	if err := t.writable(*r); err != nil {
		return err
	}
	i, was := find(*rows, is), *rev(r)
	if i < 0 && was != 0 || i >= 0 && *rev((*rows)[i]) != was ||
		taken != nil && find(*rows, func(o *T) bool { return !is(o) && taken(o) }) >= 0 {
		return mfa.Errorf(mfa.Conflict, "the record exists already or changed meanwhile")
	}
	*rev(r) = was + 1
	*rows = with(*rows, i, copied(r))
	return nil
}

// remove removes the row that fits.
func remove[T any](t *tx, rows *[]*T, fits func(*T) bool) error {
	if err := t.usable(); err != nil {
		return err
	}
	if find(*rows, fits) < 0 {
		return mfa.Errorf(mfa.NotFound, "no such record")
	}
	*rows = without(*rows, fits)
	return nil
}

// SetMeta keeps a value of the store itself.
func (t *tx) SetMeta(name, value string) error {
	p := pair{name, value}
	if err := t.writable(p); err != nil {
		return err
	}
	t.meta = with(t.meta, find(t.meta, func(o *pair) bool { return o.name == name }), &p)
	return nil
}

// PutCommunity keeps a community; Conflict also if the name is another's.
func (t *tx) PutCommunity(c *mfa.Community) error {
	return put(t, &t.communities, c, func(c *mfa.Community) *int64 { return &c.Rev },
		func(o *mfa.Community) bool { return o.ID == c.ID }, func(o *mfa.Community) bool { return o.Name == c.Name })
}

// PutUser keeps a user; Conflict also if the address is another's.
func (t *tx) PutUser(u *mfa.User) error {
	if find(t.communities, func(c *mfa.Community) bool { return c.ID == u.CommunityID }) < 0 {
		return mfa.Errorf(mfa.NotFound, "no such community")
	}
	return put(t, &t.users, u, func(u *mfa.User) *int64 { return &u.Rev },
		func(o *mfa.User) bool { return o.ID == u.ID }, func(o *mfa.User) bool { return o.Email == u.Email })
}

// DeleteUser removes a user; Conflict while a factor, a session or a token is left.
func (t *tx) DeleteUser(id string) error {
	if find(t.factors, func(f *mfa.Factor) bool { return f.UserID == id }) >= 0 ||
		find(t.sessions, func(s *mfa.Session) bool { return s.UserID == id }) >= 0 ||
		find(t.tokens, func(k *mfa.Token) bool { return k.UserID == id }) >= 0 {
		return mfa.Errorf(mfa.Conflict, "something of the user is left")
	}
	return remove(t, &t.users, func(u *mfa.User) bool { return u.ID == id })
}

// owned answers NotFound if there is no such user.
func (t *tx) owned(userID string) error {
	if find(t.users, func(u *mfa.User) bool { return u.ID == userID }) < 0 {
		return mfa.Errorf(mfa.NotFound, "no such user")
	}
	return nil
}

// PutFactor keeps a factor; Conflict also if the user has one of that label, a pending one, or
// a code of that kind already.
func (t *tx) PutFactor(f *mfa.Factor) error {
	if err := t.owned(f.UserID); err != nil {
		return err
	}
	codes := []mfa.Kind{mfa.KindBackup, mfa.KindRecovery, mfa.KindSetPassword}
	taken := func(o *mfa.Factor) bool {
		return o.UserID == f.UserID && (o.Label == f.Label && !slices.Contains(codes, o.Kind) && !slices.Contains(codes, f.Kind) ||
			o.Kind == f.Kind && slices.Contains(codes[1:], f.Kind) || o.Status == mfa.FactorPending && f.Status == mfa.FactorPending)
	}
	return put(t, &t.factors, f, func(f *mfa.Factor) *int64 { return &f.Rev }, func(o *mfa.Factor) bool { return o.ID == f.ID }, taken)
}

// DeleteFactor removes a factor row.
func (t *tx) DeleteFactor(id string) error {
	return remove(t, &t.factors, func(f *mfa.Factor) bool { return f.ID == id })
}

// PutSession keeps a session; NotFound if there is no such user.
func (t *tx) PutSession(s *mfa.Session) error {
	if err := t.owned(s.UserID); err != nil {
		return err
	}
	return put(t, &t.sessions, s, func(s *mfa.Session) *int64 { return &s.Rev }, func(o *mfa.Session) bool { return o.Hash == s.Hash }, nil)
}

// DeleteSession removes a session.
func (t *tx) DeleteSession(hash string) error {
	return remove(t, &t.sessions, func(s *mfa.Session) bool { return s.Hash == hash })
}

// PutToken keeps a token; Conflict also if the owner has one of that name that was not
// replaced.
func (t *tx) PutToken(k *mfa.Token) error {
	if err := t.owned(k.UserID); err != nil {
		return err
	}
	taken := func(o *mfa.Token) bool {
		return o.ID == k.ID || o.UserID == k.UserID && o.Name == k.Name && o.Successor == "" && k.Successor == ""
	}
	return put(t, &t.tokens, k, func(k *mfa.Token) *int64 { return &k.Rev }, func(o *mfa.Token) bool { return o.Hash == k.Hash }, taken)
}

// DeleteToken removes a token.
func (t *tx) DeleteToken(hash string) error {
	return remove(t, &t.tokens, func(k *mfa.Token) bool { return k.Hash == hash })
}

// PutRequest keeps a request.
func (t *tx) PutRequest(r *mfa.Request) error {
	return put(t, &t.requests, r, func(r *mfa.Request) *int64 { return &r.Rev }, func(o *mfa.Request) bool { return o.ID == r.ID }, nil)
}

// PutFormerAccount keeps what is to be known of an account or an address that is gone.
func (t *tx) PutFormerAccount(f *mfa.FormerAccount) error {
	return put(t, &t.formers, f, func(f *mfa.FormerAccount) *int64 { return &f.Rev },
		func(o *mfa.FormerAccount) bool { return o.ID == f.ID }, nil)
}

// SweepFormerAccounts removes those of the oldest former accounts that are from before a time.
func (t *tx) SweepFormerAccounts(before time.Time, most int) error {
	oldest, err := list(t, t.formers, most, nil, func(a, b *mfa.FormerAccount) int { return cmp.Compare(a.ID, b.ID) })
	for _, f := range oldest {
		if err == nil && f.At.Before(before) {
			err = remove(t, &t.formers, func(o *mfa.FormerAccount) bool { return o.ID == f.ID })
		}
	}
	return err
}

// NextSeq returns the number of the next event.
func (t *tx) NextSeq() (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	return int64(len(t.events)) + 1, nil
}

// AppendEvent keeps an event; Conflict unless it carries the next number.
func (t *tx) AppendEvent(e mfa.Event) error {
	next, err := t.NextSeq()
	if err != nil {
		return err
	}
	if e.Seq != next {
		return mfa.Errorf(mfa.Conflict, "event %d does not follow event %d", e.Seq, next-1)
	}
	if err := t.writable(e); err != nil {
		return err
	}
	t.events = with(t.events, -1, copied(&e))
	return nil
}

// PutNotice keeps a notice, or what became of it.
func (t *tx) PutNotice(n mfa.Notice) error {
	if err := t.writable(n); err != nil {
		return err
	}
	t.notices = with(t.notices, find(t.notices, func(o *mfa.Notice) bool { return o.ID == n.ID }), copied(&n))
	return nil
}

// PutReply keeps a reply; Conflict if one of that name was kept in the same period.
func (t *tx) PutReply(p mfa.Reply) error {
	if err := t.writable(p); err != nil {
		return err
	}
	if find(t.replies, func(o *mfa.Reply) bool { return o.Name == p.Name && o.Period == p.Period }) >= 0 {
		return mfa.Errorf(mfa.Conflict, "an answer is already kept under this key")
	}
	t.replies = with(t.replies, -1, copied(&p))
	return nil
}

// DeleteReply implements [mfa.Tx].
func (t *tx) DeleteReply(name string, in mfa.ReplyPeriods) error {
	if err := t.usable(); err != nil {
		return err
	}
	t.replies = without(t.replies, func(p *mfa.Reply) bool { return p.Name == name && slices.Contains(in[:], p.Period) })
	return nil
}

// besideSwept is how many answers of the period of a sweep it looks at.
const besideSwept = 16

// SweepReplies implements [mfa.Tx].
func (t *tx) SweepReplies(since time.Time, name string, most int) (removed int, _ error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	now := mfa.ReplyPeriod(since)
	ordered := slices.Clone(t.replies)
	slices.SortFunc(ordered, func(a, b *mfa.Reply) int { return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.Name, b.Name)) })
	over, looked := map[*mfa.Reply]bool{}, 0
	for _, p := range ordered {
		switch {
		case p.Period < now && len(over) < most:
			over[p] = true
		case p.Period == now && p.Name > name && looked < besideSwept:
			looked++
			if !p.At.After(since) {
				over[p] = true
			}
		}
	}
	t.replies = without(t.replies, func(p *mfa.Reply) bool { return over[p] })
	return len(over), nil
}

// Sweep removes sessions and tokens that ended before the time.
func (t *tx) Sweep(before time.Time) error {
	if err := t.usable(); err != nil {
		return err
	}
	t.sessions = without(t.sessions, func(s *mfa.Session) bool { return !s.ExpiresAt.IsZero() && s.ExpiresAt.Before(before) })
	t.tokens = without(t.tokens, func(k *mfa.Token) bool { return !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(before) })
	return nil
}
