package engine

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// lastSeenEvery is how often it is written when a session was last seen, or a
// token last used.
const lastSeenEvery = time.Minute

// authorizeTarget finds whom the act is done to, once authorizeCaller allowed the caller to
// ask. It refuses if the caller has the permission but may not use it on this target, never
// on one who has more than the caller. It returns the target then too, and nil where the
// rule names none.
func (s *scope) authorizeTarget() (*account, error) {
	switch {
	case len(s.rule.Levels) == 0:
		return nil, nil
	case s.rule.Permission == "":
		return s.actor, nil
	case !s.rule.OnUser:
		return nil, nil
	}
	u, err := s.targetNamed()
	if err == nil && s.rule.Password && s.unattended() {
		err = s.mayGoUnattended(u)
	}
	return u, err
}

// authorizeCaller finds the caller, and refuses if a session or token such as theirs may not
// ask for this of anybody. It starts as no.
func (s *scope) authorizeCaller() error {
	if len(s.rule.Levels) == 0 {
		return nil
	}
	if err := s.authenticate(); err != nil {
		return err
	}
	if !s.rule.Admits(s.session.Level) {
		return mfa.AsError(s.wrongLevel()).WithDetail(string(mfa.ActAuthzDeny))
	}
	if p := s.rule.Permission; p != "" && !s.actor.grant.Has(p) {
		return s.lacksPermission(p)
	}
	return nil
}

// lacksPermission is the error for a caller who has this permission over no one.
func (s *scope) lacksPermission(p mfa.Permission) error {
	e := mfa.Errorf(mfa.Forbidden, "your role %s lacks the permission %s", s.actor.Role, p)
	if s.unattended() {
		e = mfa.Errorf(mfa.Forbidden, "this token lacks the permission %s", p)
	}
	return e.WithDetail(string(mfa.ActAuthzDeny))
}

// targetNamed finds the account that the call names. The community is the one of
// the user's row, never one of the request.
func (s *scope) targetNamed() (*account, error) {
	who := s.spec.user
	if who == "" && s.spec.self {
		who = s.actor.ID
	}
	if who == "" {
		return nil, mfa.UsageError("user", "missing")
	}
	u, err := s.reached(who)
	switch {
	case err != nil:
		return nil, err
	case s.rule.NotSelf && (u.ID == s.actor.ID || u.ID == s.responsibleID()):
		return u, mfa.Errorf(mfa.Forbidden, "you cannot do this to yourself")
	case s.rule.Changes && u.ID != s.actor.ID && !s.actor.grant.Covers(u.grant): // a token may have less than its owner
		return u, mfa.Errorf(mfa.Forbidden, "%s has permissions you lack", u.Email)
	}
	return u, nil
}

// reached finds a user the actor's permissions reach. Whoever is out of reach is
// not told from nobody, and nobody only to those who may read users, who are told
// the nearest address as well.
func (s *scope) reached(who string) (*account, error) {
	u, err := s.accountNamed(who)
	if errors.Is(err, mfa.NotFound) {
		return nil, s.nobody(who)
	}
	if err != nil {
		return nil, err
	}
	in, err := s.reaches(u.community)
	if err == nil && !in {
		err = s.nobody(who)
	}
	return u, err
}

// wrongCodeText is the one answer of a verify that says no, also of nobody.
const wrongCodeText = "wrong code"

