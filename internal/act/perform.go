package act

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// Runner is what every act works with: the store, its keys, and the sources of slow and
// random work. It may be used by many goroutines at once.
type Runner struct {
	Records *records.Store
	Keys    *seal.Keyring
	Hasher  *seal.Hasher // of passwords
	Rand    io.Reader    // read once for each act, before its transaction
	Kinds   factor.Set
	Counts  records.Memo[int] // of backup codes, by their set
}

// Spec is what performing a call must know of it. Nothing changes it.
type Spec struct {
	Method   string
	Body     any         // the whole request: a retry must bring the very same
	User     string      // whom a permission is used on; empty where it is a community
	Address  string      // the address given where nobody is signed in
	Self     bool        // where user is empty, it is done to the caller
	Request  bool        // it is filed for a second person, as a token may too
	OnBearer bool        // it is done to the very session or token that asks
	Token    mfa.Secret  // in place of the session's: a challenge
	Marker   mfa.Secret  // a device marker that the call brings, before sign-in
	Password *mfa.Secret // the caller's own, where the rule asks for one or may
	// Payer finds whose password attempts pay, where that is not the session's
	// user; nil, nil if nobody is of that name.
	Payer func(*Act) (*Account, error)
	// Proof decides, in the transaction, what stands in for the password.
	Proof func(*Act, *Account) (bool, error)
	// Prepare does slow work that must not happen in the transaction, such as
	// hashing a new password. It runs once, after the password was proved.
	Prepare func(context.Context) error

	change mfa.Change // what the body says of the change it makes; a dry run takes no password
}

// Perform is the one shape of every act: session level x permission x community, the
// caller's password, the answer to a retry, one transaction, the refusal that
// commits its count, the event. What it returns is what was committed.
//
// The act gets the account that it is done to: the one that authorization found, before
// sign-in the one whose password or code was right, and else the caller. It is nil where
// nobody is signed in and no password is asked for.
func Perform[R any](ctx context.Context, run *Runner, o Spec, act func(*Act, *Account) (R, error)) (R, error) {
	rule, ok := mfa.RuleOf(o.Method)
	if !ok {
		var none R
		return none, mfa.Errorf(mfa.Forbidden, "no rule allows %s", o.Method)
	}
	return PerformUnder(ctx, run, o, rule, act)
}

// PerformUnder is [Perform] under a rule that was found.
func PerformUnder[R any](ctx context.Context, run *Runner, o Spec, rule mfa.Rule, act func(*Act, *Account) (R, error)) (R, error) {
	var none R
	if err := mfa.CheckText(o.Body); err != nil {
		return none, err
	}
	if r, ok := o.Body.(interface{ Says() mfa.Change }); ok {
		o.change = r.Says()
	}
	if err := CheckOneLine("reason", o.change.Reason); err != nil {
		return none, err
	}
	call := mfa.CallFrom(ctx)
	if !o.Token.IsZero() {
		call.Token = o.Token
	}
	x := &execution[R]{run: run, spec: o, rule: rule, call: call, draw: newDraw(run.Rand)}
	var err error
	if !call.Key.IsZero() && rule.Changes && !o.change.DryRun {
		if x.retry, err = newRetry(call.Key, o); err != nil {
			return none, err
		}
	}
	if !rule.Changes {
		return x.read(ctx, act)
	}
	if asks := !isAPIToken(call.Token) || !rule.Admits(mfa.LevelToken); o.bringsPassword(rule) && asks {
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
		if err := x.run.prove(ctx, x.paid, x.spec.Password); err != nil {
			return err
		}
	}
	switch {
	case x.spec.Prepare == nil || x.spec.change.DryRun:
		return nil
	case x.paid == nil && !x.mayPrepare(ctx):
		return nil // the transaction refuses it
	case x.paid != nil && !x.paid.right && x.spec.Proof == nil:
		return nil
	}
	x.prepared = true
	return x.spec.Prepare(ctx)
}

// mayPrepare reports whether the caller may do this at all.
func (x *execution[R]) mayPrepare(ctx context.Context) bool {
	err := x.run.Records.View(ctx, func(r *records.Reader) error {
		a, err := x.run.beginRead(r, x.spec, x.rule, x.call, x.draw)
		if err == nil {
			err = a.authorizeCaller()
		}
		if err == nil {
			_, err = a.authorizeTarget()
		}
		return err
	})
	return err == nil
}

