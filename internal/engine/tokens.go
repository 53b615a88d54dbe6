package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListTokens implements [mfa.Tokens].
func (e *Engine) ListTokens(ctx context.Context, req mfa.ListTokensRequest) (mfa.TokenPage, error) {
	return perform(ctx, e.runner, spec{method: "ListTokens", body: req}, func(s *scope, _ *account) (mfa.TokenPage, error) {
		out := mfa.TokenPage{Items: []mfa.TokenInfo{}}
		q := mfa.TokenQuery{Alive: s.now, After: req.After, Limit: pageSize(req.Limit)}
		var err error
		if q.CommunityIDs, err = s.communities(req.Community); err != nil {
			return out, err
		}
		if req.User != "" {
			if q.UserID, err = s.idReached(req.User); err != nil {
				return out, err
			}
		}
		rows, more, err := s.r.TokenPage(q)
		if err != nil {
			return out, err
		}
		out.Next = cursor(rows, more, func(row mfa.Token) string { return row.ID })
		for _, k := range rows {
			owner, err := s.ownerOf(k, false)
			if err != nil {
				return out, err
			}
			if s.now.Before(tokenEnd(k, owner)) {
				out.Items = append(out.Items, s.tokenInfo(k, owner))
			}
		}
		return out, nil
	})
}

// RevokeToken implements [mfa.Tokens]. A token that was revoked leaves no row, so one
// that is not there is done with: a job that tries again finds nothing to do. One out
// of reach may be alive, and is NotFound.
func (e *Engine) RevokeToken(ctx context.Context, req mfa.RevokeTokenRequest) (mfa.TokenRevoked, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.TokenRevoked{}, err
	}
	o := spec{method: "RevokeToken", body: req, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.TokenRevoked, error) {
		out := mfa.TokenRevoked{Changed: true, DryRun: req.DryRun}
		if _, err := s.r.TokenByID(req.ID); errors.Is(err, mfa.NotFound) && isID(req.ID) {
			return mfa.TokenRevoked{TokenInfo: mfa.TokenInfo{ID: req.ID, Permissions: []mfa.Permission{}}, DryRun: req.DryRun}, nil
		}
		k, owner, err := s.tokenNamed(req.ID, reason)
		if err != nil {
			return out, err
		}
		out.TokenInfo = s.tokenInfo(k, owner)
		if req.DryRun {
			return out, nil
		}
		if err := s.w.DeleteToken(k.Hash); err != nil {
			return out, err
		}
		if _, err := s.record(event{action: mfa.ActTokenRevoke, user: owner, reason: reason, note: tokenNote(k)}); err != nil {
			return out, err
		}
		return out, s.notify(owner, notice{kind: mfa.NoticeTokenRevoked, reason: reason, note: tokenNote(k)})
	})
}

// tokenNamed finds the token of an id and its owner, if the actor reaches them and
// has what they have. NotFound for one out of reach. The event of a refusal names the owner,
// once the actor reaches them, and the reason.
func (s *scope) tokenNamed(id, reason string) (mfa.Token, *account, error) {
	none := mfa.Errorf(mfa.NotFound, "no token %s", id).WithHint("mfactl admin tokens list")
	k, err := s.r.TokenByID(id)
	if errors.Is(err, mfa.NotFound) {
		return k, nil, none
	}
	if err != nil {
		return k, nil, err
	}
	owner, err := s.ownerOf(k, true)
	if err != nil {
		return k, nil, err
	}
	in, err := s.reaches(owner.community)
	switch {
	case err != nil:
		return k, nil, err
	case !in:
		return k, nil, none
	case owner.ID != s.actor.ID && !s.actor.grant.Covers(owner.grant):
		err := mfa.Errorf(mfa.Forbidden, "%s has permissions you lack", owner.Email)
		return k, nil, refusedAbout(err, event{user: owner, reason: reason})
	}
	return k, owner, nil
}

// ownerOf reads the account in whose name a token acts.
func (s *scope) ownerOf(k mfa.Token, hold bool) (*account, error) {
	owner, err := s.accountByID(k.UserID, hold)
	if err != nil {
		return nil, records.MustExist(err, "a token's owner")
	}
	return owner, nil
}

func (s *scope) tokenInfo(k mfa.Token, owner *account) mfa.TokenInfo {
	out := mfa.TokenInfo{
		ID: k.ID, Name: k.Name, User: owner.Email, UserID: owner.ID, Community: owner.community.Name,
		Permissions: slices.Clone(k.Permissions), CreatedAt: k.CreatedAt, CreatedBy: s.addresses(k.CreatedBy),
		ExpiresAt: tokenEnd(k, owner), Suspended: suspended(owner), Successor: k.Successor,
	}
	if !k.LastUsedAt.IsZero() {
		out.LastUsedAt = &k.LastUsedAt
	}
	return out
}

// tokenNote tells of a token in an event or a notice.
func tokenNote(k mfa.Token) string {
	return k.Name + ", " + k.ID + ": " + listOf(k.Permissions) + ", until " + k.ExpiresAt.Format(time.RFC3339)
}

// endTokens removes every token of a user, and returns how many had not ended.
func (s *scope) endTokens(userID string) (int, error) {
	all, err := s.r.TokenRows(userID)
	if err != nil || all.Len() == 0 {
		return 0, err
	}
	return s.liveTokens(all), s.w.DeleteTokens(userID)
}

// liveTokens returns how many of the tokens have not expired. A token that only the policy
// has ended counts: a longer limit would make it valid again. One that does not verify counts
// too, since nothing says that it has expired.
func (s *scope) liveTokens(rows records.Rows[mfa.Token]) int {
	n := len(rows.Damaged)
	for _, k := range rows.Sound {
		if s.now.Before(k.ExpiresAt) {
			n++
		}
	}
	return n
}
