package engine

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// sessionID names a session by the first 16 digits of its token's hash, which
// tell nothing of the token.
func sessionID(x mfa.Session) string { return x.Hash[:min(16, len(x.Hash))] }

// ListSessions implements [mfa.Sessions].
func (e *Engine) ListSessions(ctx context.Context, req mfa.ListSessionsRequest) (mfa.SessionPage, error) {
	return do(ctx, e, op{method: "ListSessions", body: req}, func(s *scope) (mfa.SessionPage, error) {
		out := mfa.SessionPage{Items: []mfa.SessionInfo{}}
		q := mfa.SessionQuery{Alive: s.now, After: req.After, Limit: pageSize(req.Limit) + 1}
		var err error
		if q.CommunityIDs, err = s.communities(req.Community); err != nil {
			return out, err
		}
		if req.User != "" {
			if q.UserID, err = s.idReached(req.User); err != nil {
				return out, err
			}
		}
		rows, err := s.r.SessionList(q)
		if err != nil {
			return out, err
		}
		rows, out.Next = cutPage(rows, q.Limit, func(row mfa.Session) string { return row.Hash })
		for _, x := range rows {
			info, alive, err := s.aboutSession(x)
			if err != nil {
				return out, err
			}
			if alive {
				out.Items = append(out.Items, info)
			}
		}
		return out, nil
	})
}

// idReached returns the id of a user the actor reaches, or NotFound.
func (s *scope) idReached(who string) (string, error) {
	u, err := s.reached(who)
	if err != nil {
		return "", err
	}
	return u.ID, nil
}

// aboutSession tells of a session, and whether it still stands.
func (s *scope) aboutSession(x mfa.Session) (mfa.SessionInfo, bool, error) {
	if err := s.verify(macSession, "a session", x, x.MAC); err != nil {
		return mfa.SessionInfo{}, false, err
	}
	u, err := s.account(x.UserID, false)
	if err != nil {
		return mfa.SessionInfo{}, false, s.gone(err, "a session's user")
	}
	return mfa.SessionInfo{
		ID: sessionID(x), User: u.Email, UserID: u.ID, Community: u.community.Name, Level: x.Level, Method: x.Method,
		CreatedAt: x.CreatedAt, LastSeenAt: x.LastSeenAt, ExpiresAt: x.ExpiresAt, Current: x.Hash == s.session.Hash,
	}, s.alive(x, u), nil
}

// RevokeSessions implements [mfa.Sessions].
func (e *Engine) RevokeSessions(ctx context.Context, req mfa.RevokeSessionsRequest) (mfa.Done, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.Done{}, err
	}
	o := op{method: "RevokeSessions", body: req, user: req.User, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.Done, error) {
		out := mfa.Done{User: s.target.Email, DryRun: req.DryRun}
		which, err := s.sessionsOf(s.target, req.Session)
		if err != nil {
			return out, err
		}
		out.Changed, out.Ended = len(which) > 0, len(which)
		if !out.Changed || req.DryRun {
			return out, nil
		}
		out.Ended, err = s.revoke(s.target, which, req.Session == "")
		return out, err
	})
}

// sessionsOf returns the sessions of a user that may be ended, or the one of an
// id: also those that are idle, which a milder rule would bring back. NotFound for
// an id that is not that of exactly one.
func (s *scope) sessionsOf(u *account, id string) ([]mfa.Session, error) {
	all, err := s.r.Sessions(u.ID)
	if err != nil {
		return nil, err
	}
	which := slices.DeleteFunc(all, func(x mfa.Session) bool {
		return !s.live(x) || id != "" && sessionID(x) != id
	})
	if id != "" && len(which) != 1 {
		return nil, mfa.Errorf(mfa.NotFound, "%s has no session %s", u.Email, id).
			WithHint("mfactl admin sessions list %s", mfa.ShellWord(u.Email))
	}
	return which, nil
}

// revoke ends sessions of a user, and with all of them the sign-ins that wait for
// their code. It returns how many sessions it ended.
func (s *scope) revoke(u *account, which []mfa.Session, all bool) (ended int, err error) {
	s.changed = true
	if all {
		ended, err = s.endSessions(u.ID, "")
	} else {
		ended, err = 1, s.tx.DeleteSession(which[0].Hash)
	}
	if err != nil {
		return 0, err
	}
	note := counted(ended, "session")
	if _, err := s.record(mfa.ActSessionRevoke, note); err != nil {
		return 0, err
	}
	return ended, s.notify(u, mfa.NoticeSessionsEnded, note)
}
