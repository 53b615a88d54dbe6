package account

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newStatus(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Tell whether 2FA is on, and with what", Args: app.Exactly()}
	return a.ReadCommand(cmd, "show the 2FA state", func(ctx context.Context, _ []string) error {
		st, err := twoFactorStatus(ctx, a)
		if err != nil {
			return err
		}
		return a.Print(app.View{
			Kind: "TwoFactorStatus", Data: st, Names: []string{string(st.State)},
			Table: term.Table{
				Header: []string{"USER", "2FA", "REQUIRED", "FACTORS", "BACKUP CODES LEFT"},
				Rows: [][]string{{
					st.User, string(st.State), app.YesNo(st.Required), strconv.Itoa(len(st.Factors)), strconv.Itoa(st.BackupCodesLeft),
				}},
			},
			Say: func() string { return sayStatus(a, st) },
		})
	})
}

func sayStatus(a *app.App, st mfa.TwoFactor) string {
	var b strings.Builder
	b.WriteString(app.Line("%s: 2FA is %s", st.User, st.State))
	for _, f := range st.Factors {
		mark := ""
		if f.Preferred {
			mark = ", preferred"
		}
		b.WriteString(app.Line("  %s %q, %s%s", f.Kind, f.Label, f.Status, mark))
	}
	text := b.String()
	switch {
	case st.Enabled && st.BackupCodesOff:
		text += app.Line("  %s", codesOff)
	case st.Enabled:
		text += app.Line("  %s left", app.Plural(st.BackupCodesLeft, "backup code"))
	}
	if st.LockedUntil != nil {
		text += app.Line("  one-time passwords are locked, try again %s", a.TimeInWords(*st.LockedUntil))
	}
	if !st.Enabled {
		text += app.Line("Turn it on: mfactl 2fa enable")
	}
	return text
}

func twoFactorStatus(ctx context.Context, a *app.App) (mfa.TwoFactor, error) {
	return app.Call(ctx, a, mfa.Service.TwoFactorStatus, mfa.StatusRequest{})
}

func newFactorList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List your factors", Args: app.Exactly()}
	return a.ReadCommand(cmd, "list factors", func(ctx context.Context, _ []string) error {
		st, err := twoFactorStatus(ctx, a)
		if err != nil {
			return err
		}
		return a.Print(app.ListView("FactorList", st.Factors, factorTable(st.Factors), func(f mfa.FactorInfo) string { return f.ID }))
	})
}

func factorTable(factors []mfa.FactorInfo) term.Table {
	t := term.Table{Header: []string{"ID", "KIND", "LABEL", "STATUS", "PREFERRED", "CREATED", "LAST USED"}}
	for _, f := range factors {
		t.Rows = append(t.Rows, []string{
			f.ID, string(f.Kind), f.Label, string(f.Status), app.YesNo(f.Preferred), app.Timestamp(f.CreatedAt), app.Timestamp(f.LastUsedAt),
		})
	}
	return t
}

// printFactor prints a factor after an act on it.
func printFactor(a *app.App, what string, out mfa.FactorChanged) error {
	return a.PrintDone("the factor was changed", app.View{
		Kind: "Factor", Data: out, Names: []string{out.Factor.ID}, Table: factorTable([]mfa.FactorInfo{out.Factor}),
		Say: func() string {
			if !out.Changed {
				return app.Line("%s: %q: nothing to do", out.User, out.Factor.Label)
			}
			return app.Line("%s: %q %s", out.User, out.Factor.Label, what)
		},
	})
}

func newPrefer(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "prefer FACTOR", Short: "Choose the factor that sign-in asks for", Args: app.Exactly("FACTOR")}
	return a.WriteCommand(cmd, "prefer a factor", func(ctx context.Context, args []string) error {
		out, err := app.Call(ctx, a, mfa.Service.PreferFactor, mfa.PreferRequest{Factor: args[0]})
		if err != nil {
			return err
		}
		return printFactor(a, "is preferred now", out)
	})
}

