package admin

import (
	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// New makes the commands for others; without all it stands for them, for a
// page that only names it.
func New(a *app.App, all bool) *cobra.Command {
	const short = "Administer others"
	if !all {
		return app.Group("admin", short, nil)
	}
	users := app.Group("users", "Accounts", []string{"user"},
		newUserCreate(a), newUserList(a), newUserShow(a), newUserUpdate(a), newUserLock(a), newUserUnlock(a), newUserDelete(a),
		newUserPassword(a), newReset(a))
	requests := app.Group("requests", "What waits for a second administrator", []string{"request"},
		newRequestList(a), newRequestShow(a), newRequestApprove(a), newRequestDeny(a))
	policy := app.Group("policy", "The rules of a community", nil, newPolicyShow(a), newPolicySet(a))
	roles := app.Group("roles", "What may be done, and by whom", []string{"role"},
		newRoleList(a), newRoleShow(a), newRoleCreate(a), newRoleUpdate(a), newRoleDelete(a))
	communities := app.Group("communities", "Tenants, and those below them", []string{"community"},
		newCommunityList(a), newCommunityShow(a), newCommunityCreate(a), newCommunityUpdate(a))
	sessions := app.Group("sessions", "Who is signed in", []string{"session"}, newSessionList(a), newSessionRevoke(a))
	tokens := app.Group("tokens", "API tokens, by which programs act", []string{"token"},
		newTokenCreate(a), newTokenList(a), newTokenRotate(a), newTokenRevoke(a))
	audit := app.Group("audit", "The audit trail", nil, newAuditList(a))
	return app.Group("admin", short, nil, newReset(a), newCheckCode(a), requests, users, roles, communities, policy, tokens, sessions, audit)
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

// listFlags adds the flags of a list, which is complete without them.
func listFlags(cmd *cobra.Command, community *string, limit *int) {
	cmd.Flags().StringVarP(community, "community", "c", "", "only this `community`")
	cmd.Flags().IntVar(limit, "limit", 0, "at most so many")
}

// outcome says in a word what became of a thing that an act was to change, and for output that
// is lost, what is true now.
func outcome(changed, dry bool, thing, did string) (what, done string) {
	switch {
	case !changed:
		return "nothing to do", ""
	case dry:
		return "would be " + did, ""
	}
	return did, "the " + thing + " was " + did
}
