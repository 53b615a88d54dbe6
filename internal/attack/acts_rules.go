package main

import (
	"context"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// byToken is what an API token does about a victim: it proves no password.
func byToken(victim string) []act {
	call := func(does string, f func(context.Context, *world) error) act {
		return act{name: "attacker's token " + does, do: func(ctx context.Context, w *world) error {
			return f(mfa.WithCall(ctx, mfa.Call{Token: w.token}), w)
		}}
	}
	return []act{
		teaching(victim, call("resets the 2FA of "+victim, func(ctx context.Context, w *world) error {
			out, err := w.engine.Reset(ctx, mfa.ResetRequest{User: w.people[victim].email, NewCode: true})
			if err == nil {
				w.learnRecovery(victim, out.RecoveryCode, attacker)
			}
			return err
		})),
		teaching(victim, call("resets the password of "+victim, func(ctx context.Context, w *world) error {
			out, err := w.engine.ResetPassword(ctx, mfa.ResetPasswordRequest{User: w.people[victim].email})
			if err == nil {
				w.learnSetCode(victim, out.Code, attacker)
			}
			return err
		})),
		call("requests to reset the 2FA of "+victim, func(ctx context.Context, w *world) error {
			_, err := w.engine.Reset(ctx, mfa.ResetRequest{User: w.people[victim].email, NewCode: true, Request: true})
			return err
		}),
	}
}

// roles are changes of what the role desk gives.
func roles() []act {
	update := func(does string, req mfa.UpdateRoleRequest) act {
		return by(attacker, does, func(ctx context.Context, w *world, p person) error {
			req := req
			req.Name, req.Password = desk, p.password
			out, err := w.engine.UpdateRole(ctx, req)
			if err = changed(out.Changed, err); err == nil && len(req.Add) > 0 {
				err = w.widened(ctx, desk)
			}
			return err
		})
	}
	most := []mfa.Permission{mfa.TwoFactorReset, mfa.UsersPassword, mfa.RequestsApprove}
	return []act{
		update("empties the role desk", mfa.UpdateRoleRequest{Remove: most}),
		update("fills the role desk", mfa.UpdateRoleRequest{Add: most}),
		update("takes 2fa:reset from the role desk", mfa.UpdateRoleRequest{Remove: most[:1]}),
		update("takes requests:approve from the role desk", mfa.UpdateRoleRequest{Remove: most[2:]}),
	}
}

// communities are changes of what is above whom.
func communities() []act {
	put := func(parent string) act {
		return by(attacker, "puts "+branch+" below "+parent, func(ctx context.Context, w *world, p person) error {
			out, err := w.engine.UpdateCommunity(ctx, mfa.UpdateCommunityRequest{Community: branch, Parent: parent, Password: p.password})
			return changed(out.Changed, err)
		})
	}
	return []act{put(top), put(cellar)}
}

// rules are changes of what holds for several people.
func rules() []act {
	all := []act{
		by(attacker, "makes a token", func(ctx context.Context, w *world, p person) error {
			permissions := []mfa.Permission{mfa.TwoFactorReset, mfa.UsersPassword, mfa.UsersRead, mfa.UsersWrite}
			out, err := w.engine.CreateToken(ctx, mfa.CreateTokenRequest{Permissions: permissions, Password: p.password})
			if err == nil {
				w.token, w.service = out.Token, false
			}
			return err
		}),
	}
	all = append(all, by(attacker, "makes a service account with a token", func(ctx context.Context, w *world, p person) error {
		made, err := w.engine.CreateUser(ctx, mfa.CreateUserRequest{Email: address("service"), Role: mfa.RoleAdmin, Service: true, Password: p.password})
		if err = changed(made.Changed, err); err != nil {
			return err
		}
		permissions := []mfa.Permission{mfa.TwoFactorReset, mfa.UsersRead, mfa.UsersWrite}
		out, err := w.engine.CreateToken(ctx, mfa.CreateTokenRequest{For: address("service"), Permissions: permissions, Password: p.password})
		if err == nil {
			w.token, w.service = out.Token, true
		}
		return err
	}))
	set := func(does, community, rule string) {
		all = append(all, by(attacker, does, func(ctx context.Context, w *world, p person) error {
			name, value, _ := strings.Cut(rule, "=")
			req := mfa.SetPolicyRequest{Community: community, Rules: map[string]string{name: value}, Password: p.password}
			out, err := w.engine.SetPolicy(ctx, req)
			return changed(out.Changed, err)
		}))
	}
	for _, rule := range []string{
		"reset_approval=both", "reset_approval=privileged", "reset_approval=always", "unattended_reset=true", "unattended_reset=false",
	} {
		set("sets "+rule, "", rule)
	}
	set("sets reset_approval=always in "+cellar, cellar, "reset_approval=always")
	return all
}
