package account

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// NewBackupCodes makes the commands for one's own backup codes.
func NewBackupCodes(a *app.App) *cobra.Command {
	return app.Group("backup-codes", "Make and count your backup codes", []string{"backup-code"},
		newGenerate(a), newCodesLeft(a))
}

func newGenerate(a *app.App) *cobra.Command {
	var r app.SecretOutput
	cmd := &cobra.Command{
		Use:     "generate",
		Short:   "Make ten new backup codes; the old ones die",
		Example: `  mfactl backup-codes generate --password-file P --yes --save codes.txt`,
		Args:    app.Exactly(),
	}
	password := app.SecretFlags(cmd, "password", "your password")
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask whether the old codes may die")
	r.Flags(cmd)
	return a.WriteCommand(cmd, "make backup codes", func(ctx context.Context, _ []string) (err error) {
		unplanned := a.PlanSecret(&r)
		defer func() { r.Drop(err) }()
		if unplanned != nil {
			if err := withoutCodes(ctx, a, unplanned); err != nil {
				return err
			}
		}
		var req mfa.GenerateBackupCodesRequest
		out, err := app.AskAndCall(ctx, a, mfa.Service.GenerateBackupCodes, &req,
			app.Sure(*yes, "The backup codes you have will stop working. Go on?"), app.Password(&req.Password, password, "Your password"))
		if err != nil {
			return err
		}
		return a.Give(ctx, &r, "the backup codes were replaced", backupSecret(out.User, out.Codes), func(open bool) app.View { return backupView(out, open) })
	})
}

func backupView(out mfa.BackupCodes, open bool) app.View {
	return app.View{
		Kind: "BackupCodes", Data: out, Secret: open, Lossy: open,
		Header: []string{"CODE"}, Rows: codeRows(out.Codes, open),
		Say: func() string {
			text := app.Line("%s: %s, %d old ones revoked", out.User, app.Plural(len(out.Codes), "new backup code"), out.Revoked)
			if len(out.Codes) == 0 {
				text += app.Line("%s", codesOff)
			}
			if open {
				text += codeLines(out.Codes)
			}
			return text
		},
	}
}

// codesOff says why there are no backup codes to use.
const codesOff = "Backup codes are off: the policy has backup_codes=0."

// withoutCodes returns nil if the policy turns backup codes off, so that a command needs
// no place for new ones. Otherwise it returns the error unplanned. To find out it uses a
// session that is there and asks nobody to sign in.
func withoutCodes(ctx context.Context, a *app.App, unplanned error) error {
	_, live, err := app.LiveSession(a)
	if err == nil && !live && a.TokenFrom() == "" {
		return unplanned
	}
	if err != nil {
		return err
	}
	st, err := twoFactorStatus(ctx, a)
	if errors.Is(err, mfa.Unauthenticated) || err == nil && !st.BackupCodesOff {
		return unplanned
	}
	return err
}

// codeLines lists codes for people.
func codeLines(codes []mfa.Secret) string {
	var b strings.Builder
	for _, code := range codes {
		b.WriteString(app.Line("  %s", code.Reveal()))
	}
	return b.String()
}

func codeRows(codes []mfa.Secret, open bool) (rows [][]string) {
	for _, c := range codes {
		text := c.String()
		if open {
			text = c.Reveal()
		}
		rows = append(rows, []string{text})
	}
	return rows
}

// codesStatus is how many backup codes are left.
type codesStatus struct {
	User string `json:"user"`
	Left int    `json:"backup_codes_left"`
	Off  bool   `json:"backup_codes_off,omitempty"`
}

func newCodesLeft(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Tell how many backup codes are left", Args: app.Exactly()}
	return app.Show(a, cmd, "count backup codes", ownTwoFactor(a), func(_ *app.App, st mfa.TwoFactor) app.View {
		out := codesStatus{st.User, st.BackupCodesLeft, st.BackupCodesOff}
		return app.View{
			Kind: "BackupCodesStatus", Data: out, Names: []string{strconv.Itoa(out.Left)},
			Header: []string{"USER", "LEFT"}, Rows: [][]string{{out.User, strconv.Itoa(out.Left)}},
			Say: func() string {
				switch {
				case out.Off:
					return app.Line("%s", codesOff)
				case !st.Enabled:
					return app.Line("%s: 2FA is %s, there are no backup codes", st.User, st.State)
				}
				return codesLeft(out.Left)
			},
		}
	})
}
