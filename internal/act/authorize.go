package act

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// LastSeenEvery is how often it is written when a session was last seen, or a
// token last used.
const LastSeenEvery = time.Minute

// authorizeTarget finds whom the act is done to, once authorizeCaller allowed the caller to
// ask. It refuses a caller who has the permission but may not use it on this target: one who
// has more than the caller, unless the rule allows that. It returns the target with a refusal
// too, and nil where the rule names none.
func (a *Act) authorizeTarget() (*Account, error) {
	switch {
	case len(a.Rule.Levels) == 0:
		return nil, nil
	case a.Rule.Permission == "":
		return a.Actor, nil
	case !a.Rule.OnUser:
		return nil, nil
	}
	u, err := a.targetNamed()
	switch {
	case err != nil || a.Rule.Password != mfa.PasswordAlways || !a.Unattended() || a.spec.Request:
		return u, err
	case a.Rule.Method == "Reset":
		return u, mayGoUnattended(a, u)
	}
	return u, mfa.Errorf(mfa.Forbidden, "an API token may not do this alone").WithHint("%s", ByRequest)
}

// authorizeCaller finds the caller, and refuses if a session or token such as theirs may not
// ask for this of anybody. It starts as no.
func (a *Act) authorizeCaller() error {
	if len(a.Rule.Levels) == 0 {
		return nil
	}
	if err := a.authenticate(); err != nil {
		return err
	}
	if !a.Rule.Admits(a.Session.Level) {
		return mfa.AsError(a.WrongLevel()).WithDetail(string(mfa.ActAuthzDeny))
	}
	if p := a.Rule.Permission; p != "" && !a.Actor.Grant.Has(p) {
		return a.LacksPermission(p)
	}
	return nil
}

// LacksPermission is the error for a caller who has this permission over no one.
func (a *Act) LacksPermission(p mfa.Permission) error {
	e := mfa.Errorf(mfa.Forbidden, "your role %s lacks the permission %s", a.Actor.Role, p).WithHint("ask an administrator whose role has it")
	if a.Unattended() {
		e = mfa.Errorf(mfa.Forbidden, "this token lacks the permission %s", p).WithHint("use a token that was created with --allow %s, or sign in", p)
	}
	return e.WithDetail(string(mfa.ActAuthzDeny))
}

// targetNamed finds the account that the call names. The community is the one of
// the user's row, never one of the request.
func (a *Act) targetNamed() (*Account, error) {
	who := a.spec.User
	if who == "" && a.spec.Self {
		who = a.Actor.ID
	}
	if who == "" {
		return nil, mfa.UsageError("user", "missing")
	}
	u, err := a.ReachableUser(who)
	switch {
	case err != nil:
		return nil, err
	case a.Rule.NotSelf && (u.ID == a.Actor.ID || u.ID == a.ResponsibleID()):
		return u, Yourself(a.Rule.Method)
	case a.Rule.Changes && !a.Rule.AboveToo && u.ID != a.Actor.ID && !a.Actor.Grant.Covers(u.Grant): // a token may have less than its owner
		return u, MoreThanYours(u.Email)
	}
	return u, nil
}

// MoreThanYours is the refusal to act on an account, or to give a role, with permissions that
// the caller lacks.
func MoreThanYours(what string) *mfa.Error {
	return mfa.Errorf(mfa.Forbidden, "%s has permissions you lack", what).WithHint("ask an administrator whose role has them, or the owner of the store can use --break-glass")
}

// Yourself is the refusal of a method on the caller's own account. Its hint names the way.
func Yourself(method string) *mfa.Error {
	const others = "ask another administrator"
	what, hint := "do this to your own account", others
	switch method {
	case "Reset":
		what = "reset your own 2FA"
		hint = "sign in with a backup code, then: mfactl 2fa add; without one " + others + ", or the owner of the store can use --break-glass"
	case "ResetPassword":
		what = "reset your own password"
		hint = "mfactl password change; if you forgot it " + others + ", or the owner of the store can use --break-glass"
	case "UpdateUser":
		what, hint = "change your own account", others+"; for a new address the owner of the store can use --break-glass"
	case "LockUser":
		what, hint = "lock your own account", "mfactl logout, or "+others
	case "UnlockUser":
		what, hint = "unlock your own account", others+", or the owner of the store can use --break-glass"
	case "DeleteUser":
		what, hint = "delete your own account", others+", or the owner of the store can use --break-glass"
	case "Approve":
		what = "approve a request about your own account"
	}
	return mfa.Errorf(mfa.Forbidden, "you cannot %s", what).WithHint("%s", hint)
}

