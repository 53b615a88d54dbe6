package engine

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// kept returns the answer that was kept for the caller of this call, nil if there is none.
// Before sign-in the caller is the account that was named: what was kept may be shown
// only after its password or code was paid for and found right.
func (t *turn[R]) kept(s *scope) (*found, error) {
	switch {
	case t.retry == nil, t.rule.SignsIn() && len(t.rule.Levels) > 0: // a challenge ends with its answer
		return nil, nil
	case len(t.rule.Levels) == 0:
		return s.findReply(callerAccount(t.rule.Method, t.o.name), t.retry)
	default:
		return s.findReply(callerActor(s.actor.ID), t.retry)
	}
}

// keptForEnded looks for an answer when the session or token that asks has ended, as an
// act may end it. It returns nil if there is none.
func (t *turn[R]) keptForEnded(s *scope, refusal error) (*found, error) {
	_, hash, ok := bearer(t.call.Token)
	if t.retry == nil || !ok || mfa.AsError(refusal).Code != mfa.Unauthenticated {
		return nil, nil
	}
	return s.findReply(callerBearer(hash), t.retry)
}

// replay answers a call from what was kept. Of a caller who is not signed in, an answer to
// another request gives way: it can be compared with one guess only.
func (t *turn[R]) replay(s *scope, f *found) (bool, error) {
	switch {
	case t.repeats(f):
		t.replayed = true
		if r := f.Refusal; r != nil {
			return true, &mfa.Error{Code: r.Code, Message: r.Message, Hint: r.Hint, RetryAt: r.RetryAt}
		}
		if err := json.Unmarshal(f.Reply, &t.out); err != nil {
			return true, mfa.Errorf(mfa.Damaged, "a kept answer cannot be read").WithCause(err)
		}
		return true, nil
	case t.signedIn(s):
		return true, mfa.Errorf(mfa.Conflict, "another request was made under this idempotency key").
			WithHint("draw a new key for each request")
	default:
		t.keepNothing = false
		return false, s.tx.DeleteReply(f.name, s.repliesSince())
	}
}

// signedIn reports whether the caller has a session or token that has not ended.
func (t *turn[R]) signedIn(s *scope) bool { return s.actor != nil && !t.rule.SignsIn() }

// keep stores the answer for a retry in the act's transaction. A refusal is kept only for
// a caller who is signed in: before that each attempt is judged by itself.
func (t *turn[R]) keep(s *scope) error {
	if t.retry == nil || t.keepNothing || t.refusal != nil && !t.signedIn(s) {
		return nil
	}
	callers, err := t.callers(s)
	if err != nil {
		return err
	}
	answer := keptAnswer{Fingerprint: t.fingerprint()}
	if t.refusal != nil {
		answer.Refusal = &keptRefusal{t.refusal.Code, t.refusal.Message, t.refusal.Hint, t.refusal.RetryAt}
	} else if answer.Reply, err = json.Marshal(mfa.Expose(t.out)); err != nil {
		return mfa.Fault(err)
	}
	plain, err := json.Marshal(answer)
	if err != nil {
		return mfa.Fault(err)
	}
	name := ""
	for _, caller := range callers {
		if name, err = s.putReply(caller, t.retry, plain); err != nil {
			return err
		}
	}
	return s.sweep(len(callers), name)
}

// callers returns who can have the answer again: the account or actor, and what asked
// where it has ended by then. A challenge is always ended by the answer to it.
func (t *turn[R]) callers(s *scope) (out [][]byte, _ error) {
	switch {
	case len(t.rule.Levels) == 0:
		return append(out, callerAccount(t.rule.Method, t.o.name)), nil
	case t.rule.SignsIn():
		return append(out, callerBearer(s.asked)), nil
	}
	out = append(out, callerActor(s.actor.ID))
	ends, err := s.askerEnds()
	if ends {
		out = append(out, callerBearer(s.asked))
	}
	return out, err
}

// askerEnds reports whether what asked has ended by now, or a token ends while the
// answer is kept: the act may have ended it.
func (s *scope) askerEnds() (bool, error) {
	var until time.Time
	var err error
	if s.unattended() {
		var k mfa.Token
		k, err = s.tx.Token(s.asked)
		until = k.ExpiresAt
	} else {
		_, err = s.tx.Session(s.asked)
		until = s.now.Add(mfa.ReplyTTL)
	}
	if errors.Is(err, mfa.NotFound) {
		return true, nil
	}
	return err == nil && until.Before(s.now.Add(mfa.ReplyTTL)), err
}
