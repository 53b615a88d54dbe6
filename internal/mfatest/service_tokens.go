package mfatest

import (
	"slices"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// robot makes a service account that may do what the help desk does, and for which
// there is no sign-in.
func (s *serviceTest) robot() *member {
	s.Helper()
	m := &member{s: s, email: "ci@acme.example"}
	_, err := s.CreateUser(s.as(s.admin), mfa.CreateUserRequest{Email: m.email, Role: mfa.RoleHelpdesk, Service: true})
	s.ok(err)
	return m
}

// issue has the operator make a token for a member.
func (m *member) issue(name string, permissions ...mfa.Permission) mfa.TokenIssued {
	s := m.s
	s.Helper()
	out, err := s.CreateToken(s.as(s.admin), mfa.CreateTokenRequest{For: m.email, Name: name, Permissions: permissions})
	s.ok(err)
	return out
}

// by is a member who acts by a token.
func (m *member) by(token mfa.Secret) *member {
	q := *m
	q.token = token
	return &q
}

// whoAmICode is the code of the answer to whoami; empty if the token is valid.
func (m *member) whoAmICode() mfa.Code {
	_, err := m.s.WhoAmI(m.s.as(m), mfa.WhoAmIRequest{})
	if err == nil {
		return ""
	}
	return mfa.AsError(err).Code
}

func tokenActs(s *serviceTest) {
	bob, ci := s.member("bob", mfa.RoleMember), s.robot()
	made := ci.issue("deploy", mfa.UsersLock, mfa.UsersRead)
	if text := made.Token.Reveal(); !strings.HasPrefix(text, mfa.TokenPrefix) || !made.Changed || made.CreatedBy != s.admin.email || made.User != ci.email {
		s.Errorf("%+v", made.TokenInfo)
	}
	ci.token = made.Token
	who, err := s.WhoAmI(s.as(ci), mfa.WhoAmIRequest{})
	s.ok(err)
	if who.User != ci.email || who.Level != mfa.LevelToken || who.TokenID != made.ID || !who.ExpiresAt.Equal(made.ExpiresAt) {
		s.Errorf("%+v", who)
	}
	_, err = s.LockUser(s.as(ci), mfa.LockUserRequest{User: bob.email})
	s.ok(err)
	_, err = s.CreateUser(s.as(ci), mfa.CreateUserRequest{Email: "eve@acme.example"}) // its owner may not either
	s.code(err, mfa.Forbidden)
	_, err = s.Reset(s.as(ci), mfa.ResetRequest{User: bob.email}) // its owner may, and it may not
	s.code(err, mfa.Forbidden)
	_, err = s.ChangePassword(s.as(ci), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("another long password")}) // no token may
	s.code(err, mfa.Forbidden)
	page, err := s.ListEvents(s.as(s.admin), mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActUserLock}})
	s.ok(err)
	if len(page.Items) != 1 || page.Items[0].Actor != ci.email || page.Items[0].TokenID != made.ID {
		s.Errorf("%+v", page.Items)
	}
}

func tokensListed(s *serviceTest) {
	ci := s.robot()
	var want, got []string
	for _, name := range []string{"one", "two", "three"} {
		want = append(want, ci.issue(name, mfa.UsersRead).ID)
	}
	_, err := s.CreateToken(s.as(s.admin), mfa.CreateTokenRequest{For: ci.email, Name: "two", Permissions: []mfa.Permission{mfa.UsersRead}})
	s.code(err, mfa.Conflict)
	tried, err := s.CreateToken(s.as(s.admin), mfa.CreateTokenRequest{For: ci.email, Name: "four", Permissions: []mfa.Permission{mfa.UsersRead}, Change: mfa.Change{DryRun: true}})
	s.ok(err)
	if !tried.DryRun || !tried.Token.IsZero() {
		s.Errorf("a dry run made %+v", tried.TokenInfo)
	}
	for after, more := "", true; more; {
		page, err := s.ListTokens(s.as(s.admin), mfa.ListTokensRequest{After: after, Limit: 2})
		s.ok(err)
		for _, k := range page.Items {
			got = append(got, k.ID)
			if k.User != ci.email || k.Suspended || len(k.Permissions) != 1 {
				s.Errorf("%+v", k)
			}
		}
		after, more = page.Next, page.Next != ""
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Errorf("%v, want %v", got, want)
	}
	bob := s.member("bob", mfa.RoleMember)
	_, err = s.ListTokens(s.as(bob), mfa.ListTokensRequest{})
	s.code(err, mfa.Forbidden)
}

