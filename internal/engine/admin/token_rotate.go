package admin

import (
	"context"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// RotateToken implements [mfa.Tokens].
func (e *Part) RotateToken(ctx context.Context, req mfa.RotateTokenRequest) (mfa.TokenIssued, error) {
	var none mfa.TokenIssued
	var err error
	switch grace := time.Duration(req.Grace); {
	case grace < 0 || grace > mfa.TokenGraceMax:
		return none, mfa.UsageError("grace", "not within 0 and %s", mfa.Span(mfa.TokenGraceMax))
	case req.Expires != 0 && time.Duration(req.Expires) < tokenMin:
		return none, mfa.UsageError("expires", "shorter than %s", mfa.Span(tokenMin))
	case len(req.Permissions) > 0:
		if req.Permissions, err = tokenPermissions(req.Permissions); err != nil {
			return none, err
		}
	}
	o := act.Spec{Method: "RotateToken", Body: req, OnBearer: req.ID == "", Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.TokenIssued, error) {
		old, owner, err := replaceable(a, req.ID, req.Reason)
		if err != nil {
			return none, err
		}
		if old.ID != a.Token.ID {
			if err := act.RequirePassword(a, "rotate a token"); err != nil {
				return none, act.RefusedAbout(err, act.Event{User: owner, Reason: req.Reason})
			}
		}
		next, err := successor(a, old, owner, req)
		if err != nil {
			return none, act.RefusedAbout(err, act.Event{User: owner, Reason: req.Reason})
		}
		return rotate(a, old, next, owner, req), nil
	})
}

// replaceable finds the token that is to be replaced: the one that asks, or any if
// the caller may create tokens. Each is replaced once, so that of a token that was
// copied one rotation alone goes through, and the other is noticed.
func replaceable(a *act.Act, id, reason string) (k mfa.Token, owner *act.Account, err error) {
	switch {
	case id == "" && !a.Unattended():
		return k, nil, mfa.UsageError("id", "missing: only a token rotates itself")
	case id == "" || id == a.Token.ID:
		k, owner = a.Token, a.Actor
	case !a.Actor.Grant.Has(mfa.TokensWrite):
		return k, nil, a.LacksPermission(mfa.TokensWrite)
	default:
		if k, owner, err = tokenNamed(a, id, reason); err != nil {
			return k, nil, err
		}
	}
	switch {
	case k.Successor != "":
		return k, nil, mfa.Errorf(mfa.Conflict, "the token was replaced already, by %s", k.Successor).
			WithHint("mfactl admin tokens rotate %s", k.Successor)
	case !a.Now.Before(act.TokenEnd(k, owner)):
		return k, nil, mfa.Errorf(mfa.Conflict, "the token has ended").WithHint("mfactl admin tokens create")
	}
	return k, owner, nil
}

// successor is the token that replaces another: of the same name and owner, with
// no more permissions and no longer a life.
func successor(a *act.Act, old mfa.Token, owner *act.Account, req mfa.RotateTokenRequest) (mfa.Token, error) {
	next := mfa.Token{
		ID: mfa.InChainOf(old.ID, a.NewID()), UserID: old.UserID, Name: old.Name, Permissions: old.Permissions,
		CreatedAt: a.Now, CreatedBy: a.ResponsibleID(), ChainStart: old.ChainBegan(),
	}
	if len(req.Permissions) > 0 {
		next.Permissions = req.Permissions
	}
	for _, p := range next.Permissions {
		if !slices.Contains(old.Permissions, p) {
			return next, mfa.Errorf(mfa.Forbidden, "the token lacks the permission %s, and none is added by a rotation", p)
		}
	}
	if old.ID != a.Token.ID {
		if err := mayAllow(a, owner, next.Permissions); err != nil {
			return next, err
		}
	}
	life := old.ExpiresAt.Sub(old.CreatedAt)
	if asked := time.Duration(req.Expires); asked > life {
		return next, mfa.UsageError("expires", "longer than the %s of the token that is replaced", mfa.Span(life))
	} else if asked != 0 {
		life = asked
	}
	next.ExpiresAt = a.Now.Add(min(life, owner.Policy.TokenMax))
	if end := act.ChainEnd(old, owner); end.Before(next.ExpiresAt) {
		next.ExpiresAt = end
	}
	return next, mayLengthen(a, old, owner, req)
}

// mayLengthen refuses another token of a chain that has as many as it may have: with a grace
// the old one is left.
func mayLengthen(a *act.Act, old mfa.Token, owner *act.Account, req mfa.RotateTokenRequest) error {
	if req.Grace == 0 {
		return nil
	}
	live, err := liveInChain(a, old, owner)
	if err != nil || len(live) < mfa.TokenChainMax {
		return err
	}
	first := live[0]
	for _, k := range live {
		if act.TokenEnd(k, owner).Before(act.TokenEnd(first, owner)) {
			first = k
		}
	}
	return mfa.Errorf(mfa.Conflict, "the chain %s of token %q has %d tokens that have not ended, and may have no more",
		old.Chain(), old.Name, len(live)).
		WithHint("rotate without --grace, wait until %s, or mfactl admin tokens revoke %s, which ends the whole chain",
			act.TokenEnd(first, owner).Format(time.RFC3339), old.ID)
}

// rotate ends the old token now, or after the grace, and keeps the new one.
func rotate(a *act.Act, old, next mfa.Token, owner *act.Account, req mfa.RotateTokenRequest) mfa.TokenIssued {
	end := act.TokenEnd(old, owner)
	if until := a.Now.Add(time.Duration(req.Grace)); until.Before(end) {
		end = until
	}
	out := mfa.TokenIssued{TokenInfo: tokenInfo(a, next, owner), Changed: true, DryRun: true}
	if req.DryRun {
		out.ID = "" // it would get one
	} else {
		retire(a, old, next.ID, end)
		out = issueToken(a, owner, next)
		note := tokenNote(next) + ", in place of " + old.ID
		a.Announce(act.Event{Action: mfa.ActTokenRotate, User: owner, Reason: req.Reason, Note: note}, mfa.NoticeTokenCreated)
	}
	out.Replaced, out.ReplacedUntil = old.ID, &end
	return out
}

// retire ends a token that was replaced, at a time or at once.
func retire(a *act.Act, k mfa.Token, successor string, end time.Time) {
	if !a.Now.Before(end) {
		a.Wrote(a.Write.DeleteToken(k.Hash))
		return
	}
	k.Successor, k.ExpiresAt = successor, end
	a.Wrote(a.Write.PutToken(&k))
}
