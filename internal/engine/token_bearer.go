package engine

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// byToken finds an API token by its hash and the account in whose name it acts;
// false where it has ended. The account may do what both its role and the token
// give, as they are now.
func (s *scope) byToken(hash string) (bool, error) {
	k, err := s.r.Token(hash)
	if errors.Is(err, mfa.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	u, err := s.accountByID(k.UserID, s.holdsActor())
	if err != nil {
		return false, records.MustExist(err, "a token's owner")
	}
	if !s.now.Before(tokenEnd(k, u)) || suspended(u) {
		return false, nil
	}
	u.grant = u.grant.Within(k.Permissions)
	s.session = mfa.Session{UserID: u.ID, Level: mfa.LevelToken, CreatedAt: k.CreatedAt, ExpiresAt: tokenEnd(k, u)}
	s.token, s.actor = k, u
	return true, nil
}

// tokenEnd is when a token ends: as it was made, or sooner where the policy has
// become stricter since.
func tokenEnd(k mfa.Token, owner *account) time.Time {
	most := k.CreatedAt.Add(owner.policy.TokenMax)
	if k.ExpiresAt.Before(most) {
		return k.ExpiresAt
	}
	return most
}

// suspended reports whether the tokens of an account do nothing at present: it is
// locked, or must set up 2FA first, as its sessions must.
func suspended(owner *account) bool {
	return owner.Status != mfa.UserActive || owner.needs2FA() && owner.State != mfa.StateOn
}

// unattended reports whether a token asks, and nobody who could give a password.
func (s *scope) unattended() bool { return s.session.Level == mfa.LevelToken }

// ruleUnattended is the rule that lets a token do what a person gives a password
// for.
const ruleUnattended = "unattended_reset"

// mayGoUnattended refuses acts that need a password unless the target's policy allows tokens
// to do them, and then for members alone.
func (s *scope) mayGoUnattended(u *account) error {
	switch {
	case !u.policy.UnattendedReset:
		return mfa.Errorf(mfa.PolicyForbids, "the rule %s leaves this to people, who give their password", ruleUnattended).
			WithHint("sign in, or mfactl admin policy set %s=true -c %s", ruleUnattended, mfa.ShellWord(u.community.Name))
	case s.privileged(u):
		return mfa.Errorf(mfa.PolicyForbids, "the rule %s is for members: %s has permissions over others, or had them until a day ago",
			ruleUnattended, u.Email)
	}
	return nil
}

// responsibleID is the id of the person behind the act. A token's creator is responsible,
// even if another user owns it.
func (s *scope) responsibleID() string {
	if s.unattended() {
		return s.token.CreatedBy
	}
	return s.actor.ID
}

// unmarked reports that it is a minute since the token's use was written.
func (s *scope) unmarked() bool { return !s.now.Before(s.token.LastUsedAt.Add(lastSeenEvery)) }

// touchToken writes when the token was last used, at most once a minute.
func (s *scope) touchToken() error {
	if !s.unmarked() {
		return nil
	}
	return s.refusals.TouchToken(s.token.Hash, s.now)
}
