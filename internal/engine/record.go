package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// event is what the audit trail keeps of an act or of a refusal, besides the caller and the
// time. It is made of what it is given: at most one of user, community and unknown says whom
// or what the act was done to.
type event struct {
	action    mfa.Action
	user      *account
	community *mfa.Community
	unknown   string   // an address that belongs to no account
	factor    mfa.Kind // that was tried
	reason    string   // what the caller gave as the reason
	note      string   // facts of the act
	session   string   // hash of the session that the act opened; empty for the caller's own
	high      bool     // of high severity
}

// refused is a refusal with what its event names, where that is more than what authorization
// found.
type refused struct {
	error
	about event
}

// Unwrap returns the refusal itself.
func (r *refused) Unwrap() error { return r.error }

// refusedAbout says what the event of a refusal names; the event's action follows from the
// refusal. A nil error stays nil.
func refusedAbout(err error, about event) error {
	if err == nil {
		return nil
	}
	return &refused{err, about}
}

// record appends an event of something that was done and returns its number. It
// is written in the act's own transaction: no row, no act.
func (s *scope) record(ev event) (int64, error) {
	s.recorded = true
	return s.appendEvent(ev, mfa.OutcomeOK, "")
}

// recordRefusal appends the event of a refusal. It names what authorization found, unless
// the refusal says more. Malformed input is not recorded, nor is an unknown session or token
// from an address that is over its limit: it could fill the store.
func (s *scope) recordRefusal(err error, found event) error {
	e := mfa.AsError(err)
	if e.Code == mfa.Usage || e.Code == mfa.Unauthenticated && s.call.OverLimit {
		return nil
	}
	ev := found
	ev.reason = s.spec.reason
	if more, ok := errors.AsType[*refused](err); ok {
		ev = more.about
	}
	ev.action = s.rule.Action
	switch {
	case e.Detail != "":
		ev.action = mfa.Action(e.Detail)
	case e.Code.IsDenial() || ev.action == "":
		ev.action = mfa.ActAuthzDeny
	}
	_, err = s.appendEvent(ev, mfa.OutcomeRefused, e.Code)
	return err
}

// appendEvent adds who did it, when and from where.
func (s *scope) appendEvent(ev event, outcome mfa.Outcome, code mfa.Code) (int64, error) {
	row := mfa.Event{
		At: s.now, Action: ev.action, Outcome: outcome, Code: code, Method: s.rule.Method, From: s.call.From,
		Reason: ev.reason, Note: ev.note, Factor: ev.factor, SessionHash: cmp.Or(ev.session, s.session.Hash), TokenID: s.token.ID,
	}
	if a := s.actor; a != nil {
		row.ActorID, row.Actor, row.ActorRole, row.CommunityID = a.ID, a.Email, a.Role, a.CommunityID
	}
	switch u := ev.user; {
	case u != nil:
		row.TargetID, row.Target, row.CommunityID = u.ID, u.Email, u.CommunityID
	case ev.community != nil:
		row.CommunityID = ev.community.ID
	case ev.unknown != "":
		row.Target = s.hidden(ev.unknown)
	}
	if ev.high {
		row.Severity = mfa.SeverityHigh
	}
	if !s.call.Key.IsZero() {
		row.KeyHash = s.run.keyHash(s.call.Key)
	}
	return s.refusals.Append(row)
}

// hidden stands for a name that is nobody's: people type passwords there.
func (s *scope) hidden(name string) string {
	mac := s.run.keys.MAC(macName, records.AppendField(nil, "name", []byte(name)))
	sum := sha256.Sum256(mac)
	return "unknown:" + hex.EncodeToString(sum[:8])
}

// notice is what a mail to a user says of an act, besides who did it.
type notice struct {
	kind       mfa.NoticeKind
	reason     string // what the caller gave as the reason
	note       string // facts of the act
	address    string // where it goes; empty for the user's own
	breakGlass bool   // nobody was signed in: it was done on the store's host
}

// notify queues a mail to a user in the act's own transaction. Nobody reads the
// mail of a service account.
func (s *scope) notify(u *account, n notice) error {
	if u.Service {
		return nil
	}
	id, err := newID(s.now, s.rand)
	if err != nil {
		return err
	}
	return s.refusals.PutNotice(mfa.Notice{
		ID: id, Kind: n.kind, UserID: u.ID, Address: cmp.Or(n.address, u.Email), By: s.by(u, n.breakGlass),
		Reason: n.reason, Note: n.note, CreatedAt: s.now,
	})
}

// by names who acts in words for the one who is notified.
func (s *scope) by(u *account, breakGlass bool) string {
	switch from := s.call.From; {
	case breakGlass && from.SudoUser != "":
		return from.SudoUser + " as " + from.OSUser + " on " + from.Host
	case breakGlass:
		return from.OSUser + " on " + from.Host
	case s.actor != nil && s.actor.ID != u.ID:
		return s.actor.Email
	}
	return "you"
}

// recordLock records that a lock has begun, and notifies the user who is locked. about is
// what the event names besides the lock.
func (s *scope) recordLock(u *account, until time.Time, about event) error {
	about.action, about.note = mfa.ActAuthLock, "until "+until.Format(time.RFC3339)
	if _, err := s.appendEvent(about, mfa.OutcomeOK, ""); err != nil {
		return err
	}
	return s.notify(u, notice{kind: mfa.NoticeLocked, reason: about.reason, note: about.note})
}

// counted writes a number of things.
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
