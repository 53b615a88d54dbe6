package cli

import (
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/spf13/cobra"
)

// newAdmin makes the commands for others; without all it stands for them, for a
// page that only names it.
func newAdmin(a *App, all bool) *cobra.Command {
	const short = "Administer others"
	if !all {
		return group("admin", short, nil)
	}
	users := group("users", "Accounts", []string{"user"},
		newUserCreate(a), newUserList(a), newUserShow(a), newUserUpdate(a), newUserLock(a), newUserUnlock(a), newUserDelete(a),
		newUserPassword(a), newReset(a))
	requests := group("requests", "What waits for a second administrator", []string{"request"},
		newRequestList(a), newRequestShow(a), newRequestApprove(a), newRequestDeny(a))
	policy := group("policy", "The rules of a community", nil, newPolicyShow(a), newPolicySet(a))
	roles := group("roles", "What may be done, and by whom", []string{"role"},
		newRoleList(a), newRoleShow(a), newRoleCreate(a), newRoleUpdate(a), newRoleDelete(a))
	communities := group("communities", "Tenants, and those below them", []string{"community"},
		newCommunityList(a), newCommunityShow(a), newCommunityCreate(a), newCommunityUpdate(a))
	sessions := group("sessions", "Who is signed in", []string{"session"}, newSessionList(a), newSessionRevoke(a))
	tokens := group("tokens", "API tokens, by which programs act", []string{"token"},
		newTokenCreate(a), newTokenList(a), newTokenRotate(a), newTokenRevoke(a))
	audit := group("audit", "The audit trail", nil, newAuditList(a))
	return group("admin", short, nil, newReset(a), newCheckCode(a), requests, users, roles, communities, policy, tokens, sessions, audit)
}

// changeFlags adds the flags of a command that changes something, and --community if the
// command acts in one.
func changeFlags(cmd *cobra.Command, community *string, into *mfa.Change) {
	f := cmd.Flags()
	if community != nil {
		f.StringVarP(community, "community", "c", "", "the `community` (default: your own)")
	}
	f.StringVar(&into.Reason, "reason", "", "why; it goes into the audit trail")
	f.BoolVar(&into.DryRun, "dry-run", false, "tell what would happen, change nothing")
}