// ReachableUser finds a user the actor's permissions reach. A user out of reach gets
// the same answer as an unknown one. Only callers who may read users learn that there is
// no such user, and see the nearest address.
func (a *Act) ReachableUser(who string) (*Account, error) {
	u, err := a.AccountNamed(who)
	if errors.Is(err, mfa.NotFound) {
		err = a.nobody(who)
	}
	if err != nil {
		return nil, err
	}
	in, err := a.Reaches(u.CommunityID)
	if err == nil && !in {
		err = a.nobody(who)
	}
	return u, err
}

// WrongCodeText is the one answer of a verify that says no, also of nobody.
const WrongCodeText = "wrong code"

func (a *Act) nobody(who string) error {
	if !a.Actor.Grant.Has(mfa.UsersRead) {
		e := &mfa.Error{Code: mfa.Rejected}
		if a.Rule.Method == "Verify" {
			e.Message = WrongCodeText
		}
		return e.WithDetail(string(mfa.ActAuthzDeny))
	}
	e := mfa.Errorf(mfa.NotFound, "no user %s", who).WithDetail(string(mfa.ActAuthzDeny))
	address, err := CanonicalEmail(who)
	if err != nil {
		return e
	}
	near, err := a.meant(address)
	if err != nil {
		return err
	}
	if near != "" {
		return e.WithHint("did you mean %s?", near)
	}
	return e
}

// authenticate finds who asks by what they bear: the token of a session, or an
// API token. Every way in which either may have ended is the same answer.
func (a *Act) authenticate() error {
	prefix, hash, ok := ParseBearer(a.call.Token)
	var err error
	switch {
	case ok && prefix == mfa.TokenPrefix:
		ok, err = a.byToken(hash)
	case ok && prefix == mfa.SessionPrefix:
		ok, err = a.bySession(hash)
	}
	if err == nil && !ok {
		return &mfa.Error{Code: mfa.Unauthenticated}
	}
	return err
}

// bySession finds a session by its hash and the account behind it; false where it
// has ended.
func (a *Act) bySession(hash string) (bool, error) {
	x, u, err := a.sessionOf(hash)
	if err != nil || u == nil || !a.Alive(x, u) {
		return false, err
	}
	if x.Level == mfa.LevelChallenge && !a.Rule.Admits(mfa.LevelChallenge) {
		return false, nil
	}
	if x.Level == mfa.LevelPassword && u.Needs2FA() {
		x.Level = mfa.LevelEnroll // a policy takes effect at the next request
	}
	a.Session, a.Actor, a.Device = x, u, x.Marker
	return true, nil
}

// bearerHash is the hash of the session or token that asked.
func (a *Act) bearerHash() string {
	if a.Unattended() {
		return a.Token.Hash
	}
	return a.Session.Hash
}

// sessionOf reads a session by its hash and the account behind it; nil if there is no
// such session.
func (a *Act) sessionOf(hash string) (x mfa.Session, u *Account, err error) {
	if x, err = a.Read.Session(hash); err != nil {
		return x, nil, mfa.Missing(err, nil)
	}
	if u, err = a.AccountByID(x.UserID, a.holdsActor()); err != nil {
		return x, u, records.MustExist(err, "a session's user")
	}
	if bounded := records.BoundedSession(x, a.Now); !bounded.CreatedAt.Equal(x.CreatedAt) {
		x, a.bounded = bounded, true
		x.LastSeenAt = a.Now.Add(-max(LastSeenEvery, u.Policy.SessionIdle/3)) // so that this use is written
	}
	return x, u, err
}

// holdsActor reports whether the act may write the row of the caller.
func (a *Act) holdsActor() bool {
	return a.Rule.Permission == "" || a.Rule.Password != mfa.PasswordNever
}

