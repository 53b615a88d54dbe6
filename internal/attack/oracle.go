package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// judge tries to take over each victim with what the attacker knows, after which the world is of
// no use. It returns what the attack was, or what was possible after a half had closed; both
// are empty if nothing was.
func (w *world) judge(ctx context.Context) (attack, accepted string) {
	for _, victim := range victims() {
		if w.known[victim].gone {
			continue
		}
		if w.verified(ctx, victim) {
			return fmt.Sprintf("a service that asks verify let the attacker in as %s", victim), ""
		}
		if !w.known[victim].both() || !w.takeOver(ctx, victim) {
			continue
		}
		if w.twoHalvesAtOnce(victim) {
			return fmt.Sprintf("the attacker signed in as %s with both factors", victim), ""
		}
		accepted = fmt.Sprintf("the attacker signed in as %s after a half had closed, or with an account that was free for a week", victim)
	}
	return "", accepted
}

// verified reports whether verify says yes for a victim where it is asked as a service would
// that lets in people without 2FA. The victim has it, so the attacker must not be among them.
func (w *world) verified(ctx context.Context, victim string) bool {
	k, op := w.known[victim], w.people[operator]
	if k.recovery.IsZero() || k.owned || w.sign(ctx, &op) != nil {
		return false
	}
	out, err := w.engine.Verify(op.in(ctx), mfa.VerifyRequest{User: w.people[victim].email, Code: k.recovery, IfEnrolled: true})
	return err == nil && out.OK
}

// takeOver signs in as a victim with what the attacker knows.
func (w *world) takeOver(ctx context.Context, victim string) bool {
	k := w.known[victim]
	p := person{email: w.people[victim].email, password: k.password}
	if !k.setCode.IsZero() {
		chosen := mfa.NewSecret("a password that the attacker chose")
		_, err := w.engine.RedeemPassword(ctx, mfa.RedeemPasswordRequest{Email: p.email, Code: k.setCode, NewPassword: chosen})
		if err == nil {
			p.password = chosen
		}
	}
	in, err := w.engine.Login(ctx, mfa.LoginRequest{Email: p.email, Password: p.password, Code: k.recovery})
	if err != nil {
		return false
	}
	p.token = in.Token
	return in.Level == mfa.LevelMFA || w.enroll(ctx, &p) == nil
}

// twoHalvesAtOnce reports whether the attacker did one half of the account while the other,
// which they did as well, was open. An approver who had no part in the first half is a second
// person.
func (w *world) twoHalvesAtOnce(victim string) bool {
	for i, first := range w.halves {
		for _, second := range w.halves[i+1:] {
			if first.victim == victim && second.victim == victim && first.what != second.what && first.doneByAll(second.by) && first.openAt(second) {
				return true
			}
		}
	}
	return false
}

// doneByAll reports whether each of some people did the half.
func (h half) doneByAll(people []string) bool {
	return !slices.ContainsFunc(people, func(name string) bool { return !slices.Contains(h.by, name) })
}

// openAt reports whether a half was open when another was done.
func (h half) openAt(later half) bool { return h.open(later.at) }

// suspicious reports whether the attacker knows what both factors of a victim need.
func (s state) suspicious() bool {
	return slices.ContainsFunc(victims(), func(victim string) bool { return s.known[victim].both() })
}

// both reports whether the secrets are enough for both factors.
func (k secrets) both() bool {
	return (!k.recovery.IsZero() || k.owned) && (!k.setCode.IsZero() || !k.password.IsZero())
}

// learned reports whether there is more in the secrets than there was.
func (k secrets) learned(before secrets) bool {
	return before.recovery != k.recovery && !k.recovery.IsZero() || k.owned && !before.owned ||
		(!k.setCode.IsZero() || !k.password.IsZero()) && before.setCode.IsZero() && before.password.IsZero()
}

// couldVerify reports whether the attacker knows what verify might say yes to.
func (s state) couldVerify() bool {
	return slices.ContainsFunc(victims(), func(victim string) bool { return !s.known[victim].recovery.IsZero() })
}

// any reports whether the attacker knows a secret.
func (k secrets) any() bool {
	return !k.recovery.IsZero() || !k.setCode.IsZero() || !k.password.IsZero()
}
