package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// runner is what every act works with: the store, its keys, and the sources of slow and
// random work. It may be used by many goroutines at once.
type runner struct {
	records *records.Store
	keys    *seal.Keyring
	hasher  *seal.Hasher // of passwords
	rand    io.Reader    // read once for each act, before its transaction
	kinds   factor.Set
	counts  records.Memo[int] // of backup codes, by their set
}

// spec is what performing a call must know of it. Nothing changes it.
type spec struct {
	method   string
	body     any         // the whole request: a retry must bring the very same
	dry      bool        // checks and tells, changes nothing, proves no password
	reason   string      // what the caller gave as the reason
	user     string      // whom a permission is used on; empty where it is a community
	name     string      // the address given where nobody is signed in
	self     bool        // where user is empty, it is done to the caller
	asker    bool        // it is done to the very session or token that asks
	token    mfa.Secret  // in place of the session's: a challenge
	password *mfa.Secret // the caller's own, where the rule asks for one
	// payer finds whose password attempts pay, where that is not the session's
	// user; nil, nil if nobody is of that name.
	payer func(*scope) (*account, error)
	// proof decides, in the transaction, what stands in for the password.
	proof func(*scope, *account) (bool, error)
	// prepare does slow work that must not happen in the transaction, such as
	// hashing a new password. It runs once, after the password was proved.
	prepare func(context.Context) error
}

// perform is the one shape of every act: session level x permission x community, the
// caller's password, the answer to a retry, one transaction, the refusal that
// commits its count, the event. What it returns is what was committed.
//
// The act gets the account that it is done to: the one that authorization found, before
// sign-in the one whose password or code was right, and else the caller. It is nil where
// nobody is signed in and no password is asked for.
func perform[R any](ctx context.Context, run *runner, o spec, act func(*scope, *account) (R, error)) (R, error) {
	rule, ok := mfa.RuleOf(o.method)
	if !ok {
		var none R
		return none, mfa.Errorf(mfa.Forbidden, "no rule allows %s", o.method)
	}
	return performUnder(ctx, run, o, rule, act)
}

// performUnder is perform under a rule that was found.
func performUnder[R any](ctx context.Context, run *runner, o spec, rule mfa.Rule, act func(*scope, *account) (R, error)) (R, error) {
	var none R
	if err := mfa.CheckText(o.body); err != nil {
		return none, err
	}
	call := mfa.CallFrom(ctx)
	if !o.token.IsZero() {
		call.Token = o.token
	}
	d, err := newDraw(run.rand)
	if err != nil {
		return none, err
	}
	x := &execution[R]{run: run, spec: o, rule: rule, call: call, draw: d}
	if !call.Key.IsZero() && rule.Changes && !o.dry {
		if x.retry, err = newRetry(call.Key, o); err != nil {
			return none, err
		}
	}
	if !rule.Changes {
		return x.read(ctx, act)
	}
	if asks := !isAPIToken(call.Token) || !rule.Admits(mfa.LevelToken); rule.Password && !o.dry && asks {
		if x.paid, err = x.pay(ctx); err != nil || x.paid == nil {
			return x.out, orRefusal(err, x.refusal)
		}
	}
	if err = x.work(ctx); err == nil {
		err = x.commit(ctx, act)
	}
	x.release(ctx, err)
	return x.out, orRefusal(err, x.refusal)
}

// work does what is slow and must not happen in the transaction: it tries the
// password, and prepares the act if the caller may do it.
func (x *execution[R]) work(ctx context.Context) error {
	if x.paid != nil {
		if err := x.run.prove(ctx, x.paid, x.spec.password); err != nil {
			return err
		}
	}
	switch {
	case x.spec.prepare == nil || x.spec.dry:
		return nil
	case x.paid == nil && !x.mayPrepare(ctx):
		return nil // the transaction refuses it
	case x.paid != nil && !x.paid.right && x.spec.proof == nil:
		return nil
	}
	x.prepared = true
	return x.spec.prepare(ctx)
}

