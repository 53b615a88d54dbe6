package act

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

// Event is what the audit trail keeps of an act or of a refusal, besides the caller and the
// time. It is made of what it is given: at most one of user, community and unknown says whom
// or what the act was done to.
type Event struct {
	Action       mfa.Action
	User         *Account
	Community    *mfa.Community
	unknown      string   // an address that belongs to no account
	Factor       mfa.Kind // that was tried
	Reason       string   // what the caller gave as the reason
	Note         string   // facts of the act
	Session      string   // hash of the session that the act opened; empty for the caller's own
	HighSeverity bool     // of high severity
}

// refused is a refusal with what its event names, where that is more than what authorization
// found.
type refused struct {
	error
	about Event
}

// Unwrap returns the refusal itself.
func (r *refused) Unwrap() error { return r.error }

// RefusedAbout says what the event of a refusal names; the event's action follows from the
// refusal. A nil error stays nil.
func RefusedAbout(err error, about Event) error {
	if err == nil {
		return nil
	}
	return &refused{err, about}
}

// Record appends an event of something that was done and returns its number. It
// is written in the act's own transaction: no row, no act.
func (a *Act) Record(ev Event) int64 {
	a.recorded = true
	seq, err := a.appendEvent(ev, mfa.OutcomeOK, "")
	a.Wrote(err)
	return seq
}

// Announce records an event, and notifies the user whom it is about: with the same reason
// and the same facts. It returns the number of the event.
func (a *Act) Announce(ev Event, kind mfa.NoticeKind) int64 {
	seq := a.Record(ev)
	a.Notify(ev.User, Notice{Kind: kind, Reason: ev.Reason, Note: ev.Note})
	return seq
}

// recordRefusal appends the event of a refusal. It names what authorization found, unless
// the refusal says more. Malformed input is not recorded, nor is an unknown session or token
// from an address that is over its limit: it could fill the store.
func (a *Act) recordRefusal(err error, found Event) error {
	e := mfa.AsError(err)
	if e.Code == mfa.Usage || e.Code == mfa.Unauthenticated && a.call.OverLimit {
		return nil
	}
	if own, err := countRefusal(a, e.Code); err != nil || !own {
		return err
	}
	ev := found
	ev.Reason = a.spec.change.Reason
	if more, ok := errors.AsType[*refused](err); ok {
		ev = more.about
	}
	ev.Action = a.Rule.Action
	switch {
	case e.Detail != "":
		ev.Action = mfa.Action(e.Detail)
	case e.Code.IsDenial() || ev.Action == "":
		ev.Action = mfa.ActAuthzDeny
	}
	_, err = a.appendEvent(ev, mfa.OutcomeRefused, e.Code)
	return err
}

// appendEvent adds who did it, when and from where.
func (a *Act) appendEvent(ev Event, outcome mfa.Outcome, code mfa.Code) (int64, error) {
	row := mfa.Event{
		At: a.Now, Action: ev.Action, Outcome: outcome, Code: code, Method: a.Rule.Method, From: a.call.From,
		Reason: ev.Reason, Note: ev.Note, Factor: ev.Factor, SessionHash: cmp.Or(ev.Session, a.Session.Hash), TokenID: a.Token.ID,
	}
	if by := a.Actor; by != nil {
		row.ActorID, row.Actor, row.ActorRole, row.CommunityID = by.ID, by.Email, by.Role, by.CommunityID
	}
	if a.Token.ID != "" {
		row.From.TokenName, row.From.TokenCreator = a.Token.Name, tokenCreator(a)
	}
	switch u := ev.User; {
	case u != nil:
		row.TargetID, row.Target, row.CommunityID = u.ID, u.Email, u.CommunityID
	case ev.Community != nil:
		row.CommunityID = ev.Community.ID
	case ev.unknown != "":
		row.Target = a.Runner.hidden(ev.unknown)
	}
	if ev.HighSeverity {
		row.Severity = mfa.SeverityHigh
	}
	if !a.call.Key.IsZero() {
		row.KeyHash = a.Runner.keyHash(a.call.Key)
	}
	seq, err := a.Refusals.NextSeq()
	row.Notices, a.notices = a.notices, nil
	a.events = append(a.events, row)
	return seq + int64(len(a.events)) - 1, err
}

// writeEvents writes the events of an act at its end, when it is known which notices belong
// to each.
func writeEvents(a *Act) error {
	for _, row := range a.events {
		if _, err := a.Refusals.Append(row); err != nil {
			return err
		}
	}
	a.events = nil
	return nil
}

// named adds a notice to the event with which it was queued: the last one, or the next if
// there is none yet.
func named(a *Act, id string) {
	to := &a.notices
	if last := len(a.events) - 1; last >= 0 {
		to = &a.events[last].Notices
	}
	*to = append(*to, id)
}

// hidden returns what stands for an address that belongs to no account: people type
// passwords there.
func (run *Runner) hidden(name string) string {
	mac := run.Keys.MAC(macName, records.AppendField(nil, "name", []byte(name)))
	sum := sha256.Sum256(mac)
	return "unknown:" + hex.EncodeToString(sum[:8])
}

// Notice is what a mail to a user says of an act, besides who did it.
type Notice struct {
	Kind       mfa.NoticeKind
	Reason     string // what the caller gave as the reason
	Note       string // facts of the act
	Address    string // where it goes; empty for the user's own
	BreakGlass bool   // nobody was signed in: it was done on the store's host
}

// Notify queues a mail to a user in the act's own transaction. Nobody reads the
// mail of a service account.
func (a *Act) Notify(u *Account, n Notice) {
	if u.Service {
		return
	}
	id := a.NewID()
	named(a, id)
	a.Wrote(a.Refusals.PutNotice(mfa.Notice{
		ID: id, Kind: n.Kind, UserID: u.ID, Address: cmp.Or(n.Address, u.Email), By: a.by(u, n.BreakGlass),
		Reason: n.Reason, Note: withPurpose(n.Note, a.call.Purpose), CreatedAt: a.Now,
	}))
}

// withPurpose adds what the caller claims the act is for to the note of a notice.
func withPurpose(note, purpose string) string {
	switch {
	case purpose == "":
		return note
	case note == "":
		return "claimed: " + purpose
	}
	return note + "; claimed: " + purpose
}

// by names who acts in words for the one who is notified.
func (a *Act) by(u *Account, breakGlass bool) string {
	switch from := a.call.From; {
	case breakGlass:
		return from.OSPerson() + " on " + from.Host
	case a.Actor != nil && a.Actor.ID != u.ID:
		return a.Actor.Email
	}
	return "you"
}

// RecordLock records that a lock has begun, and notifies the user who is locked. about is
// what the event names besides the lock.
func (a *Act) RecordLock(u *Account, until time.Time, about Event) {
	about.Action, about.Note = mfa.ActAuthLock, about.Note+"until "+until.Format(time.RFC3339)
	_, err := a.appendEvent(about, mfa.OutcomeOK, "")
	a.Wrote(err)
	a.Notify(u, Notice{Kind: mfa.NoticeLocked, Reason: about.Reason, Note: about.Note})
}

// Counted writes a number of things.
func Counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
