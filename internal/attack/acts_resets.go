package main

import (
	"context"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// resets are what hands out a secret of a victim.
func resets(actor, victim string) []act {
	on := " of " + victim
	password := func(w *world, p person) mfa.ResetPasswordRequest {
		return mfa.ResetPasswordRequest{User: w.people[victim].email, Password: p.password}
	}
	factors := func(w *world, p person) mfa.ResetRequest {
		return mfa.ResetRequest{User: w.people[victim].email, Password: p.password, NewCode: true}
	}
	return []act{
		teaching(victim, by(actor, "resets the password"+on, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.ResetPassword(ctx, password(w, p))
			if err == nil {
				w.learnSetCode(victim, out.Code, actor)
			}
			return err
		})),
		teaching(victim, by(actor, "resets the 2FA"+on, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.Reset(ctx, factors(w, p))
			if err == nil {
				w.learnRecovery(victim, out.RecoveryCode, actor)
			}
			return err
		})),
		by(actor, "requests to reset the password"+on, func(ctx context.Context, w *world, p person) error {
			req := password(w, p)
			req.Request = true
			_, err := w.engine.ResetPassword(ctx, req)
			return err
		}),
		by(actor, "requests to reset the 2FA"+on, func(ctx context.Context, w *world, p person) error {
			req := factors(w, p)
			req.Request = true
			_, err := w.engine.Reset(ctx, req)
			return err
		}),
		teaching(victim, by(actor, "approves the newest request about "+victim, func(ctx context.Context, w *world, p person) error {
			return w.approve(ctx, p, actor, victim)
		})),
	}
}

func (w *world) approve(ctx context.Context, p person, actor, victim string) error {
	r, err := w.newest(ctx, victim)
	if err != nil {
		return err
	}
	out, err := w.engine.Approve(ctx, mfa.ApproveRequest{ID: r.ID, Password: p.password})
	if err != nil {
		return err
	}
	asked := w.named(r.Requester)
	if out.Reset != nil {
		w.learnRecovery(victim, out.Reset.RecoveryCode, actor, asked)
	}
	if out.Password != nil {
		w.learnSetCode(victim, out.Password.Code, actor, asked)
	}
	if out.User != nil {
		w.moved(victim, out.User.User.Email, actor, asked)
	}
	return nil
}

// newest returns the newest request about a victim that waits.
func (w *world) newest(ctx context.Context, victim string) (mfa.RequestInfo, error) {
	page, err := w.engine.ListRequests(ctx, mfa.ListRequestsRequest{Status: mfa.RequestPending})
	if err != nil {
		return mfa.RequestInfo{}, err
	}
	for _, r := range page.Items {
		if r.Target == w.people[victim].email {
			return r, nil
		}
	}
	return mfa.RequestInfo{}, errors.New("no request waits")
}

// moved notes that a victim has another address. That of somebody with permissions over
// others is both halves at once.
func (w *world) moved(victim, email string, by ...string) {
	v := w.people[victim]
	w.leaves(victim)
	v.email = email
	w.keep(victim, v)
	w.did(victim, "password", by...)
	if victim == peer {
		w.did(victim, "factor", by...)
	}
}

// leaves notes that the account of a victim gives up the victim's address.
func (w *world) leaves(victim string) {
	if w.people[victim].email == address(victim) {
		w.left[victim] = w.clock.now
	}
}

func (w *world) learnRecovery(victim string, code mfa.Secret, by ...string) {
	k := w.known[victim]
	k.recovery = code
	w.known[victim] = k
	w.did(victim, "factor", by...)
}

func (w *world) learnSetCode(victim string, code mfa.Secret, by ...string) {
	k := w.known[victim]
	k.setCode = code
	w.known[victim] = k
	w.did(victim, "password", by...)
}

// did notes a half that some accounts did. An account that was created a week ago is free: it
// counts as a person of its own, since nothing that a store knows tells it from one.
func (w *world) did(victim, what string, by ...string) {
	h := half{victim: victim, what: what, at: w.clock.now}
	for _, name := range by {
		if born, puppet := w.born[name]; puppet && w.clock.now.Before(born.Add(7*24*time.Hour)) {
			name = attacker
		}
		h.by = append(h.by, name)
	}
	w.halves = append(w.halves, h)
}

// named returns the name of the person with an address.
func (w *world) named(email string) string {
	for name, p := range w.people {
		if p.email == email {
			return name
		}
	}
	return ""
}
