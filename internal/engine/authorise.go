package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// tokenPrefix and the checksum let secret scanners find tokens that leaked.
const tokenPrefix = "mfactl_s_"

// lastSeenEvery is how often a session's last-seen time is written.
const lastSeenEvery = time.Minute

// authorise decides whether the caller may do this at all: the session's level,
// the permission, the community of whom it is done to, and never to who has
// more than the caller. It starts as no.
func (s *scope) authorise() error {
	if len(s.rule.Levels) == 0 {
		return nil
	}
	if err := s.authenticate(); err != nil {
		return err
	}
	if !s.rule.Admits(s.session.Level) {
		return s.wrongLevel()
	}
	if s.rule.Permission == "" {
		s.target = s.actor
		return nil
	}
	if !s.actor.grant.Has(s.rule.Permission) {
		return s.lacks(s.rule.Permission)
	}
	if !s.rule.OnUser {
		return nil
	}
	return s.authoriseTarget()
}

func (s *scope) lacks(p mfa.Permission) error {
	return mfa.Errorf(mfa.Forbidden, "your role %s lacks the permission %s", s.actor.Role, p)
}

// authoriseTarget finds whom the act is done to. The community is the one of
// the user's row, never one of the request.
func (s *scope) authoriseTarget() error {
	if s.op.user == "" {
		return mfa.Bad("user", "missing")
	}
	t, err := s.reached(s.op.user)
	if err != nil {
		return err
	}
	s.target = t
	switch {
	case s.rule.NotSelf && t.ID == s.actor.ID:
		return mfa.Errorf(mfa.Forbidden, "you cannot do this to yourself")
	case s.rule.Changes && !s.actor.grant.Covers(t.grant):
		return mfa.Errorf(mfa.Forbidden, "%s has permissions you lack", t.Email)
	}
	return nil
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

func (s *scope) nobody(who string) error {
	if !s.actor.grant.Has(mfa.UsersRead) {
		return (&mfa.Error{Code: mfa.Rejected}).WithDetail(string(mfa.ActAuthzDeny))
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

// authenticate finds the caller's session by its token and the account behind
// it. Every way in which a session may have ended is the same answer.
func (s *scope) authenticate() error {
	ended := &mfa.Error{Code: mfa.Unauthenticated}
	hash, ok := tokenHash(s.call.Token)
	if !ok {
		return ended
	}
	x, err := s.r.Session(hash)
	if err != nil {
		if errors.Is(err, mfa.NotFound) {
			return ended
		}
		return err
	}
	if err := s.verify(macSession, "a session", x, x.MAC); err != nil {
		return err
	}
	u, err := s.account(x.UserID, s.rule.Permission == "" || s.rule.Password)
	if err != nil {
		return s.gone(err, "a session's user")
	}
	if !s.alive(x, u) {
		return ended
	}
	if x.Level == mfa.LevelPassword && u.policy.Requires(u.ID, u.grant) {
		x.Level = mfa.LevelEnrol // a policy takes effect at the next request
	}
	s.session, s.asked, s.actor = x, x.Hash, u
	return nil
}

// alive reports whether a session still stands: within its times, of an active
// account, and of a level the account's mfa state bears out. A session of two
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
	case mfa.LevelEnrol:
		return u.State != mfa.StateOn
	case mfa.LevelChallenge:
		return u.State != mfa.StateOff && slices.Contains(s.rule.Levels, mfa.LevelChallenge)
	default:
		return false
	}
}

// wrongLevel says what the session lacks.
func (s *scope) wrongLevel() error {
	if s.session.Level == mfa.LevelEnrol {
		return mfa.Errorf(mfa.Forbidden, "this session may only set up 2FA").WithHint("mfactl 2fa enable")
	}
	return mfa.Errorf(mfa.Forbidden, "this needs a session that proved both factors").WithHint("mfactl 2fa enable")
}

// stale reports that the session's last-seen time is worth writing after a
// read.
func (s *scope) stale() bool {
	return s.actor != nil && !s.now.Before(s.session.LastSeenAt.Add(s.actor.policy.SessionIdle/3))
}

// touch writes the session's last-seen time, at most once a minute.
func (s *scope) touch() error {
	if s.actor == nil || s.session.Hash == "" || s.now.Before(s.session.LastSeenAt.Add(lastSeenEvery)) {
		return nil
	}
	x, err := s.tx.Session(s.session.Hash)
	if err != nil {
		if errors.Is(err, mfa.NotFound) {
			return nil // the act ended it
		}
		return err
	}
	x.LastSeenAt = s.now
	return s.putSession(&x)
}

// openSession makes a session and returns its token: 256 random bits, of which
// the store keeps the SHA-256 (OWASP ASVS 7.2.3).
func (s *scope) openSession(u *account, level mfa.Level, method mfa.Kind) (mfa.SignedIn, error) {
	token, err := newToken(s.rand)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	hash, _ := tokenHash(token)
	life := u.policy.SessionMax
	switch level {
	case mfa.LevelChallenge:
		life = mfa.ChallengeTTL
	case mfa.LevelEnrol:
		life = mfa.EnrolTTL
	default:
	}
	x := mfa.Session{
		Hash: hash, UserID: u.ID, Level: level, Method: method,
		CreatedAt: s.now, LastSeenAt: s.now, ExpiresAt: s.now.Add(life),
	}
	if err := s.putSession(&x); err != nil {
		return mfa.SignedIn{}, err
	}
	return mfa.SignedIn{
		User: u.Email, UserID: u.ID, Level: level, Method: method,
		ExpiresAt: x.ExpiresAt, Token: token, MustEnrol: level == mfa.LevelEnrol,
	}, nil
}

// endSessions ends every session of a user but one, and challenges too. It
// returns how many sessions there were.
func (s *scope) endSessions(userID, but string) (ended int, _ error) {
	all, err := s.r.Sessions(userID)
	if err != nil {
		return 0, err
	}
	for _, x := range all {
		if x.Hash == but {
			continue
		}
		if err := s.tx.DeleteSession(x.Hash); err != nil {
			return 0, err
		}
		s.changed = true
		if x.Level != mfa.LevelChallenge && s.now.Before(x.ExpiresAt) {
			ended++
		}
	}
	return ended, nil
}

func newToken(r io.Reader) (mfa.Secret, error) {
	var b [32]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return mfa.Secret{}, mfa.Fault(err)
	}
	body := hex.EncodeToString(b[:])
	return mfa.NewSecret(tokenPrefix + body + checksum(body)), nil
}

// tokenHash returns the hash under which a token is kept; false for what is no
// token at all.
func tokenHash(token mfa.Secret) (string, bool) {
	body, ok := strings.CutPrefix(token.Reveal(), tokenPrefix)
	if !ok || len(body) != 72 || checksum(body[:64]) != body[64:] {
		return "", false
	}
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:]), true
}

func checksum(body string) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(tokenPrefix+body))))
}
