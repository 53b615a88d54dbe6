package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// guardHelp makes help a usage error in a command line that hands over a secret.
// A script that passes a code wants a verdict. If the user name of that script is
// "-h", a page of help and exit status 0 would say that the code was right.
//
// The function that it returns is to be called after the command has run. It returns
// the error if help was asked for and refused.
func guardHelp(root *cobra.Command, args []string) (refused func() error) {
	var err error
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, rest []string) {
		if flag := secretFlagIn(args); flag != "" {
			err = mfa.UsageError("--help", "not available together with %s", flag).
				WithHint(`an argument that may begin with "-" comes last, after --, as in: %s [flags] -- "$USER"`, cmd.CommandPath())
			return
		}
		show(cmd, rest)
	})
	return func() error { return err }
}

// secretFlagIn returns the first flag of a command line that hands over a secret, or
// nothing. It goes by the words and not by the flags that were parsed: the flag -o in
// "-ho" takes the word after it as its value, whatever that word is. All flags of a
// secret are named like this, and a flag is one of them unless it is known not to be.
func secretFlagIn(args []string) string {
	for _, arg := range args {
		flag, _, _ := strings.Cut(arg, "=")
		secret := strings.HasSuffix(flag, "-stdin") || strings.HasSuffix(flag, "-file")
		if strings.HasPrefix(flag, "--") && secret && !slices.Contains([]string{"--ca-file", "--key-file"}, flag) {
			return flag
		}
	}
	return ""
}