// execution is one call that is being performed.
type execution[R any] struct {
	run     *Runner
	spec    Spec
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
func (x *execution[R]) commit(ctx context.Context, act func(*Act, *Account) (R, error)) error {
	return x.run.Records.Update(ctx, func(w *records.Writer) error {
		var none R
		x.out, x.refusal = none, nil
		if x.paid != nil {
			x.paid.settled = false
		}
		a, err := x.run.beginWrite(w.RefusalWriter, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		got, err := x.decide(a, func(a *Act, u *Account) (R, error) { return x.write(a, w, u, act) })
		err = cmp.Or(a.failed, err)
		if err == nil {
			x.out = got.out
			return x.settle(a, got.from)
		}
		refusal := mfa.AsError(err)
		if !refusal.Code.IsRefusal() || a.unproved {
			return err
		}
		if w.Changed() {
			return rollback(refusal)
		}
		if x.refusal = refusal; got.from == fromStore {
			return writeEvents(a)
		}
		if err := a.recordRefusal(err, got.found); err != nil {
			return err
		}
		return x.settle(a, got.from)
	})
}

// write does an act that may change something, and hands it the writer for as long.
func (x *execution[R]) write(a *Act, w *records.Writer, u *Account, act func(*Act, *Account) (R, error)) (R, error) {
	a.Write = w
	out, err := act(a, u)
	a.Write = nil
	if err == nil && w.Changed() && !a.recorded {
		return out, mfa.Fault(errors.New(x.spec.Method + " changed something and recorded nothing"))
	}
	return out, err
}

// outcome is what came of a call in one transaction, besides a refusal.
type outcome[R any] struct {
	out   R
	from  source
	found Event // what the event of a refusal names by itself: the target, as far as it was found
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
func (x *execution[R]) decide(a *Act, act func(*Act, *Account) (R, error)) (got outcome[R], err error) {
	if err := a.authorizeCaller(); err != nil {
		return x.replayEnded(a, err)
	}
	kept, found, err := x.authorizeTarget(a)
	if err != nil {
		return outcome[R]{found: found}, err
	}
	if found, err = x.claim(a, found, kept); err != nil {
		got.found = found
		if kept != nil {
			got.from = fromCheck
		}
		return got, err
	}
	if kept != nil {
		if got, done, err := x.replay(a, kept); done || err != nil {
			got.found = found
			return got, err
		}
	}
	got.found = found
	got.out, err = x.carryOut(a, found.User, act)
	return got, err
}

// authorizeTarget decides whether the caller may do this to the target, and finds the answer
// kept for the caller. If there is one, what the rules say of the target now decides nothing:
// the answered act may have removed it.
func (x *execution[R]) authorizeTarget(a *Act) (kept *keptReply, found Event, err error) {
	if kept, err = x.kept(a); err != nil {
		return nil, found, err
	}
	if found.User, err = a.authorizeTarget(); err != nil && kept != nil && mfa.AsError(err).Code.IsRefusal() {
		err = nil
	}
	return kept, found, err
}

// claim settles the password attempt, if the call made one. It adds to found whose
// password it was, where nobody is signed in.
func (x *execution[R]) claim(a *Act, found Event, kept *keptReply) (Event, error) {
	if x.paid == nil {
		return found, nil
	}
	return a.claim(x.paid, found, x.sameRequest(kept))
}

// sameRequest returns what proves the caller if the answered act ended the password that
// the call brings: the identical request. It is nil if no answer was kept, and at sign-in,
// where nothing stands in for the password.
func (x *execution[R]) sameRequest(kept *keptReply) func() bool {
	if kept == nil || len(x.rule.Levels) == 0 && x.spec.Proof == nil {
		return nil
	}
	return func() bool { return x.repeats(kept) }
}

// carryOut does the act, which the caller may do.
func (x *execution[R]) carryOut(a *Act, u *Account, act func(*Act, *Account) (R, error)) (none R, err error) {
	if x.paid == nil && x.rule.Password == mfa.PasswordAlways && !x.spec.change.DryRun && !a.Unattended() {
		return none, mfa.Fault(errors.New(x.spec.Method + " without its password"))
	}
	if x.spec.Prepare != nil && !x.spec.change.DryRun && !x.prepared {
		return none, mfa.Errorf(mfa.Conflict, "what you may do has changed meanwhile")
	}
	if u == nil {
		u = a.Actor
	}
	a.proved = x.paid != nil
	return act(a, u)
}

// settle keeps the answer for a retry and the session's last-seen time.
func (x *execution[R]) settle(a *Act, from source) error {
	if err := a.touch(); err != nil {
		return err
	}
	if err := writeEvents(a); err != nil {
		return err
	}
	if err := a.keepMark(); err != nil {
		return err
	}
	if from != fromAct {
		return nil
	}
	return x.keep(a)
}

// rollback is what becomes of a refusal after a change. A lost race stays what it
// is; a wrong code after a change would lose its count, so it is a fault.
func rollback(refusal *mfa.Error) error {
	if refusal.Code.MayFollowChange() {
		return refusal
	}
	return mfa.Fault(errors.New("refused after a change: " + refusal.Error()))
}

// read runs an act that writes nothing. A refusal is recorded afterwards, where
// the store can be written.
func (x *execution[R]) read(ctx context.Context, act func(*Act, *Account) (R, error)) (R, error) {
	var out R
	var old bool
	err := x.run.Records.View(ctx, func(r *records.Reader) error {
		a, err := x.run.beginRead(r, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		got, err := x.decide(a, act)
		if err != nil {
			return err
		}
		out = got.out
		old = (x.rule.Permission != "" || a.Unattended() || a.bounded) && a.stale()
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
	_ = x.commit(ctx, func(*Act, *Account) (R, error) { return none, nil })
}

// PerformFirst does the act that makes an empty store usable: nobody can be signed in yet,
// and the store has no memory of time.
func PerformFirst[R any](ctx context.Context, run *Runner, method string, act func(*Act) (R, error)) (out R, err error) {
	d := newDraw(run.Rand)
	var a *Act
	err = run.Records.Begin(ctx, func(now time.Time) (string, error) {
		a = &Act{Runner: run, Rule: mfa.Rule{Method: method}, call: mfa.CallFrom(ctx), moment: moment{Clock: now, Now: now}, Rand: d.reader()}
		return a.NewID(), a.failed
	}, func(w *records.Writer) error {
		a.Read, a.Refusals, a.Write = w.Reader, w.RefusalWriter, w
		if out, err = act(a); err == nil {
			err = cmp.Or(writeEvents(a), a.keepMark())
		}
		return cmp.Or(a.failed, err)
	})
	return out, err
}
