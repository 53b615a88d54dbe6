package mfatest

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func resets(s *serviceTest) {
	bob := s.settled()
	out, err := s.Reset(s.as(s.admin), mfa.ResetRequest{User: bob.email, Password: s.admin.password, Change: mfa.Change{Reason: "lost phone"}})
	s.ok(err)
	if !out.Changed || out.State != mfa.StateRecovering || out.Removed.Factors != 1 || out.Removed.BackupCodes != 10 || out.Event == 0 {
		s.Errorf("%+v", out)
	}
	_, err = s.WhoAmI(s.as(bob), mfa.WhoAmIRequest{})
	s.code(err, mfa.Unauthenticated)
	_, err = s.login(bob, bob.codes[0])
	s.code(err, mfa.Rejected)
	in, err := s.login(bob, out.RecoveryCode)
	s.ok(err)
	bob.token = in.Token
	if in.Level != mfa.LevelEnroll || !in.MustEnroll {
		s.Errorf("%+v", in)
	}
	_, err = s.ListUsers(s.as(bob), mfa.ListUsersRequest{})
	s.code(err, mfa.Forbidden)
	bob.enable()
	again, err := s.Reset(s.as(s.admin), mfa.ResetRequest{User: s.admin.email, Password: s.admin.password})
	s.code(err, mfa.Forbidden)
	if !again.RecoveryCode.IsZero() {
		s.Error("a refusal gave a code")
	}
}

func lateRecovery(s *serviceTest) {
	bob := s.settled()
	out, err := s.Reset(s.as(s.admin), mfa.ResetRequest{User: bob.email, Password: s.admin.password})
	s.ok(err)
	if !out.ExpiresAt.Equal(s.Clock.Now().Add(24 * time.Hour)) {
		s.Errorf("until %v", out.ExpiresAt)
	}
	s.Clock.Advance(24 * time.Hour)
	_, err = s.login(bob, out.RecoveryCode)
	s.code(err, mfa.Expired)
}

func bothAtOnce(s *serviceTest) {
	bob := s.settled()
	_, err := s.ResetPassword(s.as(s.admin), mfa.ResetPasswordRequest{User: bob.email, Password: s.admin.password})
	s.ok(err)
	_, err = s.Reset(s.as(s.admin), mfa.ResetRequest{User: bob.email, Password: s.admin.password})
	if e := s.refusal(err, mfa.PolicyForbids); !strings.Contains(e.HintText(), "--request") {
		s.Errorf("the hint is %q", e.HintText())
	}
}

func secondPerson(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember).enable()
	second := s.member("carol", mfa.RoleOperator).enable()
	s.Clock.Advance(8 * 24 * time.Hour) // long enough after she was made
	for _, m := range []*member{s.admin, second} {
		in, err := s.login(m, m.code())
		s.ok(err)
		m.token = in.Token
	}
	filed, err := s.Reset(s.as(s.admin), mfa.ResetRequest{User: bob.email, Password: s.admin.password, Request: true})
	s.ok(err)
	if filed.Request == nil || !filed.RecoveryCode.IsZero() {
		s.Fatalf("%+v", filed)
	}
	_, err = s.Approve(s.as(s.admin), mfa.ApproveRequest{ID: filed.Request.ID, Password: s.admin.password})
	s.code(err, mfa.PolicyForbids)
	done, err := s.Approve(s.as(second), mfa.ApproveRequest{ID: filed.Request.ID, Password: second.password})
	s.ok(err)
	if done.Reset == nil || done.Reset.RecoveryCode.IsZero() || done.Password != nil || done.User != nil {
		s.Errorf("%+v", done)
	}
	_, err = s.Deny(s.as(second), mfa.DenyRequest{ID: filed.Request.ID})
	s.code(err, mfa.Conflict)
}

func retries(s *serviceTest) {
	bob := s.settled()
	call := mfa.WithCall(s.Context(), mfa.Call{Token: s.admin.token, Key: mfa.NewSecret("0123456789abcdefghijklmnop")})
	req := mfa.ResetRequest{User: bob.email, Password: s.admin.password, NewCode: true}
	first, err := s.Reset(call, req)
	s.ok(err)
	second, err := s.Reset(call, req)
	s.ok(err)
	if !reflect.DeepEqual(first, second) || first.RecoveryCode.IsZero() {
		s.Errorf("%+v is not %+v", second, first)
	}
	page, err := s.ListEvents(s.as(s.admin), mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActReset}})
	s.ok(err)
	if len(page.Items) != 1 {
		s.Errorf("%d resets", len(page.Items))
	}
}

