package cli

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mfactl/mfactl/internal/cli/account"
	"github.com/mfactl/mfactl/internal/cli/admin"
	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/cli/host"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Commands returns the command tree for documentation. It touches nothing.
func Commands() *cobra.Command { return newRoot(&app.App{}, true) }

// wantsAll reports whether a command line may be about commands below admin: half
// of all there are, which take as long to make as the rest of --help.
func wantsAll(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return arg == "admin" || arg == "help" || strings.HasPrefix(arg, cobra.ShellCompRequestCmd)
	})
}

// newRoot makes the command tree, all of it or without what is below admin.
func newRoot(a *app.App, all bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "mfactl",
		Short: "Administer two-factor authentication from a terminal",
		Long: `mfactl administers two-factor authentication from a terminal: it enables it with
a QR code, makes backup codes, checks codes, resets another user's 2FA with a
24-hour recovery code, and keeps an audit trail.

Start with "mfactl demo", or with "mfactl init" for your own store.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          app.GroupRun,
	}
	a.AddFlags(root.PersistentFlags())
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddGroup(
		&cobra.Group{ID: "start", Title: "Start:"},
		&cobra.Group{ID: "own", Title: "Your own account:"},
		&cobra.Group{ID: "others", Title: "Others:"},
		&cobra.Group{ID: "more", Title: "More:"},
	)
	in := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	in("start", host.NewDemo(a, Run), host.NewInit(a, account.EnableFirst), account.NewLogin(a), account.NewLogout(a), account.NewWhoAmI(a))
	in("own", account.NewTwoFactor(a), account.NewBackupCodes(a), account.NewPassword(a))
	in("others", account.NewVerify(a), admin.New(a, all))
	in("more", host.NewServe(a), account.NewContext(a), host.NewDoctor(a), host.NewStore(a), newCompletion(a), newVersion(a))
	help := newHelp(root)
	help.GroupID = "more"
	root.SetHelpCommand(help)
	root.SetHelpCommandGroupID("more")
	return root
}

// flagError names the flag that is wrong.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	field := "flags"
	if wrong, is := errors.AsType[*pflag.InvalidValueError](err); is {
		return mfa.UsageError("--"+wrong.GetFlag().Name, "%s", whyNot(wrong.Unwrap())).WithHint("%s --help", cmd.CommandPath())
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(` :"',`, r) }) {
		if strings.HasPrefix(word, "-") {
			field = word
			break
		}
	}
	return mfa.UsageError(field, "%s", text).WithHint("%s --help", cmd.CommandPath())
}

// whyNot says in words why a value is not valid.
func whyNot(err error) string {
	wrong, is := errors.AsType[*strconv.NumError](err)
	switch {
	case !is:
		return err.Error()
	case wrong.Func == "ParseBool":
		return "neither true nor false"
	case errors.Is(wrong.Err, strconv.ErrRange):
		return "too large a number"
	}
	return "not a number"
}
