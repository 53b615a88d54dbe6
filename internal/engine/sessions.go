package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// sessionID is how much of a token's hash names a session.
const sessionID = 16

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
		if len(rows) == q.Limit {
			rows = rows[:q.Limit-1]
			out.Next = rows[len(rows)-1].Hash
		}
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
		ID: x.Hash[:sessionID], User: u.Email, UserID: u.ID, Community: u.community.Name, Level: x.Level, Method: x.Method,
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
		u := s.target
		out := mfa.Done{User: u.Email, DryRun: req.DryRun}
		all, err := s.r.Sessions(u.ID)
		if err != nil {
			return out, err
		}
		var which []mfa.Session
		for _, x := range all {
			if x.Level != mfa.LevelChallenge && (req.Session == "" || strings.HasPrefix(x.Hash, req.Session)) && s.now.Before(x.ExpiresAt) {
				which = append(which, x)
			}
		}
		if req.Session != "" && (len(which) != 1 || len(req.Session) < sessionID) {
			return out, mfa.Errorf(mfa.NotFound, "%s has no session %s", u.Email, req.Session).
				WithHint("mfactl admin sessions list %s", mfa.ShellWord(u.Email))
		}
		out.Changed, out.Ended = len(which) > 0, len(which)
		if !out.Changed || req.DryRun {
			return out, nil
		}
		return out, s.revoke(u, which)
	})
}

func (s *scope) revoke(u *account, which []mfa.Session) error {
	s.changed = true
	for _, x := range which {
		if err := s.tx.DeleteSession(x.Hash); err != nil {
			return err
		}
	}
	note := fmt.Sprintf("%d sessions", len(which))
	if _, err := s.record(mfa.ActSessionRevoke, note); err != nil {
		return err
	}
	return s.notify(u, mfa.NoticeSessionsEnded, note)
}
