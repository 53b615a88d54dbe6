package cli

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newConfirm(a *App) *cobra.Command {
	var code source
	var r secretOutput
	cmd := &cobra.Command{
		Use:     "confirm",
		Short:   "Finish a pending enrollment with its first code",
		Example: `  mfactl 2fa confirm --code-stdin --reveal -o json`,
		Args:    exactly(),
	}
	secretFlags(cmd, &code, "code", "the code the app shows")
	r.flags(cmd)
	cmd.RunE = a.writeCommand("confirm 2FA", func(ctx context.Context, _ []string) error { return runConfirm(ctx, a, code, r) })
	return cmd
}

func runConfirm(ctx context.Context, a *App, src source, r secretOutput) (err error) {
	if err := a.plan(&r); err != nil {
		return err
	}
	defer func() { r.drop(err) }()
	if err := a.canSave(); err != nil {
		return err
	}
	if err := requireSession(ctx, a); err != nil {
		return err
	}
	code, err := a.code(ctx, src, "Code from the app")
	if err != nil {
		return err
	}
	out, err := call(ctx, a, mfa.Service.Activate, mfa.ActivateRequest{Code: code})
	if err != nil {
		return err
	}
	a.done = "2FA is on"
	unsaved := a.save(out.Session) // told after the codes, which are shown once
	out.Session.Token = mfa.Secret{}
	if err := a.hand(ctx, &r, backupSecret(out.User, texts(out.BackupCodes))); err != nil {
		return err
	}
	return cmp.Or(a.print(activationView(out, r.open())), unsaved)
}

func activationView(out mfa.Activation, open bool) view {
	codes := ""
	if open {
		codes = strings.Join(texts(out.BackupCodes), " ")
	}
	v := view{
		kind: "Activation", data: out, names: []string{out.Factor.ID}, secret: open, lossy: open,
		table: term.Table{
			Header: []string{"USER", "FACTOR", "KIND", "LABEL", "BACKUP CODES", "CODES"},
			Rows: [][]string{{
				out.User, out.Factor.ID, string(out.Factor.Kind), out.Factor.Label, strconv.Itoa(len(out.BackupCodes)), codes,
			}},
		},
	}
	v.say = func() string {
		text := line("%s: 2FA enabled (%s %q), %s", out.User, out.Factor.Kind, out.Factor.Label,
			plural(len(out.BackupCodes), "new backup code"))
		if open && len(out.BackupCodes) > 0 {
			text += codeLines(out.BackupCodes)
		}
		return text
	}
	return v
}
