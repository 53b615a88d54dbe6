package engine_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// widening are acts that create or widen authority, or hand out a credential of an account.
func widening() map[string]func(w *world, ctx context.Context, password mfa.Secret) error {
	update := func(req mfa.UpdateUserRequest) func(*world, context.Context, mfa.Secret) error {
		return func(w *world, ctx context.Context, password mfa.Secret) error {
			req.Password = password
			_, err := w.Engine.UpdateUser(ctx, req)
			return err
		}
	}
	create := func(req mfa.CreateUserRequest) func(*world, context.Context, mfa.Secret) error {
		return func(w *world, ctx context.Context, password mfa.Secret) error {
			req.Password = password
			_, err := w.Engine.CreateUser(ctx, req)
			return err
		}
	}
	return map[string]func(*world, context.Context, mfa.Secret) error{
		"create an administrator":     create(mfa.CreateUserRequest{Email: "new@acme.example", Role: mfa.RoleAdmin}),
		"create with a password":      create(mfa.CreateUserRequest{Email: "new@acme.example", NewPassword: mfa.NewSecret("a fine new password 77")}),
		"ask for a new address":       update(mfa.UpdateUserRequest{User: "eve@acme.example", Email: "adam@acme.example", Request: true}),
		"create a service account":    create(mfa.CreateUserRequest{Email: "cd@acme.example", Role: mfa.RoleHelpdesk, Service: true}),
		"change a role":               update(mfa.UpdateUserRequest{User: "bob@acme.example", Role: mfa.RoleHelpdesk}),
		"change an address":           update(mfa.UpdateUserRequest{User: "bob@acme.example", Email: "rob@acme.example"}),
		"move an account":             update(mfa.UpdateUserRequest{User: "bob@acme.example", Community: "Branch"}),
		"reactivate an account":       update(mfa.UpdateUserRequest{User: "gone@acme.example", Status: mfa.UserActive}),
		"deactivate an administrator": update(mfa.UpdateUserRequest{User: "eve@acme.example", Status: mfa.UserDeactivated}),
		"delete an administrator": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.DeleteUser(ctx, mfa.DeleteUserRequest{User: "eve@acme.example", Password: password})
			return err
		},
		"lock an administrator": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.LockUser(ctx, mfa.LockUserRequest{User: "eve@acme.example", Password: password})
			return err
		},
		"lift a lock of an administrator": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.UnlockUser(ctx, mfa.UnlockUserRequest{User: "locked@acme.example", Password: password})
			return err
		},
		"clear a count of 100 passwords": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.UnlockUser(ctx, mfa.UnlockUserRequest{User: "tried@acme.example", Password: password})
			return err
		},
		"create a token": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.CreateToken(ctx, mfa.CreateTokenRequest{For: "ci@acme.example", Permissions: []mfa.Permission{mfa.UsersRead}, Password: password})
			return err
		},
		"create a token of one's own": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.CreateToken(ctx, mfa.CreateTokenRequest{Permissions: []mfa.Permission{mfa.UsersRead}, Password: password})
			return err
		},
		"create a role": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.CreateRole(ctx, mfa.CreateRoleRequest{Name: "new", Permissions: []mfa.Permission{mfa.UsersRead}, Password: password})
			return err
		},
		"add permissions to a role": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.UpdateRole(ctx, mfa.UpdateRoleRequest{Name: "desk", Add: []mfa.Permission{mfa.UsersLock}, Password: password})
			return err
		},
		"give a community another parent": func(w *world, ctx context.Context, password mfa.Secret) error {
			_, err := w.Engine.UpdateCommunity(ctx, mfa.UpdateCommunityRequest{Community: "Branch", Top: true, Password: password})
			return err
		},
	}
}

// An open session is not enough for what widens authority: it needs the password at that
// moment, and without one nothing at all is written. An API token, which proves none, does
// none of it.
func TestWhatWidensAuthorityAsksForThePassword(t *testing.T) {
	before := newWorld(t)
	before.community("Branch", before.admin.community())
	before.user("bob@acme.example", mfa.RoleMember)
	before.user("eve@acme.example", mfa.RoleAdmin)
	before.user("gone@acme.example", mfa.RoleMember)
	before.user("locked@acme.example", mfa.RoleMember)
	tried := before.user("tried@acme.example", mfa.RoleMember)
	before.edit(tried.email, func(u *mfa.User) { u.Password.Consecutive = 100 })
	before.service("ci@acme.example", mfa.RoleAdmin)
	_, err := before.CreateRole(before.admin.ctx(), mfa.CreateRoleRequest{Name: "desk", Permissions: []mfa.Permission{mfa.UsersRead}})
	ok(t, err)
	_, err = before.UpdateUser(before.admin.ctx(), mfa.UpdateUserRequest{User: "gone@acme.example", Status: mfa.UserDeactivated})
	ok(t, err)
	_, err = before.LockUser(before.admin.ctx(), mfa.LockUserRequest{User: "locked@acme.example"})
	ok(t, err)
	token := before.admin.issue("all", mfa.Permissions()...).Token
	for name, act := range widening() {
		t.Run(name, func(t *testing.T) {
			w := before.fork(t)
			rows := w.rows(w.path)
			err := act(w, w.admin.ctx(), mfa.Secret{})
			code(t, err, mfa.Usage)
			if field := mfa.AsError(err).Field; field != "password" {
				t.Errorf("the field is %q", field)
			}
			if !bytes.Equal(w.rows(w.path), rows) {
				t.Error("something was written")
			}
			code(t, act(w, w.admin.ctx(), mfa.NewSecret("not the password")), mfa.Rejected)
			switch name {
			case "create with a password": // of a member, for which a job needs nobody
			case "ask for a new address": // a person decides, with their password
			default:
				code(t, act(w, w.admin.by(token).ctx(), mfa.Secret{}), mfa.Forbidden)
			}
			ok(t, act(w, w.admin.ctx(), w.admin.password))
		})
	}
}

// Members are created, locked and deleted, and roles narrowed, without a password: a stolen
// session can do that, and it can be mended.
func TestWhatNarrowsAuthorityAsksForNoPassword(t *testing.T) {
	w := newWorld(t)
	w.user("bob@acme.example", mfa.RoleMember)
	_, err := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Name: "desk", Permissions: []mfa.Permission{mfa.UsersRead, mfa.UsersLock}})
	ok(t, err)
	_, err = w.Engine.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "new@acme.example"})
	ok(t, err)
	_, err = w.Engine.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Remove: []mfa.Permission{mfa.UsersLock}})
	ok(t, err)
	_, err = w.Engine.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: "bob@acme.example"})
	ok(t, err)
	_, err = w.Engine.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: "bob@acme.example"})
	ok(t, err)
}
