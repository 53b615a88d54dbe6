package mfa

import (
	"slices"
	"sync"
)

// Rule says who may call one method of [Service]. The engine obeys this table
// and nothing else; a method that is not in it is refused.
type Rule struct {
	Method      string
	Levels      []Level      // sessions that may call it, and whether a token may; none: no session is needed
	Permission  Permission   // over the user acted on; empty: it acts on the caller's own account
	Password    PasswordRule // whether the caller proves a password at that moment; a token has none, see unattended_reset
	OnUser      bool         // it is done to one user, who is named
	NotSelf     bool         // never to the caller's own account
	AboveToo    bool         // also to users who have permissions that the caller lacks
	Changes     bool         // it may change something
	KeyOptional bool         // a caller on the wire need not give an idempotency key: a second try is another attempt
	Action      Action       // what a refusal or a success is called in the audit trail; empty: not audited by itself
}

// PasswordRule says whether the caller of a method proves a password at that moment: an
// open session that was stolen must not be enough to widen what its thief may do (OWASP ASVS
// 7.5.1 and 7.5.3).
type PasswordRule int

// The rules about passwords.
const (
	PasswordNever   PasswordRule = iota
	PasswordToWiden              // if it creates or widens authority, or hands out a credential: the act decides
	PasswordAlways
)

// Rules is the one table of methods, in the order of [Service].
func Rules() []Rule {
	return []Rule{
		{Method: "Login", Password: PasswordAlways, Changes: true, Action: ActAuthOK},
		{Method: "Answer", Levels: []Level{LevelChallenge}, Changes: true, Action: ActAuthOK},
		{Method: "Logout", Levels: anyLevel(), Changes: true, Action: ActSessionRevoke},
		{Method: "WhoAmI", Levels: orToken(anyLevel())},

		{Method: "ChangePassword", Levels: full(), Password: PasswordAlways, Changes: true, Action: ActPasswordChange},
		{Method: "RedeemPassword", Password: PasswordAlways, Changes: true, Action: ActPasswordSet},
		{Method: "ResetPassword", Levels: mfaOnly(), Permission: UsersPassword, OnUser: true, NotSelf: true, Password: PasswordAlways, Changes: true, Action: ActPasswordReset},

		{Method: "Enroll", Levels: anyLevel(), Password: PasswordAlways, Changes: true, Action: ActPending},
		{Method: "Activate", Levels: anyLevel(), Changes: true, Action: ActEnable},
		{Method: "GenerateBackupCodes", Levels: mfaOnly(), Password: PasswordAlways, Changes: true, Action: ActBackupGenerate},
		{Method: "Disable", Levels: full(), Password: PasswordAlways, Changes: true, Action: ActDisable},

		{Method: "TwoFactorStatus", Levels: anyLevel()},
		{Method: "PreferFactor", Levels: mfaOnly(), Changes: true, Action: ActFactorPrefer},
		{Method: "RenameFactor", Levels: mfaOnly(), Changes: true, Action: ActFactorRename},
		{Method: "RemoveFactor", Levels: mfaOnly(), Password: PasswordAlways, Changes: true, Action: ActFactorRemove},
		{Method: "ResyncFactor", Levels: mfaOnly(), Password: PasswordToWiden, Changes: true, Action: ActOTPResync},

		{Method: "Verify", Levels: orToken(mfaOnly()), Permission: TwoFactorVerify, OnUser: true, AboveToo: true, Changes: true, KeyOptional: true, Action: ActOTPOK},
		{Method: "CheckCode", Levels: orToken(mfaOnly()), Permission: TwoFactorReset, OnUser: true, NotSelf: true, Changes: true, Action: ActOTPCheck},
		{Method: "Reset", Levels: orToken(mfaOnly()), Permission: TwoFactorReset, OnUser: true, NotSelf: true, Password: PasswordAlways, Changes: true, Action: ActReset},

		{Method: "ListRequests", Levels: orToken(full()), Permission: UsersRead},
		{Method: "ShowRequest", Levels: orToken(full()), Permission: UsersRead},
		{Method: "Approve", Levels: mfaOnly(), Permission: RequestsApprove, Password: PasswordAlways, Changes: true, Action: ActRequestApprove},
		{Method: "Deny", Levels: orToken(mfaOnly()), Permission: UsersRead, Changes: true, Action: ActRequestDeny},

		{Method: "CreateUser", Levels: orToken(mfaOnly()), Permission: UsersWrite, Password: PasswordToWiden, Changes: true, Action: ActUserCreate},
		{Method: "ShowUser", Levels: orToken(full()), Permission: UsersRead, OnUser: true},
		{Method: "ListUsers", Levels: orToken(full()), Permission: UsersRead},
		{Method: "UpdateUser", Levels: orToken(mfaOnly()), Permission: UsersWrite, OnUser: true, NotSelf: true, Password: PasswordToWiden, Changes: true, Action: ActUserUpdate},

		{Method: "LockUser", Levels: orToken(mfaOnly()), Permission: UsersLock, OnUser: true, NotSelf: true, Password: PasswordToWiden, Changes: true, Action: ActUserLock},
		{Method: "UnlockUser", Levels: orToken(mfaOnly()), Permission: UsersLock, OnUser: true, NotSelf: true, Password: PasswordToWiden, Changes: true, Action: ActAuthUnlock},
		{Method: "DeleteUser", Levels: orToken(mfaOnly()), Permission: UsersWrite, OnUser: true, NotSelf: true, Password: PasswordToWiden, Changes: true, Action: ActUserDelete},

		{Method: "ListSessions", Levels: orToken(full()), Permission: SessionsRead},
		{Method: "RevokeSessions", Levels: orToken(mfaOnly()), Permission: SessionsRevoke, OnUser: true, Changes: true, Action: ActSessionRevoke},

		{Method: "CreateToken", Levels: mfaOnly(), Permission: TokensWrite, OnUser: true, Password: PasswordToWiden, Changes: true, Action: ActTokenCreate},
		{Method: "ListTokens", Levels: orToken(full()), Permission: TokensWrite},
		{Method: "RotateToken", Levels: orToken(mfaOnly()), Password: PasswordToWiden, Changes: true, Action: ActTokenRotate},
		{Method: "RevokeToken", Levels: orToken(mfaOnly()), Permission: TokensWrite, Changes: true, Action: ActTokenRevoke},

		{Method: "ListRoles", Levels: orToken(full()), Permission: UsersRead},
		{Method: "CreateRole", Levels: mfaOnly(), Permission: RolesWrite, Password: PasswordToWiden, Changes: true, Action: ActRoleCreate},
		{Method: "UpdateRole", Levels: mfaOnly(), Permission: RolesWrite, Password: PasswordToWiden, Changes: true, Action: ActRoleUpdate},
		{Method: "DeleteRole", Levels: mfaOnly(), Permission: RolesWrite, Changes: true, Action: ActRoleDelete},

		{Method: "ListCommunities", Levels: orToken(full()), Permission: UsersRead},
		{Method: "CreateCommunity", Levels: mfaOnly(), Permission: CommunitiesWrite, Changes: true, Action: ActCommunityMake},
		{Method: "UpdateCommunity", Levels: mfaOnly(), Permission: CommunitiesWrite, Password: PasswordToWiden, Changes: true, Action: ActCommunityEdit},

		{Method: "ShowPolicy", Levels: orToken(full()), Permission: PolicyRead},
		{Method: "SetPolicy", Levels: mfaOnly(), Permission: PolicyWrite, Password: PasswordAlways, Changes: true, Action: ActPolicyChange},

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
