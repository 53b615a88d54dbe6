package ram

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// tx is one transaction, of either sort. It has a copy of the lists of the state that it began
// with; the rows in them are shared, and none is ever changed.
type tx struct {
	State

	ctx     context.Context //nolint:containedctx // a transaction lives as long as its call
	at      time.Time
	failure error // nothing may be committed
	over    bool
}

var _ mfa.Tx = (*tx)(nil)

// usable answers why the transaction can do no more, if so.
func (t *tx) usable() error {
	switch {
	case t.failure != nil:
		return t.failure
	case t.over:
		return mfa.Fault(errors.New("ram: the transaction is over"))
	}
	if t.failure = ended(t.ctx); t.failure != nil {
		return t.failure
	}
	return nil
}

// one returns a copy of the first row that fits; NotFound if none does.
func one[T any](t *tx, rows []*T, fits func(*T) bool) (none T, _ error) {
	if err := t.usable(); err != nil {
		return none, err
	}
	i := find(rows, fits)
	if i < 0 {
		return none, mfa.Errorf(mfa.NotFound, "no such record")
	}
	return *copied(rows[i]), nil
}

// list returns copies of the rows that fit, in an order, as many as the limit says; 0 is all.
func list[T any](t *tx, rows []*T, limit int, fits func(*T) bool, order func(a, b *T) int) (out []T, _ error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	var found []*T
	for _, r := range rows {
		if fits == nil || fits(r) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, order)
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	for _, r := range found {
		out = append(out, *copied(r))
	}
	return out, nil
}

// Now is the time the transaction began at.
func (t *tx) Now() time.Time { return t.at }

// Meta returns a value of the store itself.
func (t *tx) Meta(name string) (string, error) {
	p, err := one(t, t.meta, func(p *pair) bool { return p.name == name })
	return p.value, err
}

// Community returns the community of an id.
func (t *tx) Community(id string) (mfa.Community, error) {
	return one(t, t.communities, func(c *mfa.Community) bool { return c.ID == id })
}

// CommunityByName returns the community of a name.
func (t *tx) CommunityByName(name string) (mfa.Community, error) {
	return one(t, t.communities, func(c *mfa.Community) bool { return c.Name == name })
}

// Communities lists every community by name.
func (t *tx) Communities() ([]mfa.Community, error) {
	return list(t, t.communities, 0, nil, func(a, b *mfa.Community) int { return cmp.Compare(a.Name, b.Name) })
}

// User returns the user of an id.
func (t *tx) User(id string) (mfa.User, error) {
	return one(t, t.users, func(u *mfa.User) bool { return u.ID == id })
}

// LockUser returns the user of an id. One update runs at a time, so the row is held.
func (t *tx) LockUser(id string) (mfa.User, error) { return t.User(id) }

// UserID returns the id of the user of an e-mail address.
func (t *tx) UserID(email string) (string, error) {
	u, err := one(t, t.users, func(u *mfa.User) bool { return u.Email == email })
	return u.ID, err
}

// Users lists users by e-mail address.
func (t *tx) Users(q mfa.UserQuery) ([]mfa.User, error) {
	fits := func(u *mfa.User) bool {
		return among(q.CommunityIDs, u.CommunityID) && among(q.Roles, u.Role) && (q.Look == "" || u.Look == q.Look) && u.Email > q.After &&
			(!q.CanSignIn || u.Status != mfa.UserLocked && u.Status != mfa.UserDeactivated && !u.Service)
	}
	return list(t, t.users, q.Limit, fits, byEmail)
}

func byEmail(a, b *mfa.User) int { return cmp.Compare(a.Email, b.Email) }

// among reports whether a value is one of some; nil is all.
func among[T comparable](some []T, v T) bool { return some == nil || slices.Contains(some, v) }

// Factors lists every factor row of a user, oldest first.
func (t *tx) Factors(userID string) ([]mfa.Factor, error) {
	return list(t, t.factors, 0, func(f *mfa.Factor) bool { return f.UserID == userID }, func(a, b *mfa.Factor) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
}

// Session returns the session of a token's hash.
func (t *tx) Session(hash string) (mfa.Session, error) {
	return one(t, t.sessions, func(s *mfa.Session) bool { return s.Hash == hash })
}

// Sessions lists a user's sessions, oldest first.
func (t *tx) Sessions(userID string) ([]mfa.Session, error) {
	return list(t, t.sessions, 0, func(s *mfa.Session) bool { return s.UserID == userID }, func(a, b *mfa.Session) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Hash, b.Hash))
	})
}

