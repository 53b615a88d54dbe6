package engine

import (
	"context"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// RotateToken implements [mfa.Tokens].
func (e *Engine) RotateToken(ctx context.Context, req mfa.RotateTokenRequest) (mfa.TokenIssued, error) {
	var none mfa.TokenIssued
	reason, err := reasonText(req.Reason)
	if err != nil {
		return none, err
	}
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
	o := spec{method: "RotateToken", body: req, reason: reason, dry: req.DryRun, asker: req.ID == ""}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.TokenIssued, error) {
		old, owner, err := s.replaceable(req.ID, reason)
		if err != nil {
			return none, err
		}
		next, err := s.successor(old, owner, req)
		if err != nil {
			return none, refusedAbout(err, event{user: owner, reason: reason})
		}
		return s.rotate(old, next, owner, req, reason)
	})
}

// replaceable finds the token that is to be replaced: the one that asks, or any by
// whoever may make tokens. Each is replaced once, so that of a token that was
// copied one rotation alone goes through, and the other is noticed.
func (s *scope) replaceable(id, reason string) (k mfa.Token, owner *account, err error) {
	switch {
	case id == "" && !s.unattended():
		return k, nil, mfa.UsageError("id", "missing: only a token rotates itself")
	case id == "" || id == s.token.ID:
		k, owner = s.token, s.actor
	case !s.actor.grant.Has(mfa.TokensWrite):
		return k, nil, s.lacksPermission(mfa.TokensWrite)
	default:
		if k, owner, err = s.tokenNamed(id, reason); err != nil {
			return k, nil, err
		}
	}
	switch {
	case k.Successor != "":
		return k, nil, mfa.Errorf(mfa.Conflict, "the token was replaced already, by %s", k.Successor).
			WithHint("mfactl admin tokens rotate %s", k.Successor)
	case !s.now.Before(tokenEnd(k, owner)):
		return k, nil, mfa.Errorf(mfa.Conflict, "the token has ended").WithHint("mfactl admin tokens create")
	}
	return k, owner, nil
}

// successor is the token that replaces another: of the same name and owner, with
// no more permissions and no longer a life.
func (s *scope) successor(old mfa.Token, owner *account, req mfa.RotateTokenRequest) (mfa.Token, error) {
	next := mfa.Token{UserID: old.UserID, Name: old.Name, Permissions: old.Permissions, CreatedAt: s.now, CreatedBy: s.responsibleID()}
	if len(req.Permissions) > 0 {
		next.Permissions = req.Permissions
	}
	for _, p := range next.Permissions {
		if !slices.Contains(old.Permissions, p) {
			return next, mfa.Errorf(mfa.Forbidden, "the token lacks the permission %s, and none is added by a rotation", p)
		}
	}
	if old.ID != s.token.ID {
		if err := s.mayAllow(owner, next.Permissions); err != nil {
			return next, err
		}
	}
	life := old.ExpiresAt.Sub(old.CreatedAt)
	if asked := time.Duration(req.Expires); asked > life {
		return next, mfa.UsageError("expires", "longer than the %s of the token that is replaced", mfa.Span(life))
	} else if asked != 0 {
		life = asked
	}
	next.ExpiresAt = s.now.Add(min(life, owner.policy.TokenMax))
	return next, nil
}

// rotate ends the old token now, or after the grace, and keeps the new one.
func (s *scope) rotate(old, next mfa.Token, owner *account, req mfa.RotateTokenRequest, reason string) (out mfa.TokenIssued, err error) {
	end := tokenEnd(old, owner)
	if until := s.now.Add(time.Duration(req.Grace)); until.Before(end) {
		end = until
	}
	out = mfa.TokenIssued{TokenInfo: s.tokenInfo(next, owner), Changed: true, DryRun: true}
	if !req.DryRun {
		if next.ID, err = newID(s.now, s.rand); err != nil {
			return out, err
		}
		if err := s.retire(old, next.ID, end); err != nil {
			return out, err
		}
		if out, err = s.issueToken(owner, next); err != nil {
			return out, err
		}
	}
	out.Replaced, out.ReplacedUntil = old.ID, &end
	if req.DryRun {
		return out, nil
	}
	note := tokenNote(next) + ", in place of " + old.ID
	if _, err := s.record(event{action: mfa.ActTokenRotate, user: owner, reason: reason, note: note}); err != nil {
		return out, err
	}
	return out, s.notify(owner, notice{kind: mfa.NoticeTokenCreated, reason: reason, note: note})
}

// retire ends a token that was replaced, at a time or at once.
func (s *scope) retire(k mfa.Token, successor string, end time.Time) error {
	if !s.now.Before(end) {
		return s.w.DeleteToken(k.Hash)
	}
	k.Successor, k.ExpiresAt = successor, end
	return s.w.PutToken(&k)
}
