package admin

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// tokenMin is how long a token lives at least.
const tokenMin = time.Minute

// CreateToken implements [mfa.Tokens].
func (e *Part) CreateToken(ctx context.Context, req mfa.CreateTokenRequest) (mfa.TokenIssued, error) {
	var none mfa.TokenIssued
	var k mfa.Token
	var err error
	if req.Name != "" {
		if k.Name, err = act.CanonicalName("name", req.Name); err != nil {
			return none, err
		}
	}
	if k.Permissions, err = tokenPermissions(req.Permissions); err != nil {
		return none, err
	}
	if req.Expires != 0 && time.Duration(req.Expires) < tokenMin {
		return none, mfa.UsageError("expires", "shorter than %s", mfa.Span(tokenMin))
	}
	o := act.Spec{Method: "CreateToken", Body: req, User: req.For, Self: req.For == "", Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, owner *act.Account) (mfa.TokenIssued, error) {
		k := k
		k.UserID, k.CreatedAt, k.CreatedBy = owner.ID, a.Now, a.ResponsibleID()
		life, err := tokenLife(time.Duration(req.Expires), owner)
		if err != nil {
			return none, err
		}
		k.ExpiresAt = a.Now.Add(life)
		if k.Name == "" {
			if k.Name, err = freeName(a, owner); err != nil {
				return none, err
			}
		}
		ended, err := mayIssue(a, owner, k)
		if err != nil {
			return none, err
		}
		if err := act.RequirePassword(a, "create a token"); err != nil {
			return none, err
		}
		if req.DryRun {
			return mfa.TokenIssued{TokenInfo: tokenInfo(a, k, owner), Changed: true, DryRun: true}, nil
		}
		return createToken(a, owner, k, ended, req.Reason), nil
	})
}

// tokenPermissions are the permissions that were asked for, each once and in their
// order: a token without any could do nothing.
func tokenPermissions(in []mfa.Permission) ([]mfa.Permission, error) {
	if len(in) == 0 {
		return nil, mfa.UsageError("permission", "a token must be allowed something").WithHint("such as users:read")
	}
	return known(in)
}

// tokenLife is how long a token of an owner is to live: as asked, or by default as
// long as the policy allows, up to 30 days.
func tokenLife(asked time.Duration, owner *act.Account) (time.Duration, error) {
	p := owner.Policy
	switch {
	case asked == 0:
		return min(mfa.TokenTTL, p.TokenMax, p.TokenChainMax), nil
	case asked > p.TokenMax:
		return 0, mfa.Errorf(mfa.PolicyForbids, "the rule token_max lets tokens of %s live %s at most", owner.Email, mfa.Span(p.TokenMax))
	case asked > p.TokenChainMax:
		return 0, mfa.Errorf(mfa.PolicyForbids, "the rule token_chain_max lets tokens of %s, and those that replace them, live %s at most",
			owner.Email, mfa.Span(p.TokenChainMax))
	}
	return asked, nil
}

// mayIssue refuses a token with a permission that the actor or the owner lacks,
// one for an account that cannot act, and a name the owner has already. It returns the
// token of that name that has ended; nil if there is none, or all were replaced.
func mayIssue(a *act.Act, owner *act.Account, k mfa.Token) (ended *mfa.Token, _ error) {
	if err := mayAllow(a, owner, k.Permissions); err != nil {
		return nil, err
	}
	if owner.Status != mfa.UserActive {
		return nil, mfa.Errorf(mfa.Conflict, "%s is %s", owner.Email, owner.Status)
	}
	old, err := a.Read.TokenNamed(owner.User, k.Name)
	if err != nil {
		return nil, mfa.Missing(err, nil)
	}
	if a.Now.Before(act.TokenEnd(old, owner)) {
		return nil, mfa.Errorf(mfa.Conflict, "%s has a token %q already", owner.Email, k.Name).
			WithHint("mfactl admin tokens rotate %s, or choose another --name", old.ID)
	}
	return &old, nil
}

// mayAllow refuses to create a token in the name of another person, who would answer for what
// its bearer does; and to hand on a permission that the actor lacks, or that the owner lacks:
// neither may grow by a token.
func mayAllow(a *act.Act, owner *act.Account, permissions []mfa.Permission) error {
	if !owner.Service && owner.ID != a.Actor.ID {
		return mfa.Errorf(mfa.Forbidden, "a token acts for the person who creates it or for a service account, and %s is another person", owner.Email).
			WithHint("mfactl admin users create NAME --service --role ROLE, and a token for that account")
	}
	for _, p := range permissions {
		if !a.Actor.Grant.Has(p) {
			return a.LacksPermission(p)
		}
		if !owner.Grant.Has(p) {
			return mfa.Errorf(mfa.Forbidden, "the role %s of %s lacks the permission %s", owner.Role, owner.Email, p)
		}
	}
	return nil
}

// freeName is a name for a token that was given none: token, token-2, and so on.
func freeName(a *act.Act, owner *act.Account) (string, error) {
	taken, err := a.Read.TokenNames(owner.ID)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		name := "token"
		if n > 1 {
			name = "token-" + strconv.Itoa(n)
		}
		if !slices.Contains(taken, name) {
			return name, nil
		}
	}
}

// createToken keeps a new token. One of its name that has ended makes room.
func createToken(a *act.Act, owner *act.Account, k mfa.Token, ended *mfa.Token, reason string) mfa.TokenIssued {
	if ended != nil {
		a.Wrote(a.Write.DeleteToken(ended.Hash))
	}
	k.ID = a.NewID()
	out := issueToken(a, owner, k)
	a.Announce(act.Event{Action: mfa.ActTokenCreate, User: owner, Reason: reason, Note: tokenNote(k)}, mfa.NoticeTokenCreated)
	return out
}

// issueToken draws the token and keeps the row.
func issueToken(a *act.Act, owner *act.Account, k mfa.Token) mfa.TokenIssued {
	token, hash := a.NewBearer(mfa.TokenPrefix)
	k.Hash = hash
	a.Wrote(a.Write.PutToken(&k))
	return mfa.TokenIssued{TokenInfo: tokenInfo(a, k, owner), Changed: true, Token: token}
}