func newRename(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "rename FACTOR LABEL", Short: "Give a factor another label", Args: app.Exactly("FACTOR", "LABEL")}
	return a.WriteCommand(cmd, "rename a factor", func(ctx context.Context, args []string) error {
		out, err := app.Call(ctx, a, mfa.Service.RenameFactor, mfa.RenameRequest{Factor: args[0], Label: args[1]})
		if err != nil {
			return err
		}
		return printFactor(a, "is its label now", out)
	})
}

func newRemove(a *app.App) *cobra.Command {
	var password app.SecretSource
	var yes bool
	cmd := &cobra.Command{Use: "remove FACTOR", Aliases: []string{"rm"}, Short: "Remove a factor, but not the last one", Args: app.Exactly("FACTOR")}
	app.SecretFlags(cmd, &password, "password", "your password")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask whether you are sure")
	return a.WriteCommand(cmd, "remove a factor", func(ctx context.Context, args []string) error {
		err := app.RequireSession(ctx, a)
		if err != nil {
			return err
		}
		if err := a.Confirm(ctx, yes, "Remove the factor "+args[0]+"?"); err != nil {
			return err
		}
		req := mfa.RemoveRequest{Factor: args[0]}
		if req.Password, err = a.ReadPassword(ctx, password, "Your password"); err != nil {
			return err
		}
		out, err := app.Call(ctx, a, mfa.Service.RemoveFactor, req)
		if err != nil {
			return err
		}
		return printFactor(a, "is removed", out)
	})
}

func newResync(a *app.App) *cobra.Command {
	var first, second app.SecretSource
	cmd := &cobra.Command{
		Use:   "resync FACTOR",
		Short: "Bring a counter or a drifted clock back in step",
		Long:  "Bring a factor back in step by two codes it shows one after the other.",
		Args:  app.Exactly("FACTOR"),
	}
	app.SecretFlags(cmd, &first, "code", "the first code")
	app.SecretFlags(cmd, &second, "second-code", "the code after it")
	return a.WriteCommand(cmd, "bring a factor back in step", func(ctx context.Context, args []string) error {
		err := app.RequireSession(ctx, a)
		if err != nil {
			return err
		}
		req := mfa.ResyncRequest{Factor: args[0]}
		if req.First, err = a.ReadCode(ctx, first, "A code"); err != nil {
			return err
		}
		if req.Second, err = a.ReadCode(ctx, second, "The code after it"); err != nil {
			return err
		}
		out, err := app.Call(ctx, a, mfa.Service.ResyncFactor, req)
		if err != nil {
			return err
		}
		return printFactor(a, "is in step again", out)
	})
}

func newDisable(a *app.App) *cobra.Command {
	var password app.SecretSource
	var yes bool
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Turn off 2FA and remove every factor and code",
		Args:  app.Exactly(),
	}
	app.SecretFlags(cmd, &password, "password", "your password")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask whether you are sure")
	return a.WriteCommand(cmd, "disable 2FA", func(ctx context.Context, _ []string) error {
		err := app.RequireSession(ctx, a)
		if err != nil {
			return err
		}
		if err := a.Confirm(ctx, yes, "Turn off 2FA and remove every factor and code?"); err != nil {
			return err
		}
		var req mfa.DisableRequest
		if req.Password, err = a.ReadPassword(ctx, password, "Your password"); err != nil {
			return err
		}
		out, err := app.Call(ctx, a, mfa.Service.Disable, req)
		if err != nil {
			return err
		}
		return a.PrintDone("2FA is off", app.View{
			Kind: "Disabled", Data: out, Names: []string{out.User},
			Table: term.Table{Header: []string{"USER", "CHANGED"}, Rows: [][]string{{out.User, app.YesNo(out.Changed)}}},
			Say: func() string {
				if !out.Changed {
					return app.Line("%s: 2FA is off already", out.User)
				}
				return app.Line("%s: 2FA disabled, removed %s and %s", out.User,
					app.Plural(out.Removed.Factors, "factor"), app.Plural(out.Removed.BackupCodes, "backup code"))
			},
		})
	})
}
