package mfa

// Action names what happened, in the words of the audit trail (OWASP Logging
// Vocabulary, ASVS 16.3).
type Action string

// The actions.
const (
	ActInit           Action = "store.init"
	ActAuthOK         Action = "auth.ok"
	ActAuthFail       Action = "auth.fail"
	ActAuthLock       Action = "auth.lock"
	ActAuthzDeny      Action = "authz.deny"
	ActRefusals       Action = "auth.refusals" // before sign-in from one address, beyond those with an event of their own
	ActOTPOK          Action = "otp.ok"
	ActOTPFail        Action = "otp.fail"
	ActOTPReplay      Action = "otp.replay"
	ActOTPResync      Action = "otp.resync"
	ActBackupUse      Action = "backup.use"
	ActBackupFail     Action = "backup.fail"
	ActBackupGenerate Action = "backup.generate"
	ActRecoveryIssue  Action = "recovery.issue"
	ActRecoveryUse    Action = "recovery.use"
	ActRecoveryExpire Action = "recovery.expire"
	ActRecoveryRevoke Action = "recovery.revoke"
	ActPending        Action = "2fa.pending"
	ActEnable         Action = "2fa.enable"
	ActDisable        Action = "2fa.disable"
	ActReset          Action = "2fa.reset"
	ActFactorAdd      Action = "factor.add"
	ActFactorRemove   Action = "factor.remove"
	ActFactorRename   Action = "factor.rename"
	ActFactorPrefer   Action = "factor.prefer"
	ActPasswordChange Action = "password.change"
	ActPasswordReset  Action = "password.reset"
	ActPasswordSet    Action = "password.set"
	ActSessionCreate  Action = "session.create"
	ActSessionRevoke  Action = "session.revoke"
	ActUserCreate     Action = "user.create"
	ActUserUpdate     Action = "user.update"
	ActUserDelete     Action = "user.delete"
	ActUserDisable    Action = "user.disable"
	ActUserEnable     Action = "user.enable"
	ActUserMove       Action = "user.move"
	ActUserLock       Action = "user.lock"
	ActAuthUnlock     Action = "auth.unlock"
	ActRoleChange     Action = "role.change"
	ActRoleCreate     Action = "role.create"
	ActRoleUpdate     Action = "role.update"
	ActRoleDelete     Action = "role.delete"
	ActCommunityMake  Action = "community.create"
	ActCommunityEdit  Action = "community.update"
	ActPolicyChange   Action = "policy.change"
	ActRequestFile    Action = "request.file"
	ActRequestApprove Action = "request.approve"
	ActRequestDeny    Action = "request.deny"
	ActBreakGlass     Action = "breakglass.use"
	ActOTPCheck       Action = "otp.check"
	ActKeyExport      Action = "key.export"
	ActTokenCreate    Action = "token.create"
	ActTokenRotate    Action = "token.rotate"
	ActTokenRevoke    Action = "token.revoke"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{
		ActInit, ActAuthOK, ActAuthFail, ActAuthLock, ActAuthzDeny, ActRefusals, ActOTPOK,
		ActOTPFail, ActOTPReplay, ActOTPResync, ActBackupUse, ActBackupFail, ActBackupGenerate,
		ActRecoveryIssue, ActRecoveryUse, ActRecoveryExpire, ActRecoveryRevoke, ActPending, ActEnable,
		ActDisable, ActReset, ActFactorAdd, ActFactorRemove, ActFactorRename, ActFactorPrefer,
		ActPasswordChange, ActPasswordReset, ActPasswordSet, ActSessionCreate, ActSessionRevoke, ActUserCreate,
		ActUserUpdate, ActUserDelete, ActUserDisable, ActUserEnable, ActUserMove, ActUserLock,
		ActAuthUnlock, ActRoleChange, ActRoleCreate, ActRoleUpdate, ActRoleDelete, ActCommunityMake,
		ActCommunityEdit, ActPolicyChange, ActRequestFile, ActRequestApprove, ActRequestDeny, ActBreakGlass,
		ActOTPCheck, ActKeyExport, ActTokenCreate, ActTokenRotate, ActTokenRevoke,
	}
}
