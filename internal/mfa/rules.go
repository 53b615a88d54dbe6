package mfa

import (
	"slices"
	"sync"
)

// Rule says who may call one method of [Service]. The engine obeys this table
// and nothing else; a method that is not in it is refused.
type Rule struct {
	Method      string
	Levels      []Level    // sessions that may call it, and whether a token may; none: no session is needed
	Permission  Permission // over the user acted on; empty: it acts on the caller's own account
	Password    bool       // a password is proved at that moment, the caller's own; a token has none, see unattended_reset
	OnUser      bool       // it is done to one user, who is named
	NotSelf     bool       // never to the caller's own account
	Changes     bool       // it may change something
	KeyOptional bool       // a caller on the wire need not give an idempotency key: a second try is another attempt
	Action      Action     // what a refusal or a success is called in the audit trail; empty: not audited by itself
}

// Rules is the one table of methods, in the order of [Service].
func Rules() []Rule {
	return []Rule{
		{Method: "Login", Password: true, Changes: true, Action: ActAuthOK},
		{Method: "Answer", Levels: []Level{LevelChallenge}, Changes: true, Action: ActAuthOK},
		{Method: "Logout", Levels: anyLevel(), Changes: true, Action: ActSessionRevoke},
		{Method: "WhoAmI", Levels: orToken(anyLevel())},

		{Method: "ChangePassword", Levels: full(), Password: true, Changes: true, Action: ActPasswordChange},
		{Method: "RedeemPassword", Password: true, Changes: true, Action: ActPasswordSet},
		{Method: "ResetPassword", Levels: mfaOnly(), Permission: UsersPassword, OnUser: true, NotSelf: true, Password: true, Changes: true, Action: ActPasswordReset},

		{Method: "Enroll", Levels: anyLevel(), Password: true, Changes: true, Action: ActPending},
		{Method: "Activate", Levels: anyLevel(), Changes: true, Action: ActEnable},
		{Method: "GenerateBackupCodes", Levels: mfaOnly(), Password: true, Changes: true, Action: ActBackupGenerate},
		{Method: "Disable", Levels: full(), Password: true, Changes: true, Action: ActDisable},

		{Method: "TwoFactorStatus", Levels: anyLevel()},
		{Method: "PreferFactor", Levels: mfaOnly(), Changes: true, Action: ActFactorPrefer},
		{Method: "RenameFactor", Levels: mfaOnly(), Changes: true, Action: ActFactorRename},
		{Method: "RemoveFactor", Levels: mfaOnly(), Password: true, Changes: true, Action: ActFactorRemove},
		{Method: "ResyncFactor", Levels: mfaOnly(), Changes: true, Action: ActOTPResync},

		{Method: "Verify", Levels: orToken(mfaOnly()), Permission: TwoFactorVerify, OnUser: true, Changes: true, KeyOptional: true, Action: ActOTPOK},
		{Method: "CheckCode", Levels: orToken(mfaOnly()), Permission: TwoFactorReset, OnUser: true, NotSelf: true, Changes: true, Action: ActOTPCheck},
		{Method: "Reset", Levels: orToken(mfaOnly()), Permission: TwoFactorReset, OnUser: true, NotSelf: true, Password: true, Changes: true, Action: ActReset},

		{Method: "ListRequests", Levels: orToken(full()), Permission: UsersRead},
		{Method: "ShowRequest", Levels: orToken(full()), Permission: UsersRead},
		{Method: "Approve", Levels: mfaOnly(), Permission: RequestsApprove, Password: true, Changes: true, Action: ActRequestApprove},
		{Method: "Deny", Levels: orToken(mfaOnly()), Permission: UsersRead, Changes: true, Action: ActRequestDeny},

		{Method: "CreateUser", Levels: orToken(mfaOnly()), Permission: UsersWrite, Changes: true, Action: ActUserCreate},
		{Method: "ShowUser", Levels: orToken(full()), Permission: UsersRead, OnUser: true},
		{Method: "ListUsers", Levels: orToken(full()), Permission: UsersRead},
		{Method: "UpdateUser", Levels: orToken(mfaOnly()), Permission: UsersWrite, OnUser: true, NotSelf: true, Changes: true, Action: ActUserUpdate},

		{Method: "LockUser", Levels: orToken(mfaOnly()), Permission: UsersLock, OnUser: true, NotSelf: true, Changes: true, Action: ActUserLock},
		{Method: "UnlockUser", Levels: orToken(mfaOnly()), Permission: UsersLock, OnUser: true, NotSelf: true, Changes: true, Action: ActAuthUnlock},
		{Method: "DeleteUser", Levels: orToken(mfaOnly()), Permission: UsersWrite, OnUser: true, NotSelf: true, Changes: true, Action: ActUserDelete},

		{Method: "ListSessions", Levels: orToken(full()), Permission: SessionsRead},
		{Method: "RevokeSessions", Levels: orToken(mfaOnly()), Permission: SessionsRevoke, OnUser: true, Changes: true, Action: ActSessionRevoke},

		{Method: "CreateToken", Levels: orToken(mfaOnly()), Permission: TokensWrite, OnUser: true, Changes: true, Action: ActTokenCreate},
		{Method: "ListTokens", Levels: orToken(full()), Permission: TokensWrite},
		{Method: "RotateToken", Levels: orToken(mfaOnly()), Changes: true, Action: ActTokenRotate},
		{Method: "RevokeToken", Levels: orToken(mfaOnly()), Permission: TokensWrite, Changes: true, Action: ActTokenRevoke},

		{Method: "ListRoles", Levels: orToken(full()), Permission: UsersRead},
		{Method: "CreateRole", Levels: orToken(mfaOnly()), Permission: RolesWrite, Changes: true, Action: ActRoleCreate},
		{Method: "UpdateRole", Levels: orToken(mfaOnly()), Permission: RolesWrite, Changes: true, Action: ActRoleUpdate},
		{Method: "DeleteRole", Levels: orToken(mfaOnly()), Permission: RolesWrite, Changes: true, Action: ActRoleDelete},

		{Method: "ListCommunities", Levels: orToken(full()), Permission: UsersRead},
		{Method: "CreateCommunity", Levels: orToken(mfaOnly()), Permission: CommunitiesWrite, Changes: true, Action: ActCommunityMake},
		{Method: "UpdateCommunity", Levels: orToken(mfaOnly()), Permission: CommunitiesWrite, Changes: true, Action: ActCommunityEdit},

		{Method: "ShowPolicy", Levels: orToken(full()), Permission: PolicyRead},
		{Method: "SetPolicy", Levels: mfaOnly(), Permission: PolicyWrite, Password: true, Changes: true, Action: ActPolicyChange},

		{Method: "ListEvents", Levels: orToken(full()), Permission: AuditRead},
	}
}

// RuleOf returns the rule of a method; ok is false for one that is not listed.
func RuleOf(method string) (rule Rule, ok bool) {
	rule, ok = ruled()[method]
	return rule, ok
}

// ruled is the table by method: it is asked at each call.
var ruled = sync.OnceValue(func() map[string]Rule {
	of := map[string]Rule{}
	for _, r := range Rules() {
		of[r.Method] = r
	}
	return of
})

// Admits reports whether a session of the level may call the method.
func (r Rule) Admits(l Level) bool {
	return slices.Contains(r.Levels, l)
}

// SignsIn reports whether the method is called by who is not signed in yet: what
// may be tried there is limited for each address.
func (r Rule) SignsIn() bool {
	return len(r.Levels) == 0 || slices.Equal(r.Levels, []Level{LevelChallenge})
}

func anyLevel() []Level { return []Level{LevelEnroll, LevelPassword, LevelMFA} }
func full() []Level     { return []Level{LevelPassword, LevelMFA} }
func mfaOnly() []Level  { return []Level{LevelMFA} }

// orToken admits API tokens as well. One has its permissions and nothing else: it
// belongs to no person, proves no password, and owns no factor.
func orToken(levels []Level) []Level { return append(levels, LevelToken) }
