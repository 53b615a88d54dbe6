package cli

import (
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/spf13/cobra"
)

// group is a command that only holds others. What is none of them is an error
// and not a page of help.
func group(use, short string, aliases []string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Aliases: aliases, Args: cobra.ArbitraryArgs, RunE: groupRun}
	g.AddCommand(commands...)
	return g
}

func groupRun(cmd *cobra.Command, args []string) error {
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

// exactly asks for so many arguments of these names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return mfa.UsageError(names[len(args)], "missing").WithHint("%s", cmd.UseLine())
		case len(args) > len(names):
			return mfa.UsageError("arguments", "too many").WithHint("%s", cmd.UseLine())
		}
		for i, arg := range args {
			if arg == "" {
				return emptyArgument(names[i])
			}
		}
		return nil
	}
}

// emptyArgument refuses an argument that is given and empty.
func emptyArgument(name string) error {
	return mfa.UsageError(name, "empty").WithHint("check that the variable it comes from is set")
}

// atMostOne takes one argument or none.
func atMostOne() cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > 1:
			return mfa.UsageError("arguments", "too many").WithHint("%s", cmd.UseLine())
		case len(args) == 1 && args[0] == "":
			return emptyArgument("argument")
		}
		return nil
	}
}
