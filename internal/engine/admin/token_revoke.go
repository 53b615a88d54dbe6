package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// RevokeToken implements [mfa.Tokens]. It ends the whole chain of the token: the bearer of one
// that was stolen may have replaced it. Tokens that were revoked leave no rows, so a chain that
// is not there is done with: a job that tries again finds nothing to do. One out of reach may
// be alive, and is NotFound.
func (e *Part) RevokeToken(ctx context.Context, req mfa.RevokeTokenRequest) (mfa.TokenRevoked, error) {
	o := act.Spec{Method: "RevokeToken", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.TokenRevoked, error) {
		none := mfa.TokenRevoked{TokenInfo: mfa.TokenInfo{ID: req.ID, Permissions: []mfa.Permission{}}, DryRun: req.DryRun}
		id, err := lastOfChain(a, req.ID)
		if errors.Is(err, mfa.NotFound) && act.IsID(req.ID) {
			return none, nil
		} else if err != nil {
			return none, mfa.Missing(err, noToken(req.ID))
		}
		k, owner, err := tokenNamed(a, id, req.Reason)
		if err != nil {
			return none, err
		}
		chain, err := chainOf(a, k)
		if err != nil {
			return none, err
		}
		out := mfa.TokenRevoked{TokenInfo: tokenInfo(a, k, owner), Changed: true, DryRun: req.DryRun}
		for _, k := range chain {
			if a.Now.Before(k.ExpiresAt) { // also one that only the policy has ended
				out.Ended = append(out.Ended, k.ID)
			}
		}
		switch {
		case len(out.Ended) == 0:
			return none, nil
		case req.DryRun:
			return out, nil
		}
		for _, k := range chain {
			a.Wrote(a.Write.DeleteToken(k.Hash))
		}
		note := tokenNote(k) + "; its chain ended: " + act.Counted(len(out.Ended), "token") + ", " + strings.Join(out.Ended, " ")
		a.Announce(act.Event{Action: mfa.ActTokenRevoke, User: owner, Reason: req.Reason, Note: note}, mfa.NoticeTokenRevoked)
		return out, nil
	})
}

// lastOfChain returns the id itself if there is a token of it, and else the id of the last
// token that is left of its chain. NotFound if none is.
func lastOfChain(a *act.Act, id string) (string, error) {
	_, err := a.Read.TokenByID(id)
	if err == nil || !errors.Is(err, mfa.NotFound) || !act.IsID(id) {
		return id, err
	}
	left, err2 := a.Read.TokensOfChain(id)
	switch {
	case err2 != nil:
		return id, err2
	case len(left.Sound) > 0:
		last := slices.IndexFunc(left.Sound, func(k mfa.Token) bool { return k.Successor == "" })
		return left.Sound[max(last, 0)].ID, nil
	case len(left.Damaged) > 0:
		return left.Damaged[0].ID, nil
	}
	return id, err
}

// chainOf returns all tokens of a chain, oldest first. The rotations of older stores gave a
// successor an id of its own, so the links between tokens count too.
func chainOf(a *act.Act, k mfa.Token) ([]mfa.Token, error) {
	rows, err := a.Read.TokenRows(k.UserID)
	if err != nil {
		return nil, err
	}
	chains := []string{k.Chain()}
	for grown := true; grown; {
		grown = false
		for _, k := range rows.Sound {
			next := mfa.ChainOf(k.Successor)
			if k.Successor == "" || slices.Contains(chains, k.Chain()) == slices.Contains(chains, next) {
				continue
			}
			chains, grown = append(chains, k.Chain(), next), true
		}
	}
	return slices.DeleteFunc(rows.Sound, func(k mfa.Token) bool { return !slices.Contains(chains, k.Chain()) }), nil
}

// liveInChain returns the tokens of a chain that have not ended.
func liveInChain(a *act.Act, k mfa.Token, owner *act.Account) ([]mfa.Token, error) {
	chain, err := chainOf(a, k)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(chain, func(k mfa.Token) bool {
		return !a.Now.Before(act.TokenEnd(records.BoundedToken(k, a.Now), owner))
	}), nil
}
