package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The people that there are from the first. Each of them enrolled a month ago.
const (
	operator = "operator" // honest
	attacker = "attacker" // an administrator
	peer     = "peer"     // another administrator, and a victim
	member   = "member"   // a victim without a permission over others
)

// victims are the accounts that the attacker must not take over.
func victims() []string { return []string{peer, member} }

// puppets are accounts that the attacker may create.
func puppets() []string { return []string{"puppet1", "puppet2"} }

const (
	top    = "Acme"
	branch = "Branch" // a child of Acme
	cellar = "Cellar" // another
	desk   = "desk"   // a role that Acme made
)

func address(name string) string { return name + "@acme.example" }

func ownPassword(name string) mfa.Secret { return mfa.NewSecret("a long password of " + name) }

// begin makes the state that each sequence begins with.
func (l *lab) begin(ctx context.Context) (node, error) {
	w := l.open(node{state: state{
		now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), people: map[string]person{}, known: map[string]secrets{},
		born: map[string]time.Time{}, left: map[string]time.Time{},
	}})
	err := w.found(ctx)
	return w.node(), err
}

// found makes the communities, the role and the people, and lets a month go by.
func (w *world) found(ctx context.Context) error {
	op := person{email: address(operator), password: ownPassword(operator)}
	in, err := w.engine.Init(ctx, mfa.InitRequest{Community: top, Email: op.email, Password: op.password})
	if err != nil {
		return err
	}
	op.token = in.Session.Token
	if err := w.enroll(ctx, &op); err != nil {
		return err
	}
	w.keep(operator, op)
	permissions := []mfa.Permission{mfa.UsersRead, mfa.TwoFactorReset, mfa.UsersPassword, mfa.RequestsApprove}
	_, err = w.engine.CreateRole(op.in(ctx), mfa.CreateRoleRequest{Name: desk, Permissions: permissions, Password: op.password})
	for _, name := range []string{branch, cellar} {
		if err == nil {
			_, err = w.engine.CreateCommunity(op.in(ctx), mfa.CreateCommunityRequest{Name: name, Parent: top})
		}
	}
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		role mfa.Role
	}{{attacker, mfa.RoleAdmin}, {peer, mfa.RoleAdmin}, {member, mfa.RoleMember}} {
		if err := w.create(op.in(ctx), op, p.name, p.role, ""); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	w.clock.Advance(30 * 24 * time.Hour)
	return nil
}

// create makes an account, in the context of who creates it, whose user chooses the password and enrolls an app.
func (w *world) create(ctx context.Context, by person, name string, role mfa.Role, community string) error {
	p := person{email: address(name), password: ownPassword(name)}
	req := mfa.CreateUserRequest{Email: p.email, Role: role, Community: community, Password: by.password}
	out, err := w.engine.CreateUser(ctx, req)
	if err = changed(out.Changed, err); err != nil {
		return err
	}
	ctx = mfa.WithCall(ctx, mfa.Call{})
	if _, err = w.engine.RedeemPassword(ctx, mfa.RedeemPasswordRequest{Email: p.email, Code: out.Code, NewPassword: p.password}); err == nil {
		err = w.sign(ctx, &p)
	}
	w.keep(name, p)
	return err
}
