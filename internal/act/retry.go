package act

import (
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// kept returns the answer that was kept for the caller of this call, or nil.
// Before sign-in the caller is the account that was named: what was kept may be shown
// only after its password or code was paid for and found right.
func (x *execution[R]) kept(a *Act) (*keptReply, error) {
	switch {
	case x.retry == nil, x.rule.SignsIn() && len(x.rule.Levels) > 0: // a challenge ends with its answer
		return nil, nil
	case len(x.rule.Levels) == 0:
		return a.findReply(callerAccount(x.rule.Method, x.spec.Address), x.retry)
	default:
		return a.findReply(callerActor(a.Actor.ID), x.retry)
	}
}

// replayEnded answers a call whose session or token has ended, as the answered act may end
// it. If nothing was kept for it, the refusal is the outcome.
func (x *execution[R]) replayEnded(a *Act, refusal error) (outcome[R], error) {
	none := outcome[R]{from: fromCheck}
	_, hash, ok := ParseBearer(x.call.Token)
	if x.retry == nil || !ok || mfa.AsError(refusal).Code != mfa.Unauthenticated {
		return none, refusal
	}
	kept, err := a.findReply(callerBearer(hash), x.retry)
	if kept == nil || err != nil {
		return none, cmp.Or(err, refusal)
	}
	if got, done, err := x.replay(a, kept); done || err != nil {
		return got, err
	}
	return none, refusal
}

// replay answers a call from what was kept; done is false where it does not. If the caller
// is not signed in and the request differs, or what it opened has ended since, the kept
// answer is deleted. So it can be compared with one guess only.
func (x *execution[R]) replay(a *Act, kept *keptReply) (got outcome[R], done bool, _ error) {
	same := x.repeats(kept)
	if !same && x.signedIn(a) {
		return outcome[R]{from: fromCheck}, true, mfa.Errorf(mfa.Conflict, "another request was made under this idempotency key").
			WithHint("draw a new key for each request")
	}
	if !same {
		return got, false, a.Refusals.DeleteReply(kept.name, a.replyPeriods())
	}
	got.from = fromStore
	if r := kept.Refusal; r != nil {
		return got, true, &mfa.Error{Code: r.Code, Message: r.Message, Hint: r.Hint, RetryAt: r.RetryAt}
	}
	if err := json.Unmarshal(kept.Reply, &got.out); err != nil {
		return got, true, mfa.Errorf(mfa.Damaged, "a kept answer cannot be read").WithCause(err)
	}
	if in, ok := any(got.out).(mfa.SignedIn); ok {
		open, err := a.isOpen(in)
		if err != nil {
			return got, true, err
		}
		if !open {
			return outcome[R]{}, false, a.Refusals.DeleteReply(kept.name, a.replyPeriods())
		}
	}
	return got, true, nil
}

// isOpen reports whether the session that a sign-in opened can still be used.
func (a *Act) isOpen(in mfa.SignedIn) (bool, error) {
	_, hash, _ := ParseBearer(in.Token)
	x, u, err := a.sessionOf(hash)
	return err == nil && u != nil && a.Alive(x, u), err
}

// signedIn reports whether the caller has a session or token that has not ended.
func (x *execution[R]) signedIn(a *Act) bool { return a.Actor != nil && !x.rule.SignsIn() }

// keep stores the answer for a retry in the act's transaction. A refusal is kept only for
// a caller who is signed in: before that each attempt is judged by itself.
func (x *execution[R]) keep(a *Act) error {
	if x.retry == nil || x.refusal != nil && !x.signedIn(a) {
		return nil
	}
	callers, err := x.callers(a)
	if err != nil {
		return err
	}
	answer := keptAnswer{Fingerprint: x.fingerprint()}
	if x.refusal != nil {
		answer.Refusal = &keptRefusal{x.refusal.Code, x.refusal.Message, x.refusal.Hint, x.refusal.RetryAt}
	} else if answer.Reply, err = json.Marshal(mfa.Expose(x.out)); err != nil {
		return mfa.Fault(err)
	}
	plain, err := json.Marshal(answer)
	if err != nil {
		return mfa.Fault(err)
	}
	name := ""
	for _, caller := range callers {
		if name, err = a.putReply(caller, x.retry, plain); err != nil {
			return err
		}
	}
	return a.sweep(len(callers), name)
}

// callers returns the names under which the answer is kept: the account or actor, and also
// the session or token if it has ended or is about to. The answer to a challenge ends it.
func (x *execution[R]) callers(a *Act) (out [][]byte, _ error) {
	switch {
	case len(x.rule.Levels) == 0:
		return append(out, callerAccount(x.rule.Method, x.spec.Address)), nil
	case x.rule.SignsIn():
		return append(out, callerBearer(a.bearerHash())), nil
	}
	out = append(out, callerActor(a.Actor.ID))
	ends, err := a.askerEnds()
	if ends {
		out = append(out, callerBearer(a.bearerHash()))
	}
	return out, err
}

// askerEnds reports whether what asked has ended by now, or a token ends while the
// answer is kept: the act may have ended it.
func (a *Act) askerEnds() (bool, error) {
	var until time.Time
	var err error
	if a.Unattended() {
		var k mfa.Token
		k, err = a.Read.Token(a.bearerHash())
		until = k.ExpiresAt
	} else {
		_, err = a.Read.Session(a.bearerHash())
		until = a.Now.Add(mfa.ReplyTTL)
	}
	if errors.Is(err, mfa.NotFound) {
		return true, nil
	}
	return err == nil && until.Before(a.Now.Add(mfa.ReplyTTL)), err
}
