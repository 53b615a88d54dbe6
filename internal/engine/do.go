package engine

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// op is one call of one method, as far as do must know it.
type op struct {
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

// do is the one shape of every act: session level x permission x community, the
// caller's password, the answer to a retry, one transaction, the refusal that
// commits its count, the event. What it returns is what was committed.
func do[R any](ctx context.Context, e *Engine, o op, act func(*scope) (R, error)) (R, error) {
	rule, ok := mfa.RuleOf(o.method)
	if !ok {
		var none R
		return none, mfa.Errorf(mfa.Forbidden, "no rule allows %s", o.method)
	}
	return obey(ctx, e, o, rule, act)
}

// obey is do under a rule that was found.
func obey[R any](ctx context.Context, e *Engine, o op, rule mfa.Rule, act func(*scope) (R, error)) (R, error) {
	var none R
	if err := mfa.CheckText(o.body); err != nil {
		return none, err
	}
	call := mfa.CallFrom(ctx)
	if !o.token.IsZero() {
		call.Token = o.token
	}
	d, err := newDraw(e.rand)
	if err != nil {
		return none, err
	}
	t := &turn[R]{e: e, o: o, rule: rule, call: call, d: d}
	if !call.Key.IsZero() && rule.Changes && !o.dry {
		if t.retry, err = newRetry(call.Key, o); err != nil {
			return none, err
		}
	}
	if !rule.Changes {
		return t.read(ctx, act)
	}
	if asks := !isAPIToken(call.Token) || !rule.Admits(mfa.LevelToken); rule.Password && !o.dry && asks {
		if t.paid, err = t.pay(ctx); err != nil || t.paid == nil {
			return t.out, orRefusal(err, t.refusal)
		}
	}
	if err = t.work(ctx); err == nil {
		err = t.commit(ctx, act)
	}
	t.release(ctx, err)
	return t.out, orRefusal(err, t.refusal)
}

// work does what is slow and must not happen in the transaction: it tries the
// password, and prepares the act for whoever may do it.
func (t *turn[R]) work(ctx context.Context) error {
	if t.paid != nil {
		if err := t.e.prove(ctx, t.paid, t.o.password); err != nil {
			return err
		}
	}
	switch {
	case t.o.prepare == nil || t.o.dry:
		return nil
	case t.paid == nil && !t.mayPrepare(ctx):
		return nil // the transaction refuses it
	case t.paid != nil && !t.paid.right && t.o.proof == nil:
		return nil
	}
	t.prepared = true
	return t.o.prepare(ctx)
}

// mayPrepare reports whether the caller may do this at all.
func (t *turn[R]) mayPrepare(ctx context.Context) bool {
	err := t.e.records.View(ctx, func(r *records.Reader) error {
		s, err := t.e.scope(r, t.o, t.rule, t.call, t.d)
		if err != nil {
			return err
		}
		return s.authorise()
	})
	return err == nil
}

// turn is one call on its way through do.
type turn[R any] struct {
	e       *Engine
	o       op
	rule    mfa.Rule
	call    mfa.Call
	d       draw
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
func (t *turn[R]) commit(ctx context.Context, act func(*scope) (R, error)) error {
	return t.e.records.Update(ctx, func(w *records.Writer) error {
		var none R
		t.out, t.refusal = none, nil
		if t.paid != nil {
			t.paid.settled = false
		}
		s, err := t.e.witness(w.RefusalWriter, t.o, t.rule, t.call, t.d)
		if err != nil {
			return err
		}
		got, err := t.run(s, func(s *scope) (R, error) { return t.write(s, w, act) })
		if err == nil {
			t.out = got.out
			return t.settle(s, got.from)
		}
		refusal := mfa.AsError(err)
		if !refusal.Code.IsRefusal() {
			return err
		}
		if w.Changed() {
			return rollback(refusal)
		}
		if t.refusal = refusal; got.from == fromStore {
			return nil
		}
		if err := s.recordRefusal(refusal); err != nil {
			return err
		}
		return t.settle(s, got.from)
	})
}

// write does an act that may change something, and hands it the writer for as long.
func (t *turn[R]) write(s *scope, w *records.Writer, act func(*scope) (R, error)) (R, error) {
	s.w = w
	out, err := act(s)
	s.w = nil
	if err == nil && w.Changed() && !s.recorded {
		return out, mfa.Fault(errors.New(t.o.method + " changed something and recorded nothing"))
	}
	return out, err
}

// outcome is what came of a call in one transaction, besides a refusal.
type outcome[R any] struct {
	out  R
	from source
}

// source says where an outcome comes from.
type source int

const (
	fromAct   source = iota // the act, or its refusal: it is stored for a retry
	fromCheck               // what goes before the act: it is not stored
	fromStore               // an earlier try of the same call: nothing is recorded again
)

// run authorizes the call and does the act, or answers from what was kept. A kept answer
// is looked at only after the call's password was paid for and judged.
func (t *turn[R]) run(s *scope, act func(*scope) (R, error)) (outcome[R], error) {
	if err := s.mayAsk(); err != nil {
		return t.replayEnded(s, err)
	}
	kept, err := t.mayAct(s)
	if err != nil {
		return outcome[R]{}, err
	}
	if kept != nil {
		if err := t.claim(s, t.sameRequest(kept)); err != nil {
			return outcome[R]{from: fromCheck}, err
		}
		if got, done, err := t.replay(s, kept); done || err != nil {
			return got, err
		}
	} else if err := t.claim(s, nil); err != nil {
		return outcome[R]{}, err
	}
	return t.perform(s, act)
}

// mayAct decides whether the caller may do this to the target, and finds the answer kept
// for the caller. If there is one, what the rules say of the target now decides nothing:
// the answered act may have removed it.
func (t *turn[R]) mayAct(s *scope) (*keptReply, error) {
	kept, err := t.kept(s)
	if err != nil {
		return nil, err
	}
	if err = s.mayAct(); err != nil && kept != nil && mfa.AsError(err).Code.IsRefusal() {
		err = nil
	}
	return kept, err
}

// claim settles the password attempt, if the call made one.
func (t *turn[R]) claim(s *scope, sameRequest func() bool) error {
	if t.paid == nil {
		return nil
	}
	return s.claim(t.paid, sameRequest)
}

// sameRequest returns what proves the caller if the answered act ended the password that
// the call brings: the identical request. It is nil at sign-in, where nothing does.
func (t *turn[R]) sameRequest(kept *keptReply) func() bool {
	if len(t.rule.Levels) == 0 && t.o.proof == nil {
		return nil
	}
	return func() bool { return t.repeats(kept) }
}

// perform does the act, which the caller may do.
func (t *turn[R]) perform(s *scope, act func(*scope) (R, error)) (got outcome[R], err error) {
	if t.paid == nil && t.rule.Password && !t.o.dry && !s.unattended() {
		return got, mfa.Fault(errors.New(t.o.method + " without its password"))
	}
	if t.o.prepare != nil && !t.o.dry && !t.prepared {
		return got, mfa.Errorf(mfa.Conflict, "what you may do has changed meanwhile")
	}
	got.out, err = act(s)
	return got, err
}

// settle keeps the answer for a retry and the session's last-seen time.
func (t *turn[R]) settle(s *scope, from source) error {
	if err := s.touch(); err != nil {
		return err
	}
	if err := s.keepMark(); err != nil {
		return err
	}
	if from != fromAct {
		return nil
	}
	return t.keep(s)
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
func (t *turn[R]) read(ctx context.Context, act func(*scope) (R, error)) (R, error) {
	var out R
	var stale bool
	err := t.e.records.View(ctx, func(r *records.Reader) error {
		s, err := t.e.scope(r, t.o, t.rule, t.call, t.d)
		if err != nil {
			return err
		}
		got, err := t.run(s, act)
		if err != nil {
			return err
		}
		out = got.out
		stale = (t.rule.Permission != "" || s.unattended()) && s.stale()
		return nil
	})
	var refusal *mfa.Error
	switch {
	case errors.As(err, &refusal) && refusal.Code.IsDenial():
		t.deny(ctx)
	case err == nil && stale:
		t.deny(ctx)
	}
	return out, err
}

// deny goes through authorisation once more in a transaction that can write, so
// that the refusal is recorded, or else the session's last-seen time. If the
// store cannot be written, the answer stands all the same.
func (t *turn[R]) deny(ctx context.Context) {
	var none R
	_ = t.commit(ctx, func(*scope) (R, error) { return none, nil })
}
