package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newBackupCodes(a *App) *cobra.Command {
	return group("backup-codes", "Make and count your backup codes", []string{"backup-code"},
		newGenerate(a), newCodesLeft(a))
}

func newGenerate(a *App) *cobra.Command {
	var password source
	var yes bool
	var r secretOutput
	cmd := &cobra.Command{
		Use:     "generate",
		Short:   "Make ten new backup codes; the old ones die",
		Example: `  mfactl backup-codes generate --password-file P --yes --save codes.txt`,
		Args:    exactly(),
	}
	secretFlags(cmd, &password, "password", "your password")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask whether the old codes may die")
	r.flags(cmd)
	cmd.RunE = a.writeCommand("make backup codes", func(ctx context.Context, _ []string) error {
		return runGenerate(ctx, a, password, yes, r)
	})
	return cmd
}

func runGenerate(ctx context.Context, a *App, password source, yes bool, r secretOutput) (err error) {
	unplanned := a.plan(&r)
	defer func() { r.drop(err) }()
	if unplanned != nil {
		if err := withoutCodes(ctx, a, unplanned); err != nil {
			return err
		}
	}
	if err := requireSession(ctx, a); err != nil {
		return err
	}
	if err := a.sure(ctx, yes, "The backup codes you have will stop working. Go on?"); err != nil {
		return err
	}
	var req mfa.GenerateRequest
	if req.Password, err = a.password(ctx, password, "Your password"); err != nil {
		return err
	}
	out, err := call(ctx, a, mfa.Service.GenerateBackupCodes, req)
	if err != nil {
		return err
	}
	a.done = "the backup codes were replaced"
	if err := a.hand(ctx, &r, backupSecret(out.User, texts(out.Codes))); err != nil {
		return err
	}
	return a.print(view{
		kind: "BackupCodes", data: out, secret: r.open(), lossy: r.open(),
		table: codesTable(out.Codes, r.open()),
		say: func() string {
			text := line("%s: %s, %d old ones revoked", out.User, plural(len(out.Codes), "new backup code"), out.Revoked)
			if len(out.Codes) == 0 {
				text += line("%s", codesOff)
			}
			if r.open() {
				text += codeLines(out.Codes)
			}
			return text
		},
	})
}

// codesOff says why there are no backup codes to use.
const codesOff = "Backup codes are off: the policy has backup_codes=0."

// withoutCodes returns nil if the policy turns backup codes off, so that a command needs
// no place for new ones. Otherwise it returns the error unplanned. To find out it uses a
// session that is there and asks nobody to sign in.
func withoutCodes(ctx context.Context, a *App, unplanned error) error {
	_, live, err := liveSession(a)
	if err == nil && !live && a.tokenFrom() == "" {
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
		b.WriteString(line("  %s", code.Reveal()))
	}
	return b.String()
}

func codesTable(codes []mfa.Secret, open bool) term.Table {
	t := term.Table{Header: []string{"CODE"}}
	for _, c := range codes {
		text := c.String()
		if open {
			text = c.Reveal()
		}
		t.Rows = append(t.Rows, []string{text})
	}
	return t
}

// codesStatus is how many backup codes are left.
type codesStatus struct {
	User string `json:"user"`
	Left int    `json:"backup_codes_left"`
	Off  bool   `json:"backup_codes_off,omitempty"`
}

func newCodesLeft(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Tell how many backup codes are left", Args: exactly()}
	cmd.RunE = a.readCommand("count backup codes", func(ctx context.Context, _ []string) error {
		st, err := twoFactorStatus(ctx, a)
		if err != nil {
			return err
		}
		out := codesStatus{st.User, st.BackupCodesLeft, st.BackupCodesOff}
		return a.print(view{
			kind: "BackupCodesStatus", data: out, names: []string{strconv.Itoa(out.Left)},
			table: term.Table{Header: []string{"USER", "LEFT"}, Rows: [][]string{{out.User, strconv.Itoa(out.Left)}}},
			say: func() string {
				switch {
				case out.Off:
					return line("%s", codesOff)
				case !st.Enabled:
					return line("%s: 2FA is %s, there are no backup codes", st.User, st.State)
				}
				return codesLeft(out.Left)
			},
		})
	})
	return cmd
}