func (s *scope) nobody(who string) error {
	if !s.actor.grant.Has(mfa.UsersRead) {
		e := &mfa.Error{Code: mfa.Rejected}
		if s.rule.Method == "Verify" {
			e.Message = wrongCodeText
		}
		return e.WithDetail(string(mfa.ActAuthzDeny))
	}
	e := mfa.Errorf(mfa.NotFound, "no user %s", who).WithDetail(string(mfa.ActAuthzDeny))
	address, err := email(who)
	if err != nil {
		return e
	}
	near, err := s.meant(address)
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
func (s *scope) authenticate() error {
	prefix, hash, ok := bearer(s.call.Token)
	var err error
	switch {
	case ok && prefix == mfa.TokenPrefix:
		ok, err = s.byToken(hash)
	case ok:
		ok, err = s.bySession(hash)
	}
	if err == nil && !ok {
		return &mfa.Error{Code: mfa.Unauthenticated}
	}
	return err
}

// bySession finds a session by its hash and the account behind it; false where it
// has ended.
func (s *scope) bySession(hash string) (bool, error) {
	x, u, err := s.sessionOf(hash)
	if err != nil || u == nil || !s.alive(x, u) {
		return false, err
	}
	if x.Level == mfa.LevelChallenge && !s.rule.Admits(mfa.LevelChallenge) {
		return false, nil
	}
	if x.Level == mfa.LevelPassword && u.needs2FA() {
		x.Level = mfa.LevelEnroll // a policy takes effect at the next request
	}
	s.session, s.actor = x, u
	return true, nil
}

// bearerHash is the hash of the session or token that asked.
func (s *scope) bearerHash() string {
	if s.unattended() {
		return s.token.Hash
	}
	return s.session.Hash
}

// sessionOf reads a session by its hash and the account behind it; nil if there is no
// such session.
func (s *scope) sessionOf(hash string) (x mfa.Session, u *account, err error) {
	if x, err = s.r.Session(hash); err != nil {
		if errors.Is(err, mfa.NotFound) {
			err = nil
		}
		return x, nil, err
	}
	if u, err = s.accountByID(x.UserID, s.holdsActor()); err != nil {
		err = records.MustExist(err, "a session's user")
	}
	return x, u, err
}

// holdsActor reports whether the act may write the row of whoever asks.
func (s *scope) holdsActor() bool { return s.rule.Permission == "" || s.rule.Password }

// alive reports whether a session still stands: within its times, of an active
// account, and of a level the account's 2FA state bears out. A session of two
// factors is one only while the account has them.
func (s *scope) alive(x mfa.Session, u *account) bool {
	if !s.now.Before(x.ExpiresAt) || u.Status != mfa.UserActive {
		return false
	}
	fresh := s.now.Before(x.LastSeenAt.Add(u.policy.SessionIdle)) && s.now.Before(x.CreatedAt.Add(u.policy.SessionMax))
	switch x.Level {
	case mfa.LevelMFA:
		return fresh && u.State == mfa.StateOn
	case mfa.LevelPassword:
		return fresh && u.State == mfa.StateOff
	case mfa.LevelEnroll:
		return u.State != mfa.StateOn
	case mfa.LevelChallenge:
		return u.State != mfa.StateOff
	default:
		return false
	}
}

// wrongLevel says what the session lacks.
func (s *scope) wrongLevel() error {
	if s.unattended() {
		return mfa.Errorf(mfa.Forbidden, "an API token may not do this").WithHint("mfactl login, and no token given")
	}
	if s.session.Level == mfa.LevelEnroll {
		return mfa.Errorf(mfa.Forbidden, "this session may only set up 2FA").WithHint("mfactl 2fa enable")
	}
	return mfa.Errorf(mfa.Forbidden, "this needs a session that proved both factors").WithHint("mfactl 2fa enable")
}

// stale reports that the session's last-seen time, or the token's, is worth
// writing after a read.
func (s *scope) stale() bool {
	if s.unattended() {
		return s.unmarked()
	}
	return s.actor != nil && !s.now.Before(s.session.LastSeenAt.Add(s.actor.policy.SessionIdle/3))
}

// touch writes the session's last-seen time, at most once a minute.
func (s *scope) touch() error {
	if s.unattended() {
		return s.touchToken()
	}
	if s.actor == nil || s.session.Hash == "" || s.now.Before(s.session.LastSeenAt.Add(lastSeenEvery)) {
		return nil
	}
	return s.refusals.TouchSession(s.session.Hash, s.now)
}

// openSession makes a session and returns its token: 256 random bits, of which
// the store keeps the SHA-256 (OWASP ASVS 7.2.3).
func (s *scope) openSession(u *account, level mfa.Level, method mfa.Kind) (mfa.SignedIn, error) {
	token, hash, err := newBearer(mfa.SessionPrefix, s.rand)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	life := u.policy.SessionMax
	switch level {
	case mfa.LevelChallenge:
		life = mfa.ChallengeTTL
	case mfa.LevelEnroll:
		life = mfa.EnrollTTL
	default:
	}
	x := mfa.Session{
		Hash: hash, UserID: u.ID, Level: level, Method: method,
		CreatedAt: s.now, LastSeenAt: s.now, ExpiresAt: s.now.Add(life),
	}
	if err := s.w.PutSession(&x); err != nil {
		return mfa.SignedIn{}, err
	}
	return mfa.SignedIn{
		User: u.Email, UserID: u.ID, Level: level, Method: method,
		ExpiresAt: x.ExpiresAt, Token: token, MustEnroll: level == mfa.LevelEnroll,
	}, nil
}

// endSessions ends every session of a user but one, and challenges too. It
// returns how many sessions there were.
func (s *scope) endSessions(userID, but string) (ended int, _ error) {
	all, err := s.r.SessionRows(userID)
	if err != nil {
		return 0, err
	}
	for _, x := range all.Sound {
		if x.Hash == but {
			continue
		}
		if err := s.w.DeleteSession(x.Hash); err != nil {
			return 0, err
		}
		if s.live(x) {
			ended++
		}
	}
	for _, d := range all.Damaged {
		if err := s.w.DeleteSession(d.ID); err != nil {
			return 0, err
		}
	}
	return ended + len(all.Damaged), nil
}

// live reports whether a row is a session that has not expired. A challenge does not
// count. An idle session does: a longer session_idle would make it valid again.
func (s *scope) live(x mfa.Session) bool {
	return x.Level != mfa.LevelChallenge && s.now.Before(x.ExpiresAt)
}

// liveSessions returns how many of the rows are live sessions. One that does not verify
// counts, since nothing says that it has expired.
func (s *scope) liveSessions(rows records.Rows[mfa.Session]) int {
	n := len(rows.Damaged)
	for _, x := range rows.Sound {
		if s.live(x) {
			n++
		}
	}
	return n
}