// mayPrepare reports whether the caller may do this at all.
func (x *execution[R]) mayPrepare(ctx context.Context) bool {
	err := x.run.records.View(ctx, func(r *records.Reader) error {
		s, err := x.run.beginRead(r, x.spec, x.rule, x.call, x.draw)
		if err == nil {
			err = s.authorizeCaller()
		}
		if err == nil {
			_, err = s.authorizeTarget()
		}
		return err
	})
	return err == nil
}

// execution is one call that is being performed.
type execution[R any] struct {
	run     *runner
	spec    spec
	rule    mfa.Rule
	call    mfa.Call
	draw    draw
	retry   *retry // nil where the call cannot be repeated for the same answer
	out     R
	refusal *mfa.Error

	paid     *payment // the password attempt; nil where none is asked for
	prepared bool     // the slow work was done
}

func orRefusal(err error, refusal *mfa.Error) error {
	if err != nil || refusal == nil {
		return err
	}
	return refusal
}

// commit runs the act in one transaction. A refusal commits with its count and
// its event; a failure rolls everything back.
func (x *execution[R]) commit(ctx context.Context, act func(*scope, *account) (R, error)) error {
	return x.run.records.Update(ctx, func(w *records.Writer) error {
		var none R
		x.out, x.refusal = none, nil
		if x.paid != nil {
			x.paid.settled = false
		}
		s, err := x.run.beginWrite(w.RefusalWriter, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		got, err := x.decide(s, func(s *scope, u *account) (R, error) { return x.write(s, w, u, act) })
		if err == nil {
			x.out = got.out
			return x.settle(s, got.from)
		}
		refusal := mfa.AsError(err)
		if !refusal.Code.IsRefusal() {
			return err
		}
		if w.Changed() {
			return rollback(refusal)
		}
		if x.refusal = refusal; got.from == fromStore {
			return nil
		}
		if err := s.recordRefusal(err, got.found); err != nil {
			return err
		}
		return x.settle(s, got.from)
	})
}

// write does an act that may change something, and hands it the writer for as long.
func (x *execution[R]) write(s *scope, w *records.Writer, u *account, act func(*scope, *account) (R, error)) (R, error) {
	s.w = w
	out, err := act(s, u)
	s.w = nil
	if err == nil && w.Changed() && !s.recorded {
		return out, mfa.Fault(errors.New(x.spec.method + " changed something and recorded nothing"))
	}
	return out, err
}

// outcome is what came of a call in one transaction, besides a refusal.
type outcome[R any] struct {
	out   R
	from  source
	found event // what the event of a refusal names by itself: the target, as far as it was found
}

// source says where an outcome comes from.
type source int

const (
	fromAct   source = iota // the act, or its refusal: it is stored for a retry
	fromCheck               // what goes before the act: it is not stored
	fromStore               // an earlier try of the same call: nothing is recorded again
)

// decide authorizes the call and does the act, or answers from what was kept. A kept answer
// is looked at only after the call's password was paid for and judged.
func (x *execution[R]) decide(s *scope, act func(*scope, *account) (R, error)) (got outcome[R], err error) {
	if err := s.authorizeCaller(); err != nil {
		return x.replayEnded(s, err)
	}
	kept, found, err := x.authorizeTarget(s)
	if err != nil {
		return outcome[R]{found: found}, err
	}
	if found, err = x.claim(s, found, kept); err != nil {
		got.found = found
		if kept != nil {
			got.from = fromCheck
		}
		return got, err
	}
	if kept != nil {
		if got, done, err := x.replay(s, kept); done || err != nil {
			got.found = found
			return got, err
		}
	}
	got.found = found
	got.out, err = x.carryOut(s, found.user, act)
	return got, err
}

// authorizeTarget decides whether the caller may do this to the target, and finds the answer
// kept for the caller. If there is one, what the rules say of the target now decides nothing:
// the answered act may have removed it.
func (x *execution[R]) authorizeTarget(s *scope) (kept *keptReply, found event, err error) {
	if kept, err = x.kept(s); err != nil {
		return nil, found, err
	}
	if found.user, err = s.authorizeTarget(); err != nil && kept != nil && mfa.AsError(err).Code.IsRefusal() {
		err = nil
	}
	return kept, found, err
}

// claim settles the password attempt, if the call made one. It adds to found whose
// password it was, where nobody is signed in.
func (x *execution[R]) claim(s *scope, found event, kept *keptReply) (event, error) {
	if x.paid == nil {
		return found, nil
	}
	return s.claim(x.paid, found, x.sameRequest(kept))
}

// sameRequest returns what proves the caller if the answered act ended the password that
// the call brings: the identical request. It is nil if no answer was kept, and at sign-in,
// where nothing stands in for the password.
func (x *execution[R]) sameRequest(kept *keptReply) func() bool {
	if kept == nil || len(x.rule.Levels) == 0 && x.spec.proof == nil {
		return nil
	}
	return func() bool { return x.repeats(kept) }
}

// carryOut does the act, which the caller may do.
func (x *execution[R]) carryOut(s *scope, u *account, act func(*scope, *account) (R, error)) (none R, err error) {
	if x.paid == nil && x.rule.Password && !x.spec.dry && !s.unattended() {
		return none, mfa.Fault(errors.New(x.spec.method + " without its password"))
	}
	if x.spec.prepare != nil && !x.spec.dry && !x.prepared {
		return none, mfa.Errorf(mfa.Conflict, "what you may do has changed meanwhile")
	}
	if u == nil {
		u = s.actor
	}
	return act(s, u)
}

// settle keeps the answer for a retry and the session's last-seen time.
func (x *execution[R]) settle(s *scope, from source) error {
	if err := s.touch(); err != nil {
		return err
	}
	if err := s.keepMark(); err != nil {
		return err
	}
	if from != fromAct {
		return nil
	}
	return x.keep(s)
}

// rollback is what becomes of a refusal after a change. A lost race is told as
// such; a wrong code after a change would lose its count, so it is a fault.
func rollback(refusal *mfa.Error) error {
	if refusal.Code.MayFollowChange() {
		return refusal
	}
	return mfa.Fault(errors.New("refused after a change: " + refusal.Error()))
}

// read runs an act that writes nothing. A refusal is recorded afterwards, where
// the store can be written.
func (x *execution[R]) read(ctx context.Context, act func(*scope, *account) (R, error)) (R, error) {
	var out R
	var old bool
	err := x.run.records.View(ctx, func(r *records.Reader) error {
		s, err := x.run.beginRead(r, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		got, err := x.decide(s, act)
		if err != nil {
			return err
		}
		out = got.out
		old = (x.rule.Permission != "" || s.unattended()) && s.stale()
		return nil
	})
	var refusal *mfa.Error
	switch {
	case errors.As(err, &refusal) && refusal.Code.IsDenial():
		x.deny(ctx)
	case err == nil && old:
		x.deny(ctx)
	}
	return out, err
}

// deny goes through authorization once more in a transaction that can write, so
// that the refusal is recorded, or else the session's last-seen time. If the
// store cannot be written, the answer stands all the same.
func (x *execution[R]) deny(ctx context.Context) {
	var none R
	_ = x.commit(ctx, func(*scope, *account) (R, error) { return none, nil })
}

// performFirst does the act that makes an empty store usable: nobody can be signed in yet,
// and the store has no memory of time.
func performFirst[R any](ctx context.Context, run *runner, method string, act func(*scope) (R, error)) (out R, err error) {
	d, err := newDraw(run.rand)
	if err != nil {
		return out, err
	}
	var s *scope
	err = run.records.Begin(ctx, func(now time.Time) (string, error) {
		s = &scope{run: run, rule: mfa.Rule{Method: method}, call: mfa.CallFrom(ctx), clock: now, now: now, rand: d.reader()}
		return newID(s.now, s.rand)
	}, func(w *records.Writer) error {
		s.r, s.refusals, s.w = w.Reader, w.RefusalWriter, w
		if out, err = act(s); err != nil {
			return err
		}
		return s.keepMark()
	})
	return out, err
}
