package engine_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// asking is a store in which a job has a token of every permission, and asks for what it may
// not do alone.
type asking struct {
	*world
	job     *person
	token   mfa.TokenIssued
	maker   *person // who created the token
	decider *person // who is independent of its creator
}

func newAsking(t *testing.T) asking {
	t.Helper()
	w := newWorld(t)
	maker, decider := w.user("maker@acme.example", mfa.RoleAdmin), w.user("decider@acme.example", mfa.RoleAdmin)
	maker.enable()
	decider.enable()
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	w.edit(ci.email, ofLongStanding)
	token, err := w.CreateToken(maker.ctx(), mfa.CreateTokenRequest{For: ci.email, Permissions: mfa.Permissions(), Password: maker.password})
	ok(t, err)
	w.user("bob@acme.example", mfa.RoleMember).enable()
	return asking{w, ci.by(token.Token), token, maker, decider}
}

// asks are what a token may not do alone and may ask for.
func asks() map[string]func(a asking, request bool) (*mfa.RequestInfo, bool, error) {
	const bob = "bob@acme.example"
	return map[string]func(a asking, request bool) (*mfa.RequestInfo, bool, error){
		"reset-2fa": func(a asking, request bool) (*mfa.RequestInfo, bool, error) {
			out, err := a.Reset(a.job.ctx(), mfa.ResetRequest{User: bob, Request: request})
			return out.Request, out.Pending, err
		},
		"reset-password": func(a asking, request bool) (*mfa.RequestInfo, bool, error) {
			out, err := a.ResetPassword(a.job.ctx(), mfa.ResetPasswordRequest{User: bob, Request: request})
			return out.Request, out.Pending, err
		},
		"change-address": func(a asking, request bool) (*mfa.RequestInfo, bool, error) {
			out, err := a.UpdateUser(a.job.ctx(), mfa.UpdateUserRequest{User: bob, Email: "robert@acme.example", Request: request})
			return out.Request, out.Pending, err
		},
	}
}

// What a token may not do alone it asks for: a person who is independent of its creator decides,
// with their password, and sees the code. The refusal names that way.
func TestATokenAsksForWhatItMayNotDoAlone(t *testing.T) {
	for act, ask := range asks() {
		t.Run(act, func(t *testing.T) {
			a := newAsking(t)
			_, _, err := ask(a, false)
			if e := mfa.AsError(err); err == nil || !strings.Contains(e.HintText(), "--request") {
				t.Errorf("alone: %v / %s", err, e.HintText())
			}
			filed, pending, err := ask(a, true)
			ok(t, err)
			if !pending || filed == nil || filed.Act != act || filed.TokenID != a.token.ID || filed.Requester != a.job.email {
				t.Fatalf("pending %v: %+v", pending, filed)
			}
			_, err = a.maker.approve(filed.ID)
			refusal(t, err, mfa.PolicyForbids, "two-person rule")
			out, err := a.decider.approve(filed.ID)
			ok(t, err)
			shown, err := a.ShowRequest(a.job.ctx(), mfa.ShowRequestRequest{ID: filed.ID})
			ok(t, err)
			if shown.Status != mfa.RequestApproved || len(secretsOf(shown)) != 0 || act != "change-address" && len(secretsOf(out)) != 1 {
				t.Errorf("the token sees %+v, the approver %+v", shown, out)
			}
		})
	}
}

// A request lapses with the chain of the token that filed it, and goes on where the token has
// replaced itself.
func TestARequestLapsesWithTheTokenThatFiledIt(t *testing.T) {
	for _, revoked := range []bool{false, true} {
		a := newAsking(t)
		filed, _, err := asks()["reset-2fa"](a, true)
		ok(t, err)
		a.job.rotate(mfa.RotateTokenRequest{})
		want := mfa.Code("")
		if revoked {
			a.revoke(a.token.ID)
			want = mfa.Conflict
		}
		_, err = a.decider.approve(filed.ID)
		code(t, err, want)
	}
}
