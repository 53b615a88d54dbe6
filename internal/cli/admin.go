package cli

import (
	"github.com/spf13/cobra"
)

func newAdmin(a *App) *cobra.Command {
	users := group("users", "Accounts", []string{"user"},
		newUserCreate(a), newUserList(a), newUserShow(a), newUserUpdate(a), newUserPassword(a), newReset(a))
	audit := group("audit", "The audit trail", nil, newAuditList(a))
	return group("admin", "Administer others", nil, newReset(a), users, audit)
}
