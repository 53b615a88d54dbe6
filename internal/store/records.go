package store

import (
	"github.com/mfactl/mfactl/internal/mfa"
)

func communities() table {
	return table{"communities", []string{"id", "name", "parent_id", "created_at", "mac"}}
}

func scanCommunity(row scanner) (c mfa.Community, err error) {
	err = row.Scan(&c.ID, &c.Name, &c.ParentID, stamp{&c.CreatedAt}, &c.MAC, &c.Rev)
	return c, err
}

// Community implements [mfa.Reader].
func (r *reader) Community(id string) (mfa.Community, error) {
	return one(r, scanCommunity, communities().selectSQL()+" WHERE id = $1", id)
}

// CommunityByName implements [mfa.Reader].
func (r *reader) CommunityByName(name string) (mfa.Community, error) {
	return one(r, scanCommunity, communities().selectSQL()+" WHERE name = $1", name)
}

// Communities implements [mfa.Reader].
func (r *reader) Communities() ([]mfa.Community, error) {
	return all(r, scanCommunity, communities().selectSQL()+" ORDER BY name")
}

// PutCommunity implements [mfa.Tx].
func (t *tx) PutCommunity(c *mfa.Community) error {
	return t.put(communities(), &c.Rev, c.ID, c.Name, c.ParentID, micros(c.CreatedAt), c.MAC)
}

func users() table {
	return table{"users", []string{
		"id", "community_id", "email", "role", "status", "state", "password_hash", "factors", "preferred_id",
		"otp", "code", "password", "reset_at", "password_reset_at", "last_sign_in_at", "created_at", "created_by", "mac",
	}}
}

func scanUser(row scanner) (u mfa.User, err error) {
	err = row.Scan(&u.ID, &u.CommunityID, &u.Email, &u.Role, &u.Status, &u.State, &u.PasswordHash,
		parsed{&u.Factors}, &u.PreferredID, parsed{&u.OTP}, parsed{&u.Code}, parsed{&u.Password},
		stamp{&u.ResetAt}, stamp{&u.PasswordResetAt}, stamp{&u.LastSignInAt}, stamp{&u.CreatedAt}, &u.CreatedBy,
		&u.MAC, &u.Rev)
	return u, err
}

// User implements [mfa.Reader].
func (r *reader) User(id string) (mfa.User, error) {
	return one(r, scanUser, users().selectSQL()+" WHERE id = $1", id)
}

// UserByEmail implements [mfa.Reader].
func (r *reader) UserByEmail(email string) (mfa.User, error) {
	return one(r, scanUser, users().selectSQL()+" WHERE email = $1", email)
}

// LockUser implements [mfa.Tx].
func (t *tx) LockUser(id string) (mfa.User, error) {
	return one(&t.reader, scanUser, users().selectSQL()+" WHERE id = $1"+t.d.holdRow(), id)
}

// Users implements [mfa.Reader].
func (r *reader) Users(q mfa.UserQuery) ([]mfa.User, error) {
	var w where
	if q.CommunityIDs != nil {
		w.in("community_id", q.CommunityIDs)
	}
	if q.After != "" {
		w.add("email > ?", q.After)
	}
	query := users().selectSQL() + w.sql() + " ORDER BY email" + w.limit(q.Limit)
	return all(r, scanUser, query, w.args...)
}

// PutUser implements [mfa.Tx].
func (t *tx) PutUser(u *mfa.User) error {
	return t.put(users(), &u.Rev, u.ID, u.CommunityID, u.Email, u.Role, u.Status, u.State, u.PasswordHash,
		text(u.Factors), u.PreferredID, text(u.OTP), text(u.Code), text(u.Password),
		micros(u.ResetAt), micros(u.PasswordResetAt), micros(u.LastSignInAt), micros(u.CreatedAt), u.CreatedBy, u.MAC)
}

func factors() table {
	return table{"factors", []string{
		"id", "user_id", "kind", "label", "status", "sealed", "session_hash", "tries",
		"created_at", "confirmed_at", "expires_at", "last_used_at", "mac",
	}}
}

func scanFactor(row scanner) (f mfa.Factor, err error) {
	err = row.Scan(&f.ID, &f.UserID, &f.Kind, &f.Label, &f.Status, &f.Sealed, &f.SessionHash, &f.Tries,
		stamp{&f.CreatedAt}, stamp{&f.ConfirmedAt}, stamp{&f.ExpiresAt}, stamp{&f.LastUsedAt}, &f.MAC, &f.Rev)
	return f, err
}

// Factors implements [mfa.Reader].
func (r *reader) Factors(userID string) ([]mfa.Factor, error) {
	return all(r, scanFactor, factors().selectSQL()+" WHERE user_id = $1 ORDER BY created_at, id", userID)
}

// PutFactor implements [mfa.Tx].
func (t *tx) PutFactor(f *mfa.Factor) error {
	return t.put(factors(), &f.Rev, f.ID, f.UserID, f.Kind, f.Label, f.Status, f.Sealed, f.SessionHash, f.Tries,
		micros(f.CreatedAt), micros(f.ConfirmedAt), micros(f.ExpiresAt), micros(f.LastUsedAt), f.MAC)
}

// DeleteFactor implements [mfa.Tx].
func (t *tx) DeleteFactor(id string) error {
	_, err := t.exec("DELETE FROM factors WHERE id = $1", id)
	return err
}

func sessions() table {
	return table{"sessions", []string{
		"hash", "user_id", "level", "method", "created_at", "expires_at", "last_seen_at", "mac",
	}}
}

func scanSession(row scanner) (x mfa.Session, err error) {
	err = row.Scan(&x.Hash, &x.UserID, &x.Level, &x.Method,
		stamp{&x.CreatedAt}, stamp{&x.ExpiresAt}, stamp{&x.LastSeenAt}, &x.MAC, &x.Rev)
	return x, err
}

// Session implements [mfa.Reader].
func (r *reader) Session(hash string) (mfa.Session, error) {
	return one(r, scanSession, sessions().selectSQL()+" WHERE hash = $1", hash)
}

// Sessions implements [mfa.Reader].
func (r *reader) Sessions(userID string) ([]mfa.Session, error) {
	return all(r, scanSession, sessions().selectSQL()+" WHERE user_id = $1 ORDER BY created_at, hash", userID)
}

// PutSession implements [mfa.Tx].
func (t *tx) PutSession(x *mfa.Session) error {
	return t.put(sessions(), &x.Rev, x.Hash, x.UserID, x.Level, x.Method,
		micros(x.CreatedAt), micros(x.ExpiresAt), micros(x.LastSeenAt), x.MAC)
}

// DeleteSession implements [mfa.Tx].
func (t *tx) DeleteSession(hash string) error {
	_, err := t.exec("DELETE FROM sessions WHERE hash = $1", hash)
	return err
}
