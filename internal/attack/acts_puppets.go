package main

import (
	"context"
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// makePuppets are the ways to a further account. The second is created after the first, since
// it does not matter which of them is which.
func makePuppets() (all []act) {
	for i, name := range puppets() {
		create := func(how string, role mfa.Role, community string) {
			all = append(all, by(attacker, "creates "+name+" as "+how, func(ctx context.Context, w *world, p person) error {
				return w.createPuppet(ctx, p, i, role, community)
			}))
		}
		create("admin", mfa.RoleAdmin, "")
		create("desk", desk, "")
		if i == 0 {
			create("member", mfa.RoleMember, "")
			create("admin of "+branch, mfa.RoleAdmin, branch)
			create("desk of "+branch, desk, branch)
			second := puppets()[1]
			all = append(all, by(name, "creates "+second+" as admin", func(ctx context.Context, w *world, p person) error {
				return w.createPuppet(ctx, p, 1, mfa.RoleAdmin, "")
			}))
			all = append(all, act{name: "attacker's token creates " + name + " as admin", do: func(ctx context.Context, w *world) error {
				return w.createPuppet(mfa.WithCall(ctx, mfa.Call{Token: w.token}), person{token: w.token}, i, mfa.RoleAdmin, "")
			}})
		}
	}
	return all
}

func (w *world) createPuppet(ctx context.Context, by person, i int, role mfa.Role, community string) error {
	name := puppets()[i]
	if _, ok := w.person(name); ok {
		return errors.New("is there already")
	}
	if i > 0 {
		if _, ok := w.person(puppets()[i-1]); !ok {
			return errors.New("the other is first")
		}
	}
	at := w.clock.now
	if err := w.create(ctx, by, name, role, community); err != nil {
		return err
	}
	w.born[name] = at
	return nil
}

// widened notes that a role gives more than it did: who has it is controlled again.
func (w *world) widened(ctx context.Context, role mfa.Role) error {
	return w.store.View(ctx, func(r mfa.Reader) error {
		users, err := r.Users(mfa.UserQuery{Roles: []mfa.Role{role}})
		for _, u := range users {
			if name := w.named(u.Email); slices.Contains(puppets(), name) {
				w.born[name] = w.clock.now
			}
		}
		return err
	})
}

// ofPuppets are what becomes of the first puppet, and what it does besides resets.
func ofPuppets() []act {
	puppet := puppets()[0]
	update := func(actor, does, of string, req mfa.UpdateUserRequest) act {
		return by(actor, does, func(ctx context.Context, w *world, p person) error {
			target, ok := w.person(of)
			if !ok {
				return errNobody
			}
			req := req
			req.User, req.Password = target.email, p.password
			out, err := w.engine.UpdateUser(ctx, req)
			if err = changed(out.Changed, err); err == nil && of == puppet && req.Role != mfa.RoleMember {
				w.born[puppet] = w.clock.now
			}
			return err
		})
	}
	return []act{
		update(attacker, "makes "+puppet+" an administrator", puppet, mfa.UpdateUserRequest{Role: mfa.RoleAdmin}),
		update(attacker, "makes "+puppet+" a member", puppet, mfa.UpdateUserRequest{Role: mfa.RoleMember}),
		update(attacker, "moves "+puppet+" to "+branch, puppet, mfa.UpdateUserRequest{Community: branch}),
		update(attacker, "moves "+puppet+" to "+top, puppet, mfa.UpdateUserRequest{Community: top}),
		update(puppet, "makes "+attacker+" a member", attacker, mfa.UpdateUserRequest{Role: mfa.RoleMember}),
		update(puppet, "makes "+peer+" a member", peer, mfa.UpdateUserRequest{Role: mfa.RoleMember}),
		update(puppet, "moves "+member+" to "+branch, member, mfa.UpdateUserRequest{Community: branch}),
		by(attacker, "deletes "+puppet, func(ctx context.Context, w *world, p person) error {
			target, ok := w.person(puppet)
			if !ok {
				return errNobody
			}
			out, err := w.engine.DeleteUser(ctx, mfa.DeleteUserRequest{User: target.email, Password: p.password})
			if err = changed(out.Changed, err); err == nil {
				delete(w.people, puppet)
				w.fallen++
			}
			return err
		}),
	}
}