// Alive reports whether a session still stands: within its times, of an active
// account, and of a level the account's 2FA state bears out. A session of two
// factors is one only while the account has them. One that may only enroll ends when 2FA is
// on, unless the factor that opened it is of a kind that the policy bars.
func (m moment) Alive(x mfa.Session, u *Account) bool {
	if !m.Now.Before(x.ExpiresAt) || u.Status != mfa.UserActive || records.Foretold(x.CreatedAt, m.Now) {
		return false
	}
	fresh := m.Now.Before(x.LastSeenAt.Add(u.Policy.SessionIdle)) && m.Now.Before(x.CreatedAt.Add(u.Policy.SessionMax))
	switch x.Level {
	case mfa.LevelMFA:
		return fresh && u.State == mfa.StateOn
	case mfa.LevelPassword:
		return fresh && u.State == mfa.StateOff
	case mfa.LevelEnroll:
		return u.State != mfa.StateOn || u.Policy.Bars(mfa.KindOf(x.Method))
	case mfa.LevelChallenge:
		return u.State != mfa.StateOff
	default:
		return false
	}
}

// WrongLevel says what the session lacks.
func (a *Act) WrongLevel() error {
	if a.Unattended() {
		return mfa.Errorf(mfa.Forbidden, "an API token may not do this").WithHint("mfactl login, and no token given")
	}
	if a.Session.Level == mfa.LevelEnroll {
		return mfa.Errorf(mfa.Forbidden, "this session may only set up 2FA").WithHint("mfactl 2fa enable")
	}
	return mfa.Errorf(mfa.Forbidden, "this needs a session that proved both factors").WithHint("mfactl 2fa enable")
}

// stale reports that the session's last-seen time, or the token's, is worth
// writing after a read.
func (a *Act) stale() bool {
	if a.Unattended() {
		return a.unmarked()
	}
	return a.Actor != nil && !a.Now.Before(a.Session.LastSeenAt.Add(a.Actor.Policy.SessionIdle/3))
}

// touch writes when the session was last seen, or the token last used, at most once a minute.
func (a *Act) touch() error {
	switch {
	case a.Unattended() && a.unmarked():
		return a.Refusals.TouchToken(a.Token.Hash, a.Now)
	case a.Unattended() || a.Actor == nil || a.Session.Hash == "" || a.Now.Before(a.Session.LastSeenAt.Add(LastSeenEvery)):
		return nil
	}
	return a.Refusals.TouchSession(a.Session.Hash, a.Now)
}

// OpenSession makes a session and returns its token: 256 random bits, of which
// the store keeps the SHA-256 (OWASP ASVS 7.2.3).
func (a *Act) OpenSession(u *Account, level mfa.Level, method mfa.Kind) mfa.SignedIn {
	token, hash := a.NewBearer(mfa.SessionPrefix)
	life := u.Policy.SessionMax
	switch level {
	case mfa.LevelChallenge:
		life = mfa.ChallengeTTL
	case mfa.LevelEnroll:
		life = mfa.EnrollTTL
	default:
	}
	x := mfa.Session{
		Hash: hash, UserID: u.ID, Level: level, Method: method, Marker: a.Device,
		CreatedAt: a.Now, LastSeenAt: a.Now, ExpiresAt: a.Now.Add(life),
	}
	a.Wrote(a.Write.PutSession(&x))
	return mfa.SignedIn{
		User: u.Email, UserID: u.ID, Level: level, Method: method,
		ExpiresAt: x.ExpiresAt, Token: token, MustEnroll: level == mfa.LevelEnroll,
	}
}

// EndSessions ends every session of a user but one, and challenges too. It
// returns how many sessions there were.
func (a *Act) EndSessions(userID, but string) (ended int, _ error) {
	all, err := a.Read.SessionRows(userID)
	if err != nil {
		return 0, err
	}
	for _, x := range all.Sound {
		if x.Hash == but {
			continue
		}
		a.Wrote(a.Write.DeleteSession(x.Hash))
		if a.Unexpired(x) {
			ended++
		}
	}
	for _, d := range all.Damaged {
		a.Wrote(a.Write.DeleteSession(d.ID))
	}
	return ended + len(all.Damaged), nil
}

// Unexpired reports whether a row is a session that has not expired. A challenge does not
// count. An idle session does: a longer session_idle would make it valid again.
func (m moment) Unexpired(x mfa.Session) bool {
	return x.Level != mfa.LevelChallenge && m.Now.Before(x.ExpiresAt)
}
