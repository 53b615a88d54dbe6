package account

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newStatus(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Tell whether 2FA is on, and with what", Args: app.Exactly()}
	return app.Show(a, cmd, "show the 2FA state", ownTwoFactor(a), func(a *app.App, st mfa.TwoFactor) app.View {
		return app.View{
			Kind: "TwoFactorStatus", Data: st, Names: []string{string(st.State)},
			Header: []string{"USER", "2FA", "REQUIRED", "FACTORS", "BACKUP CODES LEFT"},
			Rows: [][]string{{
				st.User, string(st.State), app.YesNo(st.Required), strconv.Itoa(len(st.Factors)), strconv.Itoa(st.BackupCodesLeft),
			}},
			Say: func() string { return sayStatus(a, st) },
		}
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
	return app.Call(ctx, a, mfa.Service.TwoFactorStatus, mfa.TwoFactorStatusRequest{})
}

// ownTwoFactor is twoFactorStatus as the call of a command.
func ownTwoFactor(a *app.App) func(context.Context, []string) (mfa.TwoFactor, error) {
	return func(ctx context.Context, _ []string) (mfa.TwoFactor, error) { return twoFactorStatus(ctx, a) }
}

func newFactorList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List your factors", Args: app.Exactly()}
	return app.Show(a, cmd, "list factors", ownTwoFactor(a), func(_ *app.App, st mfa.TwoFactor) app.View { return factors().List(st.Factors) })
}

func factors() app.Items[mfa.FactorInfo] {
	return app.Items[mfa.FactorInfo]{
		Kind: "Factor", Header: []string{"ID", "KIND", "LABEL", "STATUS", "PREFERRED", "CREATED", "LAST USED"},
		Name: func(f mfa.FactorInfo) string { return f.ID },
		Row: func(f mfa.FactorInfo) []string {
			return []string{
				f.ID, string(f.Kind), f.Label, string(f.Status), app.YesNo(f.Preferred), app.Timestamp(f.CreatedAt), app.Timestamp(f.LastUsedAt),
			}
		},
	}
}

// actOnFactor makes a command print a factor after an act on it. The text what says what became of it.
func actOnFactor(a *app.App, cmd *cobra.Command, doing, what string, call func(ctx context.Context, args []string) (mfa.FactorChanged, error)) *cobra.Command {
	return app.Act(a, cmd, doing, call, func(_ *app.App, out mfa.FactorChanged) app.View {
		return factors().One(out.Factor, out, func() string {
			if !out.Changed {
				return app.Line("%s: %q: nothing to do", out.User, out.Factor.Label)
			}
			return app.Line("%s: %q %s", out.User, out.Factor.Label, what)
		}).WithDone("the factor was changed")
	})
}

func newPrefer(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "prefer FACTOR", Short: "Choose the factor that sign-in asks for", Args: app.Exactly("FACTOR")}
	return actOnFactor(a, cmd, "prefer a factor", "is preferred now", func(ctx context.Context, args []string) (mfa.FactorChanged, error) {
		return app.Call(ctx, a, mfa.Service.PreferFactor, mfa.PreferFactorRequest{Factor: args[0]})
	})
}

func newRename(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "rename FACTOR LABEL", Short: "Give a factor another label", Args: app.Exactly("FACTOR", "LABEL")}
	return actOnFactor(a, cmd, "rename a factor", "is its label now", func(ctx context.Context, args []string) (mfa.FactorChanged, error) {
		return app.Call(ctx, a, mfa.Service.RenameFactor, mfa.RenameFactorRequest{Factor: args[0], Label: args[1]})
	})
}

func newRemove(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "remove FACTOR", Aliases: []string{"rm"}, Short: "Remove a factor, but not the last one", Args: app.Exactly("FACTOR")}
	password := app.SecretFlags(cmd, "password", "your password")
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask whether you are sure")
	return actOnFactor(a, cmd, "remove a factor", "is removed", func(ctx context.Context, args []string) (mfa.FactorChanged, error) {
		req := mfa.RemoveFactorRequest{Factor: args[0]}
		return app.AskAndCall(ctx, a, mfa.Service.RemoveFactor, &req,
			app.Sure(*yes, "Remove the factor "+args[0]+"?"), app.Password(&req.Password, password, "Your password"))
	})
}

func newResync(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "resync FACTOR",
		Short: "Bring a counter or a drifted clock back in step",
		Long: `Bring a factor back in step by two codes it shows one after the other.

After a hundred wrong codes in a row, app codes are disabled. Sign in with a backup code,
then this command enables them again. It asks for your password then.`,
		Example: "  mfactl 2fa resync phone",
		Args:    app.Exactly("FACTOR"),
	}
	password := app.SecretFlags(cmd, "password", "your own password")
	first := app.SecretFlags(cmd, "code", "the first code")
	second := app.SecretFlags(cmd, "second-code", "the code after it")
	return actOnFactor(a, cmd, "bring a factor back in step", "is in step again", func(ctx context.Context, args []string) (mfa.FactorChanged, error) {
		req := mfa.ResyncFactorRequest{Factor: args[0]}
		if err := app.AskBefore(ctx, a, app.Code(&req.First, first, "A code"), app.Code(&req.Second, second, "The code after it")); err != nil {
			return mfa.FactorChanged{}, err
		}
		return app.CallProving(ctx, a, "", password, false, mfa.Service.ResyncFactor, func(p mfa.Secret) mfa.ResyncFactorRequest {
			req.Password = p
			return req
		})
	})
}

func newDisable(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Turn off 2FA and remove every factor and code",
		Args:  app.Exactly(),
	}
	password := app.SecretFlags(cmd, "password", "your password")
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask whether you are sure")
	disable := func(ctx context.Context, _ []string) (mfa.Disabled, error) {
		var req mfa.DisableRequest
		return app.AskAndCall(ctx, a, mfa.Service.Disable, &req,
			app.Sure(*yes, "Turn off 2FA and remove every factor and code?"), app.Password(&req.Password, password, "Your password"))
	}
	return app.Act(a, cmd, "disable 2FA", disable, func(_ *app.App, out mfa.Disabled) app.View {
		return app.View{
			Kind: "Disabled", Data: out, Names: []string{out.User}, Done: "2FA is off",
			Header: []string{"USER", "CHANGED"}, Rows: [][]string{{out.User, app.YesNo(out.Changed)}},
			Say: func() string {
				if !out.Changed {
					return app.Line("%s: 2FA is off already", out.User)
				}
				return app.Line("%s: 2FA disabled, removed %s and %s", out.User,
					app.Plural(out.Removed.Factors, "factor"), app.Plural(out.Removed.BackupCodes, "backup code"))
			},
		}
	})
}