// SessionList lists sessions by their hash.
func (t *tx) SessionList(q mfa.SessionQuery) ([]mfa.Session, error) {
	fits := func(s *mfa.Session) bool {
		return s.Level != mfa.LevelChallenge && s.ExpiresAt.After(q.Alive) && t.inCommunities(q.CommunityIDs, s.UserID) &&
			(q.UserID == "" || s.UserID == q.UserID) && s.Hash > q.After
	}
	return list(t, t.sessions, q.Limit, fits, func(a, b *mfa.Session) int { return cmp.Compare(a.Hash, b.Hash) })
}

// inCommunities reports whether a user belongs to one of some communities; nil is all.
func (t *tx) inCommunities(some []string, userID string) bool {
	return some == nil || find(t.users, func(u *mfa.User) bool { return u.ID == userID && slices.Contains(some, u.CommunityID) }) >= 0
}

// Token returns the token of a hash.
func (t *tx) Token(hash string) (mfa.Token, error) {
	return one(t, t.tokens, func(k *mfa.Token) bool { return k.Hash == hash })
}

// TokenByID returns the token of an id.
func (t *tx) TokenByID(id string) (mfa.Token, error) {
	return one(t, t.tokens, func(k *mfa.Token) bool { return k.ID == id })
}

// Tokens lists tokens by their id.
func (t *tx) Tokens(q mfa.TokenQuery) ([]mfa.Token, error) {
	fits := func(k *mfa.Token) bool {
		return k.ExpiresAt.After(q.Alive) && t.inCommunities(q.CommunityIDs, k.UserID) && (q.UserID == "" || k.UserID == q.UserID) && k.ID > q.After && (q.Chain == "" || mfa.ChainOf(k.ID) == q.Chain)
	}
	return list(t, t.tokens, q.Limit, fits, func(a, b *mfa.Token) int { return cmp.Compare(a.ID, b.ID) })
}

// Request returns the request of an id.
func (t *tx) Request(id string) (mfa.Request, error) {
	return one(t, t.requests, func(r *mfa.Request) bool { return r.ID == id })
}

// Requests lists requests, newest first.
func (t *tx) Requests(q mfa.RequestQuery) ([]mfa.Request, error) {
	fits := func(r *mfa.Request) bool {
		return among(q.CommunityIDs, r.CommunityID) && (q.TargetID == "" || r.TargetID == q.TargetID) &&
			(q.Status == "" || r.Status == q.Status) && (q.Before == "" || r.ID < q.Before)
	}
	return list(t, t.requests, q.Limit, fits, func(a, b *mfa.Request) int { return cmp.Compare(b.ID, a.ID) })
}

// FormerAccounts lists what is kept of former accounts and addresses, newest first.
func (t *tx) FormerAccounts(q mfa.FormerQuery) ([]mfa.FormerAccount, error) {
	fits := func(f *mfa.FormerAccount) bool {
		return (q.AccountID == "" || f.AccountID == q.AccountID) && (q.Email == "" || f.Email == q.Email) && (q.Since.IsZero() || f.At.After(q.Since))
	}
	return list(t, t.formers, q.Limit, fits, func(a, b *mfa.FormerAccount) int { return cmp.Compare(b.ID, a.ID) })
}

// Events lists events, newest first.
func (t *tx) Events(q mfa.EventQuery) ([]mfa.Event, error) {
	fits := func(e *mfa.Event) bool {
		return among(q.CommunityIDs, e.CommunityID) && (len(q.Actions) == 0 || slices.Contains(q.Actions, e.Action)) &&
			(q.ActorID == "" || e.ActorID == q.ActorID) && (q.TargetID == "" || e.TargetID == q.TargetID) &&
			(q.Target == "" || e.Target == q.Target) && (q.Outcome == "" || e.Outcome == q.Outcome) &&
			(q.Since.IsZero() || !e.At.Before(q.Since)) && (q.Until.IsZero() || e.At.Before(q.Until)) && (q.Before <= 0 || e.Seq < q.Before)
	}
	return list(t, t.events, q.Limit, fits, func(a, b *mfa.Event) int { return cmp.Compare(b.Seq, a.Seq) })
}

// Notices lists notices, oldest first.
func (t *tx) Notices(q mfa.NoticeQuery) ([]mfa.Notice, error) {
	fits := func(n *mfa.Notice) bool {
		return (q.ID == "" || n.ID == q.ID) && (q.UserID == "" || n.UserID == q.UserID) && (!q.Unsent || n.SentAt.IsZero())
	}
	return list(t, t.notices, q.Limit, fits, func(a, b *mfa.Notice) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
}

// Reply implements [mfa.Reader].
func (t *tx) Reply(name string, in mfa.ReplyPeriods, since time.Time) (mfa.Reply, error) {
	return one(t, t.replies, func(p *mfa.Reply) bool {
		return p.Name == name && slices.Contains(in[:], p.Period) && p.At.After(since)
	})
}