func tokenRotates(s *serviceTest) {
	ci := s.robot()
	first := ci.issue("deploy", mfa.UsersRead)
	old := ci.by(first.Token)
	second, err := s.RotateToken(s.as(old), mfa.RotateTokenRequest{Grace: mfa.Span(time.Hour)})
	s.ok(err)
	next := ci.by(second.Token)
	if second.Replaced != first.ID || second.Name != "deploy" || old.whoAmICode() != "" || next.whoAmICode() != "" {
		s.Errorf("%+v; the old one is %q, the new one %q", second, old.whoAmICode(), next.whoAmICode())
	}
	_, err = s.RotateToken(s.as(old), mfa.RotateTokenRequest{}) // a copy of the old one is found out
	s.code(err, mfa.Conflict)
	s.Clock.Advance(time.Hour)
	if o, n := old.whoAmICode(), next.whoAmICode(); o != mfa.Unauthenticated || n != "" {
		s.Errorf("after the grace the old one is %q, the new one %q", o, n)
	}
	_, err = s.RotateToken(s.as(next), mfa.RotateTokenRequest{Permissions: []mfa.Permission{mfa.UsersLock}})
	s.code(err, mfa.Forbidden)
	call := mfa.WithCall(s.Context(), mfa.Call{Token: next.token, Key: mfa.NewSecret("0123456789abcdefghijklmnop")})
	third, err := s.RotateToken(call, mfa.RotateTokenRequest{})
	s.ok(err)
	again, err := s.RotateToken(call, mfa.RotateTokenRequest{}) // by a token that is dead
	s.ok(err)
	if again.Token.Reveal() != third.Token.Reveal() || ci.by(third.Token).whoAmICode() != "" || next.whoAmICode() != mfa.Unauthenticated {
		s.Errorf("%+v and then %+v", third, again)
	}
}

func tokenRevoked(s *serviceTest) {
	ci := s.robot()
	made, other := ci.issue("deploy", mfa.UsersRead), ci.issue("other", mfa.UsersRead)
	revoke := mfa.RevokeTokenRequest{ID: made.ID, Change: mfa.Change{Reason: "laptop lost"}}
	out, err := s.RevokeToken(s.as(s.admin), revoke)
	s.ok(err)
	if !out.Changed || out.Name != "deploy" || ci.by(made.Token).whoAmICode() != mfa.Unauthenticated || ci.by(other.Token).whoAmICode() != "" {
		s.Errorf("%+v", out)
	}
	if again, err := s.RevokeToken(s.as(s.admin), revoke); err == nil && again.Changed {
		s.Errorf("revoked twice: %+v", again)
	}
	_, err = s.RotateToken(s.as(s.admin), mfa.RotateTokenRequest{ID: made.ID})
	s.code(err, mfa.NotFound)
	_, err = s.LockUser(s.as(s.admin), mfa.LockUserRequest{User: ci.email})
	s.ok(err)
	if got := ci.by(other.Token).whoAmICode(); got != mfa.Unauthenticated {
		s.Errorf("of a locked owner: %q", got)
	}
	_, err = s.UnlockUser(s.as(s.admin), mfa.UnlockUserRequest{User: ci.email})
	s.ok(err)
	if got := ci.by(other.Token).whoAmICode(); got != "" {
		s.Errorf("unlocked: %q", got)
	}
}

func tokenEnds(s *serviceTest) {
	ci := s.robot()
	made, err := s.CreateToken(s.as(s.admin), mfa.CreateTokenRequest{For: ci.email, Name: "brief", Permissions: []mfa.Permission{mfa.UsersRead}, Expires: mfa.Span(time.Minute)})
	s.ok(err)
	ci.token = made.Token
	s.Clock.Advance(time.Minute - time.Second)
	if got := ci.whoAmICode(); got != "" {
		s.Errorf("a second before its end: %q", got)
	}
	s.Clock.Advance(time.Second)
	if got := ci.whoAmICode(); got != mfa.Unauthenticated {
		s.Errorf("at its end: %q", got)
	}
	page, err := s.ListTokens(s.as(s.admin), mfa.ListTokensRequest{})
	s.ok(err)
	if len(page.Items) != 0 {
		s.Errorf("listed as alive: %+v", page.Items)
	}
}
