package engine_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// robbed is a store whose owners lose a bearer of each level to a thief, with what the thief
// finds there.
type robbed struct {
	*world
	bearers map[mfa.Level]*person
	owners  map[mfa.Level]string // ids
	stolen  string               // id of the token that is stolen
	ids     map[string]string    // of tokens, requests and sessions
}

func newRobbed(t *testing.T) *robbed {
	t.Helper()
	w := newWorld(t)
	r := &robbed{world: w, bearers: map[mfa.Level]*person{}, owners: map[mfa.Level]string{}, ids: map[string]string{}}
	for _, level := range []mfa.Level{mfa.LevelEnroll, mfa.LevelPassword, mfa.LevelMFA, mfa.LevelToken} {
		p := w.user(string(level)+"@acme.example", mfa.RoleOperator)
		if level != mfa.LevelPassword {
			p.enable()
		}
		if level == mfa.LevelEnroll {
			p.login(p.reset().RecoveryCode.Reveal())
		}
		if level == mfa.LevelToken {
			made := p.issue("all", mfa.Permissions()...)
			p.token, r.stolen = made.Token, made.ID
		}
		r.bearers[level], r.owners[level] = p, p.id()
	}
	w.community("Branch", w.admin.community())
	bob, eve := w.user("bob@acme.example", mfa.RoleMember), w.user("eve@acme.example", mfa.RoleAdmin)
	bob.enable()
	eve.enable()
	w.user("carol@acme.example", mfa.RoleMember)
	w.user("gone@acme.example", mfa.RoleMember)
	w.user("locked@acme.example", mfa.RoleMember)
	tried := w.user("tried@acme.example", mfa.RoleMember)
	w.edit(tried.email, func(u *mfa.User) { u.Password.Consecutive = 100 })
	_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: "gone@acme.example", Status: mfa.UserDeactivated})
	ok(t, err)
	_, err = w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: "locked@acme.example"})
	ok(t, err)
	ok(t, w.role("Acme", "desk", mfa.UsersRead, mfa.UsersLock))
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	r.ids["token"] = ci.issue("deploy", mfa.UsersRead).ID
	filed, err := w.Reset(eve.ctx(), mfa.ResetRequest{User: bob.email, Password: eve.password, Request: true})
	ok(t, err)
	r.ids["request"] = filed.Request.ID
	w.clock.Advance(time.Minute)
	return r
}