func otherRequest(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember)
	call := mfa.WithCall(s.Context(), mfa.Call{Token: s.admin.token, Key: mfa.NewSecret("0123456789abcdefghijklmnop")})
	_, err := s.LockUser(call, mfa.LockUserRequest{User: bob.email})
	s.ok(err)
	_, err = s.LockUser(call, mfa.LockUserRequest{User: bob.email, Change: mfa.Change{Reason: "another"}})
	s.code(err, mfa.Conflict)
	_, err = s.UnlockUser(call, mfa.UnlockUserRequest{User: bob.email})
	s.code(err, mfa.Conflict)
}

func policyHolds(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember)
	set, err := s.SetPolicy(s.as(s.admin), mfa.SetPolicyRequest{Rules: map[string]string{"require_2fa": "everyone"}, Password: s.admin.password})
	s.ok(err)
	if !set.Changed || len(set.Changes) != 1 || set.Changes[0].After != "everyone" {
		s.Errorf("%+v", set)
	}
	who, err := s.WhoAmI(s.as(bob), mfa.WhoAmIRequest{})
	s.ok(err)
	if who.Level != mfa.LevelEnroll {
		s.Errorf("level %s", who.Level)
	}
	_, err = s.ChangePassword(s.as(bob), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("another long password")})
	s.code(err, mfa.Forbidden)
}

func pages(s *serviceTest) {
	names := []string{s.admin.email}
	for i := range 5 {
		email := fmt.Sprintf("user%d@acme.example", i)
		_, err := s.CreateUser(s.as(s.admin), mfa.CreateUserRequest{Email: email, Role: mfa.RoleMember})
		s.ok(err)
		names = append(names, email)
	}
	var seen []string
	for after, more := "", true; more; {
		page, err := s.ListUsers(s.as(s.admin), mfa.ListUsersRequest{After: after, Limit: 2})
		s.ok(err)
		for _, u := range page.Items {
			seen = append(seen, u.Email)
		}
		after, more = page.Next, page.Next != ""
	}
	if !reflect.DeepEqual(seen, names) {
		s.Errorf("%v, want %v", seen, names)
	}
}

func named(s *serviceTest) {
	s.member("alice", mfa.RoleMember)
	_, err := s.ShowUser(s.as(s.admin), mfa.ShowUserRequest{User: "alise@acme.example"})
	if e := s.refusal(err, mfa.NotFound); e.HintText() != "did you mean alice@acme.example?" {
		s.Errorf("the hint is %q", e.HintText())
	}
	_, err = s.CreateUser(s.as(s.admin), mfa.CreateUserRequest{Email: "no address", Role: mfa.RoleMember})
	if e := s.refusal(err, mfa.Usage); e.Field != "email" {
		s.Errorf("the field is %q", e.Field)
	}
	_, err = s.CreateUser(s.as(s.admin), mfa.CreateUserRequest{Email: "bob@acme.example", NewPassword: mfa.NewSecret("not \xff UTF-8")})
	if e := s.refusal(err, mfa.Usage); e.Field != "new_password" || e.Error() != "not valid UTF-8" {
		s.Errorf("%s: %v", e.Field, e)
	}
	_, err = s.WhoAmI(mfa.WithCall(s.Context(), mfa.Call{Token: mfa.NewSecret("no token")}), mfa.WhoAmIRequest{})
	s.code(err, mfa.Unauthenticated)
}

func dryRun(s *serviceTest) {
	bob := s.settled()
	out, err := s.Reset(s.as(s.admin), mfa.ResetRequest{User: bob.email, Change: mfa.Change{DryRun: true}})
	s.ok(err)
	if !out.DryRun || !out.RecoveryCode.IsZero() || out.Target.UserDetail == nil || len(out.Target.Factors) != 1 {
		s.Errorf("%+v", out)
	}
	_, err = s.WhoAmI(s.as(bob), mfa.WhoAmIRequest{})
	s.ok(err)
}

func events(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember)
	_, err := s.LockUser(s.as(s.admin), mfa.LockUserRequest{User: bob.email, Change: mfa.Change{Reason: "stolen laptop"}})
	s.ok(err)
	page, err := s.ListEvents(s.as(s.admin), mfa.ListEventsRequest{Target: bob.email, Limit: 1})
	s.ok(err)
	if len(page.Items) != 1 || page.Next == 0 {
		s.Fatalf("%+v", page)
	}
	ev := page.Items[0]
	if ev.Action != mfa.ActUserLock || ev.Actor != s.admin.email || ev.Target != bob.email || ev.Reason != "stolen laptop" || !ev.At.Equal(s.Clock.Now()) {
		s.Errorf("%+v", ev)
	}
}

func checksCode(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember).enable()
	early := mfa.NewSecret(bob.phone.Code(s.Clock.Now().Add(5 * time.Minute)))
	out, err := s.CheckCode(s.as(s.admin), mfa.CheckCodeRequest{User: bob.email, Code: early})
	s.ok(err)
	if out.Drift < 270 || out.Drift > 330 || out.InReach {
		s.Errorf("%+v", out)
	}
}
