package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/mfa"
)

// completing reports whether a shell asks what could come next.
func completing(args []string) bool {
	return len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd)
}

// completable has a command tree tell a shell what may stand where. It asks no server
// and opens no store: all that is read is the file of contexts. A file is offered only
// where one is meant.
func completable(a *app.App, root *cobra.Command) {
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	flags := flagValues(a)
	arguments := argumentValues(a)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if values := arguments[strings.TrimPrefix(c.CommandPath(), "mfactl ")]; values != nil {
			c.ValidArgsFunction = values
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			values := flags[f.Name]
			if values == nil {
				values = filesOf(f)
			}
			if values != nil {
				_ = c.RegisterFlagCompletionFunc(f.Name, values) // it is there, and may be known from above
			}
			f.Usage = strings.ReplaceAll(f.Usage, "`", "") // the marks of what it takes
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// flagValues are the values of flags that take one of a few, by the name of the flag.
func flagValues(a *app.App) map[string]cobra.CompletionFunc {
	permissions := severalOf(mfa.Permissions())
	return map[string]cobra.CompletionFunc{
		"output": oneOf(app.Formats()...), "context": contextNames(a),
		"allow": permissions, "permission": permissions, "add": permissions, "remove": permissions,
		"role": oneOf(builtInRoles()...),
	}
}

// argumentValues are the values of arguments, by the path of the command.
func argumentValues(a *app.App) map[string]cobra.CompletionFunc {
	return map[string]cobra.CompletionFunc{
		"context use": first(contextNames(a)), "context show": first(contextNames(a)), "context delete": first(contextNames(a)),
		"admin policy set": rulesToSet, "admin roles show": first(oneOf(builtInRoles()...)),
	}
}

// oneOf completes to one of a few words.
func oneOf(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

// first completes the first argument alone.
func first(values cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return values(cmd, args, typed)
	}
}

// severalOf completes the last of several words with commas between them.
func severalOf[S ~string](words []S) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndex(typed, ",")+1]
		var out []string
		for _, word := range words {
			if !slices.Contains(strings.Split(before, ","), string(word)) {
				out = append(out, before+string(word))
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// contextNames completes to a context. A name that a shell would not take as it stands
// was not made by mfactl, and is left out.
func contextNames(a *app.App) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
		all, err := config.LoadContexts(a.ContextsFile())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, one := range all.List {
			if mfa.ShellWord(one.Name) == one.Name {
				names = append(names, one.Name)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// rulesToSet completes to the rules of a policy that were not given yet.
func rulesToSet(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, rule := range mfa.PolicyRules() {
		given := func(arg string) bool { return strings.HasPrefix(arg, rule.Name+"=") }
		if !slices.ContainsFunc(args, given) {
			out = append(out, rule.Name+"=\t"+rule.Values)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// helpPages completes to a topic or to a command below those that were named.
func helpPages(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	if len(args) == 0 {
		out = helpTopics()
	}
	at, rest, err := cmd.Root().Find(args)
	if err == nil && len(rest) == 0 {
		for _, sub := range at.Commands() {
			if sub.IsAvailableCommand() {
				out = append(out, sub.Name()+"\t"+sub.Short)
			}
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// filesOf completes to files or directories where a flag takes one, as its usage says.
func filesOf(f *pflag.Flag) cobra.CompletionFunc {
	takes, _ := pflag.UnquoteUsage(f)
	switch takes {
	case "file", "path":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	case "directory":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	}
	return nil
}

// builtInRoles names the roles that every community has.
func builtInRoles() (names []string) {
	for _, role := range mfa.Roles() {
		names = append(names, string(role.Role))
	}
	return names
}
