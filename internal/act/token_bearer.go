package act

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// byToken finds an API token by its hash and the account in whose name it acts;
// false where it has ended. The account may do what both its role and the token
// give, as they are now.
func (a *Act) byToken(hash string) (bool, error) {
	k, err := a.Read.Token(hash)
	if err != nil {
		return false, mfa.Missing(err, nil)
	}
	k = records.BoundedToken(k, a.Now)
	u, err := a.AccountByID(k.UserID, a.holdsActor())
	if err != nil {
		return false, records.MustExist(err, "a token's owner")
	}
	if !a.Now.Before(TokenEnd(k, u)) || TokensSuspended(u) {
		return false, nil
	}
	u.Grant = u.Grant.Within(k.Permissions)
	a.Session = mfa.Session{UserID: u.ID, Level: mfa.LevelToken, CreatedAt: k.CreatedAt, ExpiresAt: TokenEnd(k, u)}
	a.Token, a.Actor = k, u
	return true, nil
}

// TokenEnd is when a token ends: as it was made, or sooner where the policy has
// become stricter since, and never after its chain.
func TokenEnd(k mfa.Token, owner *Account) time.Time {
	end := k.ExpiresAt
	for _, most := range []time.Time{k.CreatedAt.Add(owner.Policy.TokenMax), ChainEnd(k, owner)} {
		if most.Before(end) {
			end = most
		}
	}
	return end
}

// ChainEnd is when the chain of a token ends: no rotation goes on after it.
func ChainEnd(k mfa.Token, owner *Account) time.Time {
	return k.ChainBegan().Add(owner.Policy.TokenChainMax)
}

// TokensSuspended reports whether the tokens of an account do nothing at present: it is
// locked, or must set up 2FA first, as its sessions must.
func TokensSuspended(owner *Account) bool {
	return owner.Status != mfa.UserActive || owner.Needs2FA() && owner.State != mfa.StateOn
}

// Unattended reports whether a token asks, and nobody who could give a password.
func (a *Act) Unattended() bool { return a.Session.Level == mfa.LevelToken }

// RuleUnattended is the rule that lets a token do what a person gives a password
// for.
const RuleUnattended = "unattended_reset"

// mayGoUnattended refuses acts that need a password unless the target's policy allows tokens
// to do them, and then for members alone.
func mayGoUnattended(a *Act, u *Account) error {
	from, err := LooserFrom(a, u, RuleUnattended)
	switch {
	case err != nil:
		return err
	case !u.Policy.UnattendedReset && !from.IsZero():
		return mfa.Errorf(mfa.PolicyForbids, "the rule %s leaves this to people until %s: one person alone made it looser, which takes a day",
			RuleUnattended, from.Format(time.RFC3339)).WithHint("sign in, or repeat it then").Until(from)
	case !u.Policy.UnattendedReset:
		return mfa.Errorf(mfa.PolicyForbids, "the rule %s leaves this to people, who give their password", RuleUnattended).
			WithHint("sign in, or mfactl admin policy set %s=true -c %s", RuleUnattended, mfa.ShellWord(u.Community.Name))
	case a.Privileged(u):
		return mfa.Errorf(mfa.PolicyForbids, "the rule %s is for members: %s has permissions over others, or had them until a day ago",
			RuleUnattended, u.Email)
	}
	return nil
}

// ResponsibleID is the id of the person behind the act. A token's creator is responsible,
// even if another user owns it.
func (a *Act) ResponsibleID() string {
	if a.Unattended() {
		return a.Token.CreatedBy
	}
	return a.Actor.ID
}

// unmarked reports that it is a minute since the token's use was written.
func (a *Act) unmarked() bool { return !a.Now.Before(a.Token.LastUsedAt.Add(LastSeenEvery)) }

// tokenCreator names who created the token that acts: by the address, or by the id if the
// account cannot be read.
func tokenCreator(a *Act) string {
	by := a.Token.CreatedBy
	if a.Actor != nil && a.Actor.ID == by {
		return a.Actor.Email
	}
	if u, err := a.Read.User(by, false); err == nil {
		return u.Email
	}
	return by
}
