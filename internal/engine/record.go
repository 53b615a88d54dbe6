package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// record appends an event of something that was done and returns its number. It
// is written in the act's own transaction: no row, no act.
func (s *scope) record(action mfa.Action, note string) (int64, error) {
	s.recorded = true
	return s.append(mfa.Event{Action: action, Outcome: mfa.OutcomeOK, Note: note})
}

// recordRefusal appends the event of a refusal. Malformed input is no refusal, and
// whoever knocks without end is heard no more.
func (s *scope) recordRefusal(e *mfa.Error) error {
	if e.Code == mfa.Usage || e.Code == mfa.Unauthenticated && s.call.Spent {
		return nil
	}
	action := s.rule.Action
	switch {
	case e.Detail != "":
		action = mfa.Action(e.Detail)
	case e.Code.IsDenial() || action == "":
		action = mfa.ActAuthzDeny
	}
	_, err := s.append(mfa.Event{Action: action, Outcome: mfa.OutcomeRefused, Code: e.Code})
	return err
}

// append fills in who, whom and where.
func (s *scope) append(ev mfa.Event) (int64, error) {
	ev.At, ev.Method, ev.From = s.now, s.rule.Method, s.call.From
	ev.Reason, ev.Factor, ev.SessionHash = s.op.reason, s.factor, s.session.Hash
	ev.TokenID = s.token.ID
	if a := s.actor; a != nil {
		ev.ActorID, ev.Actor, ev.ActorRole, ev.CommunityID = a.ID, a.Email, a.Role, a.CommunityID
	}
	switch t := s.target; {
	case t != nil:
		ev.TargetID, ev.Target, ev.CommunityID = t.ID, t.Email, t.CommunityID
	case s.tenant != nil:
		ev.CommunityID = s.tenant.ID
	case s.stranger != "":
		ev.Target = s.hidden(s.stranger)
	}
	if s.glass || s.linked {
		ev.Severity = mfa.SeverityHigh
	}
	if !s.call.Key.IsZero() {
		ev.KeyHash = s.e.keyHash(s.call.Key)
	}
	return s.facts.Append(ev)
}

// hidden stands for a name that is nobody's: people type passwords there.
func (s *scope) hidden(name string) string {
	mac := s.e.keys.MAC(macName, records.AppendField(nil, "name", []byte(name)))
	sum := sha256.Sum256(mac)
	return "unknown:" + hex.EncodeToString(sum[:8])
}

// notify queues a mail to a user in the act's own transaction. Nobody reads the
// mail of a service account.
func (s *scope) notify(u *account, kind mfa.NoticeKind, note string) error {
	return s.notifyAt(u, u.Email, kind, note)
}

func (s *scope) notifyAt(u *account, address string, kind mfa.NoticeKind, note string) error {
	if u.Service {
		return nil
	}
	id, err := newID(s.now, s.rand)
	if err != nil {
		return err
	}
	return s.facts.PutNotice(mfa.Notice{
		ID: id, Kind: kind, UserID: u.ID, Address: address, By: s.by(u),
		Reason: s.op.reason, Note: note, CreatedAt: s.now,
	})
}

// by names who acts in words for the one who is told.
func (s *scope) by(u *account) string {
	switch from := s.call.From; {
	case s.glass && from.SudoUser != "":
		return from.SudoUser + " as " + from.OSUser + " on " + from.Host
	case s.glass:
		return from.OSUser + " on " + from.Host
	case s.actor != nil && s.actor.ID != u.ID:
		return s.actor.Email
	}
	return "you"
}

// tellLocked records and mails that a lock has begun.
func (s *scope) tellLocked(u *account, until time.Time) error {
	note := "until " + until.Format(time.RFC3339)
	if _, err := s.append(mfa.Event{Action: mfa.ActAuthLock, Outcome: mfa.OutcomeOK, Note: note}); err != nil {
		return err
	}
	return s.notify(u, mfa.NoticeLocked, note)
}

func left(n int) string { return counted(n, "backup code") + " left" }

// counted writes a number of things.
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
