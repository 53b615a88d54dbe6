package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// act is one thing that can happen. An error means that it does not.
type act struct {
	name string
	do   func(context.Context, *world) error
}

var errNobody = errors.New("there is no such person")

// acts lists everything that can happen in a state.
func acts() []act {
	var all []act
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"61 minutes go by", 61 * time.Minute}, {"25 hours go by", 25 * time.Hour}, {"8 days go by", 8 * 24 * time.Hour}} {
		all = append(all, act{d.name, func(_ context.Context, w *world) error { w.clock.Advance(d.d); return nil }})
	}
	for _, name := range puppets() {
		for _, role := range []mfa.Role{mfa.RoleAdmin, desk} {
			all = append(all, act{"attacker creates " + name + " as " + string(role), func(ctx context.Context, w *world) error {
				return w.createPuppet(ctx, name, role)
			}})
		}
	}
	for _, victim := range victims() {
		all = append(all, honest(victim)...)
		for _, actor := range append([]string{attacker}, puppets()...) {
			all = append(all, resets(actor, victim)...)
		}
		all = append(all, updates(victim)...)
		all = append(all, byToken(victim))
	}
	return append(all, rules()...)
}

// as has a person do something, signed in.
func as(actor string, f func(context.Context, *world, person) error) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		p, ok := w.person(actor)
		if !ok {
			return errNobody
		}
		if err := w.awake(ctx, &p); err != nil {
			return err
		}
		w.keep(actor, p)
		return f(ctx, w, p)
	}
}

func (w *world) createPuppet(ctx context.Context, name string, role mfa.Role) error {
	w.born[name] = w.clock.now
	if _, ok := w.person(name); ok {
		return errors.New("is there already")
	}
	return as(attacker, func(ctx context.Context, w *world, p person) error { return w.create(ctx, p, name, role) })(ctx, w)
}

// resets are what hands out a secret of a victim.
func resets(actor, victim string) []act {
	on := " of " + victim
	return []act{
		{actor + " resets the password" + on, as(actor, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.ResetPassword(p.in(ctx), mfa.ResetPasswordRequest{User: w.people[victim].email, Password: p.password})
			if err == nil {
				w.learnSetCode(victim, out.Code, actor)
			}
			return err
		})},
		{actor + " resets the 2FA" + on, as(actor, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.Reset(p.in(ctx), mfa.ResetRequest{User: w.people[victim].email, Password: p.password, NewCode: true})
			if err == nil {
				w.learnRecovery(victim, out.RecoveryCode, actor)
			}
			return err
		})},
		{actor + " requests to reset the password" + on, as(actor, func(ctx context.Context, w *world, p person) error {
			_, err := w.engine.ResetPassword(p.in(ctx), mfa.ResetPasswordRequest{User: w.people[victim].email, Password: p.password, Request: true})
			return err
		})},
		{actor + " requests to reset the 2FA" + on, as(actor, func(ctx context.Context, w *world, p person) error {
			_, err := w.engine.Reset(p.in(ctx), mfa.ResetRequest{User: w.people[victim].email, Password: p.password, NewCode: true, Request: true})
			return err
		})},
		{actor + " approves the newest request about " + victim, as(actor, func(ctx context.Context, w *world, p person) error {
			return w.approve(ctx, p, actor, victim)
		})},
	}
}

