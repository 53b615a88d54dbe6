package main

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// honest is what a victim does.
func honest(victim string) []act {
	return []act{
		{name: victim + " signs in", do: func(ctx context.Context, w *world) error {
			p := w.people[victim]
			if err := w.sign(ctx, &p); err != nil {
				return err
			}
			w.signedIn(victim, p, "password", "factor")
			return nil
		}},
		{name: victim + " is given the recovery code and enrolls again", do: func(ctx context.Context, w *world) error {
			p, k := w.people[victim], w.known[victim]
			in, err := w.engine.Login(ctx, mfa.LoginRequest{Email: p.email, Password: p.password, Code: k.recovery})
			if err != nil {
				return err
			}
			p.token = in.Token
			if err := w.enroll(ctx, &p); err != nil {
				return err
			}
			k.recovery = mfa.Secret{}
			w.known[victim] = k
			w.signedIn(victim, p, "factor")
			return nil
		}},
		{name: victim + " is given the set-password code and chooses a password", do: func(ctx context.Context, w *world) error {
			p, k := w.people[victim], w.known[victim]
			p.password = mfa.NewSecret("another long password of " + victim)
			_, err := w.engine.RedeemPassword(ctx, mfa.RedeemPasswordRequest{Email: p.email, Code: k.setCode, NewPassword: p.password})
			if err == nil {
				err = w.sign(ctx, &p)
			}
			if err == nil {
				k.setCode, k.password = mfa.Secret{}, mfa.Secret{}
				w.known[victim] = k
				w.signedIn(victim, p, "password")
			}
			return err
		}},
		{name: "attacker chooses the password of " + victim, do: func(ctx context.Context, w *world) error {
			k := w.known[victim]
			k.password = mfa.NewSecret("a password that the attacker chose")
			_, err := w.engine.RedeemPassword(ctx, mfa.RedeemPasswordRequest{Email: w.people[victim].email, Code: k.setCode, NewPassword: k.password})
			k.setCode = mfa.Secret{}
			w.known[victim] = k
			return err
		}},
	}
}

// signedIn notes that a victim has signed in: halves of these sorts may close.
func (w *world) signedIn(victim string, p person, closes ...string) {
	w.keep(victim, p)
	for i, h := range w.halves {
		for _, what := range closes {
			if h.victim == victim && h.what == what {
				w.halves[i].signed = true
			}
		}
	}
}

// updates are what moves a victim from under a rule and back.
func updates(victim string) []act {
	update := func(name string, req mfa.UpdateUserRequest) act {
		return by(attacker, name, func(ctx context.Context, w *world, p person) error {
			req := req
			req.User, req.Password = w.people[victim].email, p.password
			out, err := w.engine.UpdateUser(ctx, req)
			return changed(out.Changed, err)
		})
	}
	return []act{
		update("makes "+victim+" a member", mfa.UpdateUserRequest{Role: mfa.RoleMember}),
		update("makes "+victim+" an administrator", mfa.UpdateUserRequest{Role: mfa.RoleAdmin}),
		update("gives "+victim+" the role desk", mfa.UpdateUserRequest{Role: desk}),
		update("moves "+victim+" to "+branch, mfa.UpdateUserRequest{Community: branch}),
		update("moves "+victim+" to "+top, mfa.UpdateUserRequest{Community: top}),
		update("deactivates "+victim, mfa.UpdateUserRequest{Status: mfa.UserDeactivated}),
		update("reactivates "+victim, mfa.UpdateUserRequest{Status: mfa.UserActive}),
		teaching(victim, by(attacker, "gives "+victim+" another address", func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.UpdateUser(ctx, mfa.UpdateUserRequest{User: w.people[victim].email, Email: otherAddress(victim), Password: p.password})
			if err = changed(out.Changed, err); err == nil {
				w.moved(victim, otherAddress(victim), attacker)
			}
			return err
		})),
		by(attacker, "requests another address for "+victim, func(ctx context.Context, w *world, p person) error {
			req := mfa.UpdateUserRequest{User: w.people[victim].email, Email: otherAddress(victim), Password: p.password, Request: true}
			_, err := w.engine.UpdateUser(ctx, req)
			return err
		}),
		by(attacker, "denies the newest request about "+victim, func(ctx context.Context, w *world, _ person) error {
			r, err := w.newest(ctx, victim)
			if err == nil {
				_, err = w.engine.Deny(ctx, mfa.DenyRequest{ID: r.ID})
			}
			return err
		}),
	}
}

func otherAddress(victim string) string { return "other-" + address(victim) }

// removal is what takes the address of a victim. The account that has it afterwards is not
// one that the attacker may have, as long as the address is reserved.
func removal(victim string) []act {
	return []act{
		by(attacker, "deletes "+victim, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.DeleteUser(ctx, mfa.DeleteUserRequest{User: w.people[victim].email, Password: p.password})
			if err = changed(out.Changed, err); err == nil {
				w.leaves(victim)
			}
			return err
		}),
		whole(victim, by(attacker, "creates an account with the address of "+victim, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.CreateUser(ctx, mfa.CreateUserRequest{Email: address(victim), Role: mfa.RoleMember, Password: p.password})
			if err = changed(out.Changed, err); err != nil {
				return err
			}
			if !w.clock.now.Before(w.left[victim].Add(mfa.AddressTTL)) { // an address like any other
				w.known[victim] = secrets{gone: true}
				return nil
			}
			v, k := w.people[victim], w.known[victim]
			v.email, k.owned = address(victim), true
			w.keep(victim, v)
			w.known[victim] = k
			w.learnSetCode(victim, out.Code, attacker)
			w.did(victim, "factor", attacker)
			return nil
		})),
	}
}
