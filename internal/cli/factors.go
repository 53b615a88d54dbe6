package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newStatus(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Tell whether 2FA is on, and with what", Args: exactly()}
	cmd.RunE = a.readCommand("show the 2FA state", func(ctx context.Context, _ []string) error {
		st, err := twoFactorStatus(ctx, a)
		if err != nil {
			return err
		}
		return a.print(view{
			kind: "TwoFactorStatus", data: st, names: []string{string(st.State)},
			table: term.Table{
				Header: []string{"USER", "2FA", "REQUIRED", "FACTORS", "BACKUP CODES LEFT"},
				Rows: [][]string{{
					st.User, string(st.State), yesNo(st.Required), strconv.Itoa(len(st.Factors)), strconv.Itoa(st.BackupCodesLeft),
				}},
			},
			say: func() string { return sayStatus(a, st) },
		})
	})
	return cmd
}

func sayStatus(a *App, st mfa.TwoFactor) string {
	var b strings.Builder
	b.WriteString(line("%s: 2FA is %s", st.User, st.State))
	for _, f := range st.Factors {
		mark := ""
		if f.Preferred {
			mark = ", preferred"
		}
		b.WriteString(line("  %s %q, %s%s", f.Kind, f.Label, f.Status, mark))
	}
	text := b.String()
	switch {
	case st.Enabled && st.BackupCodesOff:
		text += line("  %s", codesOff)
	case st.Enabled:
		text += line("  %s left", plural(st.BackupCodesLeft, "backup code"))
	}
	if st.LockedUntil != nil {
		text += line("  one-time passwords are locked, try again %s", a.people(*st.LockedUntil))
	}
	if !st.Enabled {
		text += line("Turn it on: mfactl 2fa enable")
	}
	return text
}

func twoFactorStatus(ctx context.Context, a *App) (mfa.TwoFactor, error) {
	return call(ctx, a, mfa.Service.TwoFactorStatus, mfa.StatusRequest{})
}

func newFactorList(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List your factors", Args: exactly()}
	cmd.RunE = a.readCommand("list factors", func(ctx context.Context, _ []string) error {
		st, err := twoFactorStatus(ctx, a)
		if err != nil {
			return err
		}
		return a.print(listView("FactorList", st.Factors, factorTable(st.Factors), func(f mfa.FactorInfo) string { return f.ID }))
	})
	return cmd
}

func factorTable(factors []mfa.FactorInfo) term.Table {
	t := term.Table{Header: []string{"ID", "KIND", "LABEL", "STATUS", "PREFERRED", "CREATED", "LAST USED"}}
	for _, f := range factors {
		t.Rows = append(t.Rows, []string{
			f.ID, string(f.Kind), f.Label, string(f.Status), yesNo(f.Preferred), stamp(f.CreatedAt), stamp(f.LastUsedAt),
		})
	}
	return t
}

// printFactor prints a factor after an act on it.
func printFactor(a *App, what string, out mfa.FactorChanged) error {
	return a.printDone("the factor was changed", view{
		kind: "Factor", data: out, names: []string{out.Factor.ID}, table: factorTable([]mfa.FactorInfo{out.Factor}),
		say: func() string {
			if !out.Changed {
				return line("%s: %q: nothing to do", out.User, out.Factor.Label)
			}
			return line("%s: %q %s", out.User, out.Factor.Label, what)
		},
	})
}

func newPrefer(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "prefer FACTOR", Short: "Choose the factor that sign-in asks for", Args: exactly("FACTOR")}
	cmd.RunE = a.writeCommand("prefer a factor", func(ctx context.Context, args []string) error {
		out, err := call(ctx, a, mfa.Service.PreferFactor, mfa.PreferRequest{Factor: args[0]})
		if err != nil {
			return err
		}
		return printFactor(a, "is preferred now", out)
	})
	return cmd
}

func newRename(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "rename FACTOR LABEL", Short: "Give a factor another label", Args: exactly("FACTOR", "LABEL")}
	cmd.RunE = a.writeCommand("rename a factor", func(ctx context.Context, args []string) error {
		out, err := call(ctx, a, mfa.Service.RenameFactor, mfa.RenameRequest{Factor: args[0], Label: args[1]})
		if err != nil {
			return err
		}
		return printFactor(a, "is its label now", out)
	})
	return cmd
}

func newRemove(a *App) *cobra.Command {
	var password source
	var yes bool
	cmd := &cobra.Command{Use: "remove FACTOR", Aliases: []string{"rm"}, Short: "Remove a factor, but not the last one", Args: exactly("FACTOR")}
	secretFlags(cmd, &password, "password", "your password")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask whether you are sure")
	cmd.RunE = a.writeCommand("remove a factor", func(ctx context.Context, args []string) error {
		err := requireSession(ctx, a)
		if err != nil {
			return err
		}
		if err := a.sure(ctx, yes, "Remove the factor "+args[0]+"?"); err != nil {
			return err
		}
		req := mfa.RemoveRequest{Factor: args[0]}
		if req.Password, err = a.password(ctx, password, "Your password"); err != nil {
			return err
		}
		out, err := call(ctx, a, mfa.Service.RemoveFactor, req)
		if err != nil {
			return err
		}
		return printFactor(a, "is removed", out)
	})
	return cmd
}

func newResync(a *App) *cobra.Command {
	var first, second source
	cmd := &cobra.Command{
		Use:   "resync FACTOR",
		Short: "Bring a counter or a drifted clock back in step",
		Long:  "Bring a factor back in step by two codes it shows one after the other.",
		Args:  exactly("FACTOR"),
	}
	secretFlags(cmd, &first, "code", "the first code")
	secretFlags(cmd, &second, "second-code", "the code after it")
	cmd.RunE = a.writeCommand("bring a factor back in step", func(ctx context.Context, args []string) error {
		err := requireSession(ctx, a)
		if err != nil {
			return err
		}
		req := mfa.ResyncRequest{Factor: args[0]}
		if req.First, err = a.code(ctx, first, "A code"); err != nil {
			return err
		}
		if req.Second, err = a.code(ctx, second, "The code after it"); err != nil {
			return err
		}
		out, err := call(ctx, a, mfa.Service.ResyncFactor, req)
		if err != nil {
			return err
		}
		return printFactor(a, "is in step again", out)
	})
	return cmd
}

func newDisable(a *App) *cobra.Command {
	var password source
	var yes bool
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Turn off 2FA and remove every factor and code",
		Args:  exactly(),
	}
	secretFlags(cmd, &password, "password", "your password")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask whether you are sure")
	cmd.RunE = a.writeCommand("disable 2FA", func(ctx context.Context, _ []string) error {
		err := requireSession(ctx, a)
		if err != nil {
			return err
		}
		if err := a.sure(ctx, yes, "Turn off 2FA and remove every factor and code?"); err != nil {
			return err
		}
		var req mfa.DisableRequest
		if req.Password, err = a.password(ctx, password, "Your password"); err != nil {
			return err
		}
		out, err := call(ctx, a, mfa.Service.Disable, req)
		if err != nil {
			return err
		}
		return a.printDone("2FA is off", view{
			kind: "Disabled", data: out, names: []string{out.User},
			table: term.Table{Header: []string{"USER", "CHANGED"}, Rows: [][]string{{out.User, yesNo(out.Changed)}}},
			say: func() string {
				if !out.Changed {
					return line("%s: 2FA is off already", out.User)
				}
				return line("%s: 2FA disabled, removed %s and %s", out.User,
					plural(out.Removed.Factors, "factor"), plural(out.Removed.BackupCodes, "backup code"))
			},
		})
	})
	return cmd
}