func (w *world) approve(ctx context.Context, p person, actor, victim string) error {
	page, err := w.engine.ListRequests(p.in(ctx), mfa.ListRequestsRequest{Status: mfa.RequestPending})
	if err != nil {
		return err
	}
	for _, r := range page.Items {
		if r.Target != w.people[victim].email {
			continue
		}
		out, err := w.engine.Approve(p.in(ctx), mfa.ApproveRequest{ID: r.ID, Password: p.password})
		if err != nil {
			return err
		}
		if out.Reset != nil {
			w.learnRecovery(victim, out.Reset.RecoveryCode, actor, w.named(r.Requester))
		}
		if out.Password != nil {
			w.learnSetCode(victim, out.Password.Code, actor, w.named(r.Requester))
		}
		return nil
	}
	return errors.New("no request waits")
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

// honest is what a victim does.
func honest(victim string) []act {
	return []act{
		{victim + " signs in", func(ctx context.Context, w *world) error {
			p := w.people[victim]
			if err := w.sign(ctx, &p); err != nil {
				return err
			}
			w.signedIn(victim, p, "password", "factor")
			return nil
		}},
		{victim + " is given the recovery code and enrolls again", func(ctx context.Context, w *world) error {
			p, k := w.people[victim], w.known[victim]
			in, err := w.engine.Login(ctx, mfa.LoginRequest{Email: p.email, Password: p.password, Code: k.recovery})
			if err != nil {
				return err
			}
			p.token = in.Token
			if err := w.enroll(ctx, &p); err != nil {
				return err
			}
			w.signedIn(victim, p, "factor")
			return nil
		}},
		{victim + " is given the set-password code and chooses a password", func(ctx context.Context, w *world) error {
			p, k := w.people[victim], w.known[victim]
			p.password = mfa.NewSecret("another long password of " + victim)
			_, err := w.engine.RedeemPassword(ctx, mfa.RedeemPasswordRequest{Email: p.email, Code: k.setCode, NewPassword: p.password})
			if err == nil {
				err = w.sign(ctx, &p)
			}
			if err == nil {
				w.signedIn(victim, p, "password")
			}
			return err
		}},
		{"attacker chooses the password of " + victim, func(ctx context.Context, w *world) error {
			k := w.known[victim]
			k.password = mfa.NewSecret("a password that the attacker chose")
			_, err := w.engine.RedeemPassword(ctx, mfa.RedeemPasswordRequest{Email: w.people[victim].email, Code: k.setCode, NewPassword: k.password})
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
		return act{"attacker " + name, as(attacker, func(ctx context.Context, w *world, p person) error {
			req.User, req.Password = w.people[victim].email, p.password
			out, err := w.engine.UpdateUser(p.in(ctx), req)
			if err == nil && !out.Changed {
				err = errors.New("nothing changed")
			}
			return err
		})}
	}
	return []act{
		update("makes "+victim+" a member", mfa.UpdateUserRequest{Role: mfa.RoleMember}),
		update("makes "+victim+" an administrator", mfa.UpdateUserRequest{Role: mfa.RoleAdmin}),
		update("gives "+victim+" the role desk", mfa.UpdateUserRequest{Role: desk}),
		update("moves "+victim+" to "+branch, mfa.UpdateUserRequest{Community: branch}),
		update("moves "+victim+" to "+top, mfa.UpdateUserRequest{Community: top}),
		update("deactivates "+victim, mfa.UpdateUserRequest{Status: mfa.UserDeactivated}),
		update("reactivates "+victim, mfa.UpdateUserRequest{Status: mfa.UserActive}),
		{"attacker gives " + victim + " another address", as(attacker, func(ctx context.Context, w *world, p person) error {
			v := w.people[victim]
			next := "other-" + address(victim)
			out, err := w.engine.UpdateUser(p.in(ctx), mfa.UpdateUserRequest{User: v.email, Email: next, Password: p.password})
			if err == nil && !out.Changed {
				err = errors.New("nothing changed")
			}
			if err == nil {
				v.email = next
				w.keep(victim, v)
				w.did(victim, "password", attacker)
			}
			return err
		})},
	}
}

// byToken is a reset by an API token, which proves no password.
func byToken(victim string) act {
	return act{"attacker's token resets the 2FA of " + victim, func(ctx context.Context, w *world) error {
		ctx = mfa.WithCall(ctx, mfa.Call{Token: w.token})
		out, err := w.engine.Reset(ctx, mfa.ResetRequest{User: w.people[victim].email, NewCode: true})
		if err == nil {
			w.learnRecovery(victim, out.RecoveryCode, attacker)
		}
		return err
	}}
}

// rules are changes of what holds for several people.
func rules() []act {
	all := []act{
		{"attacker empties the role desk", as(attacker, func(ctx context.Context, w *world, p person) error {
			_, err := w.engine.UpdateRole(p.in(ctx), mfa.UpdateRoleRequest{Name: desk, Remove: []mfa.Permission{mfa.TwoFactorReset, mfa.UsersPassword, mfa.RequestsApprove}})
			return err
		})},
		{"attacker fills the role desk", as(attacker, func(ctx context.Context, w *world, p person) error {
			_, err := w.engine.UpdateRole(p.in(ctx), mfa.UpdateRoleRequest{Name: desk, Add: []mfa.Permission{mfa.TwoFactorReset, mfa.UsersPassword, mfa.RequestsApprove}, Password: p.password})
			return err
		})},
		{"attacker makes a token", as(attacker, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.CreateToken(p.in(ctx), mfa.CreateTokenRequest{Permissions: []mfa.Permission{mfa.TwoFactorReset, mfa.UsersRead}, Password: p.password})
			if err == nil {
				w.token = out.Token
			}
			return err
		})},
	}
	for _, rule := range []string{"reset_approval=both", "reset_approval=always", "unattended_reset=true", "unattended_reset=false"} {
		all = append(all, act{"attacker sets " + rule, as(attacker, func(ctx context.Context, w *world, p person) error {
			name, value, _ := strings.Cut(rule, "=")
			out, err := w.engine.SetPolicy(p.in(ctx), mfa.SetPolicyRequest{Rules: map[string]string{name: value}, Password: p.password})
			if err == nil && !out.Changed {
				err = errors.New("nothing changed")
			}
			return err
		})})
	}
	return all
}
