package engine

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// sessionID names a session by the first 16 digits of its token's hash, which
// tell nothing of the token.
func sessionID(hash string) string { return hash[:min(16, len(hash))] }

// ListSessions implements [mfa.Sessions].
func (e *Engine) ListSessions(ctx context.Context, req mfa.ListSessionsRequest) (mfa.SessionPage, error) {
	return perform(ctx, e.runner, spec{method: "ListSessions", body: req}, func(s *scope, _ *account) (mfa.SessionPage, error) {
		out := mfa.SessionPage{Items: []mfa.SessionInfo{}}
		q := mfa.SessionQuery{Alive: s.now, After: req.After, Limit: pageSize(req.Limit)}
		var err error
		if q.CommunityIDs, err = s.communities(req.Community); err != nil {
			return out, err
		}
		if req.User != "" {
			if q.UserID, err = s.idReached(req.User); err != nil {
				return out, err
			}
		}
		rows, more, err := s.r.SessionPage(q)
		if err != nil {
			return out, err
		}
		out.Next = cursor(rows, more, func(row mfa.Session) string { return row.Hash })
		for _, x := range rows {
			info, alive, err := s.sessionInfo(x)
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

// sessionInfo tells of a session, and whether it still stands.
func (s *scope) sessionInfo(x mfa.Session) (mfa.SessionInfo, bool, error) {
	u, err := s.accountByID(x.UserID, false)
	if err != nil {
		return mfa.SessionInfo{}, false, records.MustExist(err, "a session's user")
	}
	return mfa.SessionInfo{
		ID: sessionID(x.Hash), User: u.Email, UserID: u.ID, Community: u.community.Name, Level: x.Level, Method: x.Method,
		CreatedAt: x.CreatedAt, LastSeenAt: x.LastSeenAt, ExpiresAt: x.ExpiresAt, Current: x.Hash == s.session.Hash,
	}, s.alive(x, u), nil
}

// RevokeSessions implements [mfa.Sessions].
func (e *Engine) RevokeSessions(ctx context.Context, req mfa.RevokeSessionsRequest) (mfa.Done, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.Done{}, err
	}
	o := spec{method: "RevokeSessions", body: req, user: req.User, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Done, error) {
		out := mfa.Done{User: u.Email, DryRun: req.DryRun}
		which, err := s.sessionsOf(u, req.Session)
		if err != nil {
			return out, err
		}
		out.Changed, out.Ended = len(which) > 0, len(which)
		if !out.Changed || req.DryRun {
			return out, nil
		}
		out.Ended, err = s.revoke(u, which, req.Session == "", reason)
		return out, err
	})
}

// sessionsOf returns the hashes of the sessions of a user that may be ended, or of the one
// of an id: also those that are idle, which a milder rule would bring back, and those that
// do not verify. NotFound for an id that is not that of exactly one.
func (s *scope) sessionsOf(u *account, id string) (which []string, _ error) {
	all, err := s.r.SessionRows(u.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range all.Sound {
		if s.live(x) {
			which = append(which, x.Hash)
		}
	}
	for _, d := range all.Damaged {
		which = append(which, d.ID)
	}
	if id == "" {
		return which, nil
	}
	which = slices.DeleteFunc(which, func(hash string) bool { return sessionID(hash) != id })
	if len(which) != 1 {
		return nil, mfa.Errorf(mfa.NotFound, "%s has no session %s", u.Email, id).
			WithHint("mfactl admin sessions list %s", mfa.ShellWord(u.Email))
	}
	return which, nil
}

// revoke ends sessions of a user, and with all of them the sign-ins that wait for
// their code. It returns how many sessions it ended.
func (s *scope) revoke(u *account, which []string, all bool, reason string) (ended int, err error) {
	if all {
		ended, err = s.endSessions(u.ID, "")
	} else {
		ended, err = 1, s.w.DeleteSession(which[0])
	}
	if err != nil {
		return 0, err
	}
	note := counted(ended, "session")
	if _, err := s.record(event{action: mfa.ActSessionRevoke, user: u, reason: reason, note: note}); err != nil {
		return 0, err
	}
	return ended, s.notify(u, notice{kind: mfa.NoticeSessionsEnded, reason: reason, note: note})
}