// thefts are good calls of each method, as somebody tries them who has a bearer and no password.
// A method that is added needs a row here.
func (r *robbed) thefts() map[string][]any {
	chosen := mfa.NewSecret("a password of the thief")
	bob, eve, carol := "bob@acme.example", "eve@acme.example", "carol@acme.example"
	return map[string][]any{
		"Logout":              {mfa.LogoutRequest{All: true}},
		"WhoAmI":              {mfa.WhoAmIRequest{}},
		"ChangePassword":      {mfa.ChangePasswordRequest{Password: chosen, NewPassword: chosen}, mfa.ChangePasswordRequest{NewPassword: chosen}},
		"ResetPassword":       {mfa.ResetPasswordRequest{User: bob}, mfa.ResetPasswordRequest{User: bob, Password: chosen}, mfa.ResetPasswordRequest{User: bob, Request: true}},
		"Enroll":              {mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "theirs", Further: true}, mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "theirs", Password: chosen}},
		"Activate":            {mfa.ActivateRequest{Code: mfa.NewSecret("000000")}},
		"GenerateBackupCodes": {mfa.GenerateBackupCodesRequest{}},
		"Disable":             {mfa.DisableRequest{}, mfa.DisableRequest{Password: chosen}},
		"TwoFactorStatus":     {mfa.TwoFactorStatusRequest{}},
		"PreferFactor":        {mfa.PreferFactorRequest{Factor: "phone"}},
		"RenameFactor":        {mfa.RenameFactorRequest{Factor: "phone", Label: "theirs"}},
		"RemoveFactor":        {mfa.RemoveFactorRequest{Factor: "phone"}},
		"ResyncFactor":        {mfa.ResyncFactorRequest{Factor: "phone", First: mfa.NewSecret("000000"), Second: mfa.NewSecret("000001")}},
		"Verify":              {mfa.VerifyRequest{User: bob, Code: mfa.NewSecret("000000")}, mfa.VerifyRequest{User: carol, IfEnrolled: true}},
		"CheckCode":           {mfa.CheckCodeRequest{User: bob, Code: mfa.NewSecret("000000")}},
		"Reset": {
			mfa.ResetRequest{User: bob}, mfa.ResetRequest{User: bob, NewCode: true, RevokeTokens: true}, mfa.ResetRequest{User: eve, Password: chosen},
			mfa.ResetRequest{User: bob, Request: true}, mfa.ResetRequest{User: "enroll@acme.example", NewCode: true},
		},
		"ListRequests": {mfa.ListRequestsRequest{}},
		"ShowRequest":  {mfa.ShowRequestRequest{ID: r.ids["request"]}},
		"Approve":      {mfa.ApproveRequest{ID: r.ids["request"]}, mfa.ApproveRequest{ID: r.ids["request"], Password: chosen}},
		"Deny":         {mfa.DenyRequest{ID: r.ids["request"]}},
		"CreateUser": {
			mfa.CreateUserRequest{Email: "new1@acme.example"}, mfa.CreateUserRequest{Email: "new2@acme.example", NewPassword: chosen},
			mfa.CreateUserRequest{Email: "new3@acme.example", Role: mfa.RoleAdmin}, mfa.CreateUserRequest{Email: "new4@acme.example", Service: true},
			mfa.CreateUserRequest{Email: "new5@acme.example", Service: true, Role: mfa.RoleHelpdesk}, mfa.CreateUserRequest{Email: "new6@acme.example", Role: "desk"},
		},
		"ShowUser":  {mfa.ShowUserRequest{User: bob}},
		"ListUsers": {mfa.ListUsersRequest{}},
		"UpdateUser": {
			mfa.UpdateUserRequest{User: bob, Role: mfa.RoleAdmin}, mfa.UpdateUserRequest{User: eve, Role: mfa.RoleMember}, mfa.UpdateUserRequest{User: bob, Email: "thief@acme.example"},
			mfa.UpdateUserRequest{User: eve, Email: "thief@acme.example", Request: true}, mfa.UpdateUserRequest{User: bob, Community: "Branch"},
			mfa.UpdateUserRequest{User: "gone@acme.example", Status: mfa.UserActive}, mfa.UpdateUserRequest{User: carol, Status: mfa.UserDeactivated},
			mfa.UpdateUserRequest{User: eve, Status: mfa.UserDeactivated},
		},
		"LockUser":       {mfa.LockUserRequest{User: bob}, mfa.LockUserRequest{User: eve}},
		"UnlockUser":     {mfa.UnlockUserRequest{User: "locked@acme.example"}, mfa.UnlockUserRequest{User: "tried@acme.example"}},
		"DeleteUser":     {mfa.DeleteUserRequest{User: carol}, mfa.DeleteUserRequest{User: eve}, mfa.DeleteUserRequest{User: "ci@acme.example"}},
		"ListSessions":   {mfa.ListSessionsRequest{}},
		"RevokeSessions": {mfa.RevokeSessionsRequest{User: bob}, mfa.RevokeSessionsRequest{User: eve}},
		"CreateToken": {
			mfa.CreateTokenRequest{Permissions: mfa.Permissions()}, mfa.CreateTokenRequest{For: "ci@acme.example", Permissions: []mfa.Permission{mfa.UsersRead}},
			mfa.CreateTokenRequest{For: eve, Permissions: []mfa.Permission{mfa.UsersRead}, Password: chosen},
		},
		"ListTokens":      {mfa.ListTokensRequest{}},
		"RotateToken":     {mfa.RotateTokenRequest{Grace: mfa.Span(time.Hour)}, mfa.RotateTokenRequest{ID: r.ids["token"]}},
		"RevokeToken":     {mfa.RevokeTokenRequest{ID: r.ids["token"]}},
		"ListRoles":       {mfa.ListRolesRequest{}},
		"CreateRole":      {mfa.CreateRoleRequest{Name: "thieves", Permissions: []mfa.Permission{mfa.UsersWrite}}},
		"UpdateRole":      {mfa.UpdateRoleRequest{Name: "desk", Add: []mfa.Permission{mfa.TwoFactorReset}}, mfa.UpdateRoleRequest{Name: "desk", Remove: []mfa.Permission{mfa.UsersLock}}},
		"DeleteRole":      {mfa.DeleteRoleRequest{Name: "desk"}},
		"ListCommunities": {mfa.ListCommunitiesRequest{}},
		"CreateCommunity": {mfa.CreateCommunityRequest{Name: "Thieves", Parent: "Acme"}},
		"UpdateCommunity": {mfa.UpdateCommunityRequest{Community: "Branch", Name: "Twig"}, mfa.UpdateCommunityRequest{Community: "Branch", Top: true}},
		"ShowPolicy":      {mfa.ShowPolicyRequest{}},
		"SetPolicy":       {mfa.SetPolicyRequest{Rules: map[string]string{"unattended_reset": "true"}}, mfa.SetPolicyRequest{Rules: map[string]string{"lockout": "10"}, Password: chosen}},
		"ListEvents":      {mfa.ListEventsRequest{}},
	}
}

