package account

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newConfirm(a *app.App) *cobra.Command {
	var r app.SecretOutput
	cmd := &cobra.Command{
		Use:     "confirm",
		Short:   "Finish a pending enrollment with its first code",
		Example: `  mfactl 2fa confirm --code-stdin --reveal -o json`,
		Args:    app.Exactly(),
	}
	code := app.SecretFlags(cmd, "code", "the code the app shows")
	r.Flags(cmd)
	return a.WriteCommand(cmd, "confirm 2FA", func(ctx context.Context, _ []string) (err error) {
		if err := a.PlanSecret(&r); err != nil {
			return err
		}
		defer func() { r.Drop(err) }()
		if err := a.CanSaveSession(); err != nil {
			return err
		}
		var req mfa.ActivateRequest
		out, err := app.AskAndCall(ctx, a, mfa.Service.Activate, &req, app.Code(&req.Code, code, "Code from the app"))
		if err != nil {
			return err
		}
		a.Done = "2FA is on"
		unsaved := a.SaveSession(out.Session) // told after the codes, which are shown once
		out.Session.Token = mfa.Secret{}
		given := a.Give(ctx, &r, a.Done, backupSecret(out.User, app.RevealAll(out.BackupCodes)), func(_ *app.App, open bool) app.View {
			return activationView(out, open)
		})
		return cmp.Or(given, unsaved)
	})
}

func activationView(out mfa.Activation, open bool) app.View {
	codes := ""
	if open {
		codes = strings.Join(app.RevealAll(out.BackupCodes), " ")
	}
	return app.View{
		Kind: "Activation", Data: out, Names: []string{out.Factor.ID}, Secret: open, Lossy: open,
		Header: []string{"USER", "FACTOR", "KIND", "LABEL", "BACKUP CODES", "CODES"},
		Rows: [][]string{{
			out.User, out.Factor.ID, string(out.Factor.Kind), out.Factor.Label, strconv.Itoa(len(out.BackupCodes)), codes,
		}},
		Say: func() string {
			text := app.Line("%s: 2FA enabled (%s %q), %s", out.User, out.Factor.Kind, out.Factor.Label,
				app.Plural(len(out.BackupCodes), "new backup code"))
			if open {
				text += codeLines(out.BackupCodes)
			}
			return text
		},
	}
}
