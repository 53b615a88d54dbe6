package api

import (
	"context"
	"reflect"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Route is one method of the wire.
type Route struct {
	Rule    mfa.Rule
	Request reflect.Type // the Go type of the body
	Reply   reflect.Type // the Go type of the answer

	serve func(ctx context.Context, s mfa.Service, body []byte) ([]byte, error)
}

// Path is where the method is called.
func (r Route) Path() string { return prefix + r.Rule.Method }

// prefix holds the version of the wire: a change that older clients do not
// understand gets another.
const prefix = "/v" + wireVersion + "/"

// wireVersion is what both sides must speak.
const wireVersion = "1"

// otherVersions is the remedy where they do not.
const otherVersions = "client and server may be of different versions: mfactl version"

// Routes is the one table of the wire, in the order of [mfa.Service].
func Routes() []Route {
	return []Route{
		route("Login", mfa.Service.Login),
		route("Answer", mfa.Service.Answer),
		route("Logout", mfa.Service.Logout),
		route("WhoAmI", mfa.Service.WhoAmI),

		route("ChangePassword", mfa.Service.ChangePassword),
		route("RedeemPassword", mfa.Service.RedeemPassword),
		route("ResetPassword", mfa.Service.ResetPassword),

		route("Enroll", mfa.Service.Enroll),
		route("Activate", mfa.Service.Activate),
		route("GenerateBackupCodes", mfa.Service.GenerateBackupCodes),
		route("Disable", mfa.Service.Disable),

		route("TwoFactorStatus", mfa.Service.TwoFactorStatus),
		route("PreferFactor", mfa.Service.PreferFactor),
		route("RenameFactor", mfa.Service.RenameFactor),
		route("RemoveFactor", mfa.Service.RemoveFactor),
		route("ResyncFactor", mfa.Service.ResyncFactor),

		route("Verify", mfa.Service.Verify),
		route("CheckCode", mfa.Service.CheckCode),
		route("Reset", mfa.Service.Reset),

		route("ListApprovals", mfa.Service.ListApprovals),
		route("ShowApproval", mfa.Service.ShowApproval),
		route("Approve", mfa.Service.Approve),
		route("Deny", mfa.Service.Deny),

		route("CreateUser", mfa.Service.CreateUser),
		route("ShowUser", mfa.Service.ShowUser),
		route("ListUsers", mfa.Service.ListUsers),
		route("UpdateUser", mfa.Service.UpdateUser),
		route("LockUser", mfa.Service.LockUser),
		route("UnlockUser", mfa.Service.UnlockUser),
		route("DeleteUser", mfa.Service.DeleteUser),

		route("ListSessions", mfa.Service.ListSessions),
		route("RevokeSessions", mfa.Service.RevokeSessions),

		route("CreateToken", mfa.Service.CreateToken),
		route("ListTokens", mfa.Service.ListTokens),
		route("RotateToken", mfa.Service.RotateToken),
		route("RevokeToken", mfa.Service.RevokeToken),

		route("ListRoles", mfa.Service.ListRoles),
		route("CreateRole", mfa.Service.CreateRole),
		route("UpdateRole", mfa.Service.UpdateRole),
		route("DeleteRole", mfa.Service.DeleteRole),

		route("ListCommunities", mfa.Service.ListCommunities),
		route("CreateCommunity", mfa.Service.CreateCommunity),
		route("UpdateCommunity", mfa.Service.UpdateCommunity),

		route("ShowPolicy", mfa.Service.ShowPolicy),
		route("SetPolicy", mfa.Service.SetPolicy),

		route("ListEvents", mfa.Service.ListEvents),
	}
}

// route makes a method of a Service callable with bytes. A method without a rule
// gets the empty one, which changes nothing here: the engine refuses it.
func route[Q, R any](method string, call func(mfa.Service, context.Context, Q) (R, error)) Route {
	rule, _ := mfa.RuleOf(method)
	return Route{
		Rule: rule, Request: reflect.TypeFor[Q](), Reply: reflect.TypeFor[R](),
		serve: func(ctx context.Context, s mfa.Service, body []byte) ([]byte, error) {
			req, err := decode[Q](body)
			if err != nil {
				return nil, err
			}
			reply, err := call(s, ctx, req)
			if err != nil {
				return nil, err
			}
			return encode(reply)
		},
	}
}