// steal calls a method by the bearer, and returns every secret that the answer shows. A token
// that the thief is shown in place of the bearer is used from then on.
func (r *robbed) steal(by *person, method string, req any) (shown []mfa.Secret) {
	out := reflect.ValueOf(r.Engine).MethodByName(method).Call([]reflect.Value{reflect.ValueOf(by.ctx()), reflect.ValueOf(req)})
	shown = secretsIn(out[0], nil)
	if issued, is := reflect.TypeAssert[mfa.TokenIssued](out[0]); is && !issued.Token.IsZero() && issued.UserID == r.owners[mfa.LevelToken] {
		by.token = issued.Token
	}
	return shown
}

func secretsOf(answer any) []mfa.Secret { return secretsIn(reflect.ValueOf(answer), nil) }

// secretsIn returns the secrets anywhere in a value.
func secretsIn(v reflect.Value, found []mfa.Secret) []mfa.Secret {
	if s, is := reflect.TypeAssert[mfa.Secret](v); is {
		if !s.IsZero() {
			found = append(found, s)
		}
		return found
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return secretsIn(v.Elem(), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			found = secretsIn(v.Index(i), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				found = secretsIn(v.Field(i), found)
			}
		}
	default:
	}
	return found
}

// A stolen session, or a token with every permission, is worth no more than what can be mended:
// once it is revoked, with every successor, the store differs from before only as the contract
// lists, and nothing that the thief was shown opens an account that existed.
func TestAStolenBearerIsMendedByItsRevocation(t *testing.T) {
	before := newRobbed(t)
	known := map[string]bool{}
	for _, rule := range mfa.Rules() {
		calls := before.thefts()[rule.Method]
		known[rule.Method] = true
		if rule.SignsIn() {
			continue
		}
		if len(calls) == 0 {
			t.Errorf("%s is in no row of the table of thefts", rule.Method)
		}
		for level := range before.bearers {
			if testing.Short() {
				break // all at once alone
			}
			t.Run(rule.Method+" by "+string(level), func(t *testing.T) { before.rob(t, level, []string{rule.Method}) })
		}
	}
	for method := range before.thefts() {
		if !known[method] {
			t.Errorf("%s has no rule", method)
		}
	}
	for level := range before.bearers {
		t.Run("everything by "+string(level), func(t *testing.T) {
			all := before.thefts()
			delete(all, "Logout")
			methods := make([]string, 0, len(all))
			for method := range all {
				methods = append(methods, method)
			}
			slices.Sort(methods)
			before.rob(t, level, methods)
		})
	}
}

// rob has the thief try the methods in a copy of the store, revokes the bearer, and looks at
// what is left.
func (r *robbed) rob(t *testing.T, level mfa.Level, methods []string) {
	w := r.fork(t)
	now := *r
	now.world = w
	thief := r.bearers[level].in(w)
	was := stateOf(w)
	var shown []mfa.Secret
	for _, method := range methods {
		for _, req := range r.thefts()[method] {
			shown = append(shown, now.steal(thief, method, req)...)
		}
	}
	shown = append(shown, thief.token, r.bearers[level].token)
	w.admin.refresh()
	if level == mfa.LevelToken {
		_, err := w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: r.stolen})
		ok(t, err)
	} else {
		_, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: r.owners[level]})
		ok(t, err)
	}
	was.mended(t, stateOf(w), r.owners[level], level)
	for _, u := range was.users {
		for _, secret := range shown {
			_, err := w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: u.Email, Code: secret, NewPassword: mfa.NewSecret("a password of the thief")})
			if err == nil {
				t.Errorf("the thief sets the password of %s", u.Email)
			}
			if v, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: u.Email, Code: secret}); err == nil && v.OK {
				t.Errorf("the thief verifies as %s", u.Email)
			}
			if _, err := w.Login(t.Context(), mfa.LoginRequest{Email: u.Email, Password: mfa.NewSecret("a password of the thief"), Code: secret}); err == nil {
				t.Errorf("the thief signs in as %s", u.Email)
			}
		}
	}
	for _, secret := range shown {
		if got := thief.by(secret).alive(); got != mfa.Unauthenticated {
			t.Errorf("the thief still has a bearer: %q", got)
		}
	}
}
