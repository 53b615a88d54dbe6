package admin

import (
	"context"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListTokens implements [mfa.Tokens].
func (e *Part) ListTokens(ctx context.Context, req mfa.ListTokensRequest) (mfa.TokenPage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListTokens", Body: req}, func(a *act.Act, _ *act.Account) (mfa.TokenPage, error) {
		out := mfa.TokenPage{}
		q := mfa.TokenQuery{Alive: a.Now, After: req.After, Limit: act.PageSize(req.Limit)}
		var err error
		if q.CommunityIDs, q.UserID, err = narrowed(a, req.Community, req.User); err != nil {
			return out, err
		}
		page, err := act.PageOf(q, act.Listing[mfa.TokenQuery, mfa.Token, mfa.TokenInfo, string]{
			Read: a.Read.TokenPage,
			Row:  func(k mfa.Token) mfa.DamagedRow { return mfa.DamagedRow{Sort: "token", ID: k.ID} },
			Key:  func(k mfa.Token) string { return k.ID },
			Tell: func(k mfa.Token) (info mfa.TokenInfo, alive bool, _ error) {
				k = records.BoundedToken(k, a.Now)
				owner, err := ownerOf(a, k, false)
				if err != nil {
					return info, false, err
				}
				return tokenInfo(a, k, owner), a.Now.Before(act.TokenEnd(k, owner)), nil
			},
		})
		out.Items, out.Next = page.Items, page.Next
		return out, marked(a, &out.Damaged, page.Damaged, req.Community, err)
	})
}

// tokenNamed finds the token of an id and its owner, if the actor reaches them and
// has what they have. NotFound for one out of reach. The event of a refusal names the owner,
// once the actor reaches them, and the reason.
func tokenNamed(a *act.Act, id, reason string) (mfa.Token, *act.Account, error) {
	none := noToken(id)
	k, err := a.Read.TokenByID(id)
	if err != nil {
		return k, nil, mfa.Missing(err, none)
	}
	owner, err := ownerOf(a, k, true)
	if err != nil {
		return k, nil, err
	}
	in, err := a.Reaches(owner.CommunityID)
	switch {
	case err != nil:
		return k, nil, err
	case !in:
		return k, nil, none
	case owner.ID != a.Actor.ID && !a.Actor.Grant.Covers(owner.Grant):
		err := act.MoreThanYours(owner.Email)
		return k, nil, act.RefusedAbout(err, act.Event{User: owner, Reason: reason})
	}
	return k, owner, nil
}

func noToken(id string) *mfa.Error {
	return mfa.Errorf(mfa.NotFound, "no token %s", id).WithHint("mfactl admin tokens list")
}

// ownerOf reads the account in whose name a token acts.
func ownerOf(a *act.Act, k mfa.Token, hold bool) (*act.Account, error) {
	owner, err := a.AccountByID(k.UserID, hold)
	if err != nil {
		return nil, records.MustExist(err, "a token's owner")
	}
	return owner, nil
}

func tokenInfo(a *act.Act, k mfa.Token, owner *act.Account) mfa.TokenInfo {
	out := mfa.TokenInfo{
		ID: k.ID, Name: k.Name, User: owner.Email, UserID: owner.ID, Community: owner.Community.Name,
		Permissions: slices.Clone(k.Permissions), CreatedAt: k.CreatedAt, CreatedBy: addresses(a, k.CreatedBy),
		ExpiresAt: act.TokenEnd(k, owner), Suspended: act.TokensSuspended(owner), Successor: k.Successor,
		Chain: k.Chain(), ChainEndsAt: act.ChainEnd(k, owner),
	}
	if !k.LastUsedAt.IsZero() {
		out.LastUsedAt = &k.LastUsedAt
	}
	return out
}

// tokenNote tells of a token in an event or a notice.
func tokenNote(k mfa.Token) string {
	return k.Name + ", " + k.ID + ", chain " + k.Chain() + ": " + listOf(k.Permissions) + ", until " + k.ExpiresAt.Format(time.RFC3339)
}

// endTokens removes every token of a user, and returns how many had not ended.
func endTokens(a *act.Act, userID string) (int, error) {
	all, err := a.Read.TokenRows(userID)
	if err != nil || all.Len() == 0 {
		return 0, err
	}
	a.Wrote(a.Write.DeleteTokens(userID))
	return liveTokens(a, all), nil
}

// liveTokens returns how many of the tokens have not expired. A token that only the policy
// has ended counts: a longer limit would make it valid again.
func liveTokens(a *act.Act, rows records.Rows[mfa.Token]) int {
	return rows.Count(func(k mfa.Token) bool { return a.Now.Before(k.ExpiresAt) })
}
