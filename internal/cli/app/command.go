package app

import (
	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Group is a command that only holds others. Any other word after it is an error
// and does not show a page of help.
func Group(use, short string, aliases []string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Aliases: aliases, Args: cobra.ArbitraryArgs, RunE: GroupRun}
	g.AddCommand(commands...)
	return g
}

// GroupRun shows the help of a command that only holds others. It refuses a command that is
// not among them.
func GroupRun(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	e := mfa.UsageError("command", "no such command: %s %s", cmd.CommandPath(), args[0])
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return e.WithHint("did you mean %s %s?", cmd.CommandPath(), near[0])
	}
	return e.WithHint("%s --help", cmd.CommandPath())
}

// Exactly asks for so many arguments of these names.
func Exactly(names ...string) cobra.PositionalArgs { return positional(len(names), names) }

// AtMostOne takes one argument or none.
func AtMostOne() cobra.PositionalArgs { return positional(0, []string{"argument"}) }

// positional takes arguments of these names, of which the first ones are needed.
func positional(needed int, names []string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < needed:
			return mfa.UsageError(names[len(args)], "missing").WithHint("%s", cmd.UseLine())
		case len(args) > len(names):
			return mfa.UsageError("arguments", "too many").WithHint("%s", cmd.UseLine())
		}
		for i, arg := range args {
			if arg == "" {
				return mfa.UsageError(names[i], "empty").WithHint("check that the variable it comes from is set")
			}
		}
		return nil
	}
}

// nonEmptyFlags are the flags that must not be empty: an unset shell variable would silently
// change the place, the user or the secret that the command works with.
func nonEmptyFlags() []string {
	return []string{
		"context", "server", "ca-file", "store", "key-file", "config", "community",
		"token-file", "password-file", "new-password-file", "code-file", "second-code-file", "tls-cert", "tls-key",
		"for", "parent", "session", "idempotency-key", "csv", "save", "save-dir", "output", "jq",
	}
}

// refuseEmptyFlags returns a usage error if one of these flags was given and is empty.
func refuseEmptyFlags(cmd *cobra.Command) error {
	for _, name := range nonEmptyFlags() {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return mfa.UsageError("--"+name, "empty").WithHint("leave it out, or see whether a variable is not set")
		}
	}
	return nil
}
