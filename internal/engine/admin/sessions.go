package admin

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListSessions implements [mfa.Sessions].
func (e *Part) ListSessions(ctx context.Context, req mfa.ListSessionsRequest) (mfa.SessionPage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListSessions", Body: req}, func(a *act.Act, _ *act.Account) (mfa.SessionPage, error) {
		out := mfa.SessionPage{}
		q := mfa.SessionQuery{Alive: a.Now, After: req.After, Limit: act.PageSize(req.Limit)}
		var err error
		if q.CommunityIDs, q.UserID, err = narrowed(a, req.Community, req.User); err != nil {
			return out, err
		}
		page, err := act.PageOf(q, act.Listing[mfa.SessionQuery, mfa.Session, mfa.SessionInfo, string]{
			Read: a.Read.SessionPage,
			Row:  func(x mfa.Session) mfa.DamagedRow { return mfa.DamagedRow{Sort: "session", ID: act.SessionID(x.Hash)} },
			Key:  func(x mfa.Session) string { return x.Hash },
			Tell: func(x mfa.Session) (mfa.SessionInfo, bool, error) { return sessionInfo(a, x) },
		})
		out.Items, out.Next = page.Items, page.Next
		return out, marked(a, &out.Damaged, page.Damaged, req.Community, err)
	})
}

// narrowed returns the communities that a list is about, see [communities], and the id of
// the user whom it is about; empty for everyone there.
func narrowed(a *act.Act, community, user string) (communityIDs []string, userID string, _ error) {
	communityIDs, err := communities(a, community)
	if err != nil || user == "" {
		return communityIDs, "", err
	}
	u, err := a.ReachableUser(user)
	if err != nil {
		return nil, "", err
	}
	return communityIDs, u.ID, nil
}

// sessionInfo tells of a session, and whether it still stands.
func sessionInfo(a *act.Act, x mfa.Session) (mfa.SessionInfo, bool, error) {
	x = records.BoundedSession(x, a.Now)
	u, err := a.AccountByID(x.UserID, false)
	if err != nil {
		return mfa.SessionInfo{}, false, records.MustExist(err, "a session's user")
	}
	return mfa.SessionInfo{
		ID: act.SessionID(x.Hash), User: u.Email, UserID: u.ID, Community: u.Community.Name, Level: x.Level, Method: x.Method,
		CreatedAt: x.CreatedAt, LastSeenAt: x.LastSeenAt, ExpiresAt: x.ExpiresAt, Current: x.Hash == a.Session.Hash,
	}, a.Alive(x, u), nil
}

// RevokeSessions implements [mfa.Sessions].
func (e *Part) RevokeSessions(ctx context.Context, req mfa.RevokeSessionsRequest) (mfa.Done, error) {
	o := act.Spec{Method: "RevokeSessions", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Done, error) {
		out := mfa.Done{User: u.Email, DryRun: req.DryRun}
		which, err := sessionsOf(a, u, req.Session)
		if err != nil {
			return out, err
		}
		out.Changed, out.Ended = len(which) > 0 || req.Session == "" && len(u.Markers) > 0, len(which)
		if !out.Changed || req.DryRun {
			return out, nil
		}
		out.Ended, err = revoke(a, u, which, req.Session == "", req.Reason)
		return out, err
	})
}

// sessionsOf returns the hashes of the sessions of a user that may be ended, or of the one
// of an id: also those that are idle, which a milder rule would bring back, and those that
// do not verify. NotFound for an id that is not that of exactly one.
func sessionsOf(a *act.Act, u *act.Account, id string) (which []string, _ error) {
	all, err := a.Read.SessionRows(u.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range all.Sound {
		if a.Unexpired(x) {
			which = append(which, x.Hash)
		}
	}
	for _, d := range all.Damaged {
		which = append(which, d.ID)
	}
	if id == "" {
		return which, nil
	}
	which = slices.DeleteFunc(which, func(hash string) bool { return act.SessionID(hash) != id })
	if len(which) != 1 {
		return nil, mfa.Errorf(mfa.NotFound, "%s has no session %s", u.Email, id).
			WithHint("mfactl admin sessions list %s", mfa.ShellWord(u.Email))
	}
	return which, nil
}

// revoke ends sessions of a user, and with all of them the sign-ins that wait for
// their code. It returns how many sessions it ended.
func revoke(a *act.Act, u *act.Account, which []string, all bool, reason string) (ended int, err error) {
	if !all {
		a.Wrote(a.Write.DeleteSession(which[0]))
		ended = 1
	} else if ended, err = a.EndSessions(u.ID, ""); err != nil {
		return 0, err
	}
	if all && len(u.Markers) > 0 {
		u.Markers = nil
		a.Wrote(a.Write.PutUser(&u.User))
	}
	note := act.Counted(ended, "session")
	a.Announce(act.Event{Action: mfa.ActSessionRevoke, User: u, Reason: reason, Note: note}, mfa.NoticeSessionsEnded)
	return ended, nil
}
