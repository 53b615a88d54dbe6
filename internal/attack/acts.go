package main

import (
	"context"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// act is one thing that can happen. An error means that it does not.
type act struct {
	name string
	do   func(context.Context, *world) error
	// teaches is the victim of whom the attacker may learn a secret by it; empty if none. The
	// last act of a sequence needs to be such a one, unless the attacker knows enough already.
	teaches string
	whole   bool // it may give the attacker a whole account at once
}

var (
	errNobody  = errors.New("there is no such person")
	errNothing = errors.New("nothing changed")
)

// acts lists everything that can happen in a state.
func acts() []act {
	all := jumps()
	all = append(all, makePuppets()...)
	for _, victim := range victims() {
		all = append(all, honest(victim)...)
		for _, actor := range append([]string{attacker}, puppets()...) {
			all = append(all, resets(actor, victim)...)
		}
		all = append(all, updates(victim)...)
		all = append(all, removal(victim)...)
		all = append(all, byToken(victim)...)
	}
	all = append(all, ofPuppets()...)
	all = append(all, roles()...)
	all = append(all, communities()...)
	return append(all, rules()...)
}

// jumps are what the clock does. See [ages] before another is added.
func jumps() (all []act) {
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"61 minutes go by", 61 * time.Minute}, {"25 hours go by", 25 * time.Hour}, {"8 days go by", 8 * 24 * time.Hour}} {
		all = append(all, act{name: d.name, do: func(_ context.Context, w *world) error { w.clock.Advance(d.d); return nil }})
	}
	return all
}

// by is an act of a person, who signs in again if their session is over.
func by(actor, does string, f func(context.Context, *world, person) error) act {
	return act{name: actor + " " + does, do: func(ctx context.Context, w *world) error {
		p, ok := w.person(actor)
		if !ok {
			return errNobody
		}
		err := f(p.in(ctx), w, p)
		if mfa.AsError(err).Code != mfa.Unauthenticated {
			return err
		}
		if err := w.sign(ctx, &p); err != nil {
			return err
		}
		w.keep(actor, p)
		return f(p.in(ctx), w, p)
	}}
}

// teaching is an act by which the attacker may learn a secret of a victim.
func teaching(victim string, a act) act {
	a.teaches = victim
	return a
}

// whole is an act by which the attacker may have all of a victim's account.
func whole(victim string, a act) act {
	a.teaches, a.whole = victim, true
	return a
}

// changed makes an error of a reply that says that nothing changed.
func changed(is bool, err error) error {
	if err == nil && !is {
		return errNothing
	}
	return err
}

// maySucceed reports whether the act can turn a state into an attack: the attacker
// must know enough afterwards. With the address of a victim they have all of the account.
func (a act) maySucceed(n node) bool {
	return n.suspicious() || a.teaches != "" && (a.whole || n.known[a.teaches].any())
}
