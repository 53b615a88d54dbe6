package cli

import (
	"context"
	"embed"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

//go:embed help/*.md
var topics embed.FS

func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: "Help about a command, or administration, authority, environment, exit-codes, recovery, scripting",

		ValidArgsFunction: helpPages,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if text, ok := topic(args[0]); ok {
					_, err := io.WriteString(cmd.OutOrStdout(), text)
					return err
				}
			}
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 && found.HasSubCommands() {
				return mfa.UsageError("help", "no such command or topic: %s", strings.Join(args, " ")).WithHint("mfactl help")
			}
			return found.Help()
		},
	}
}

// topic returns a page of help.
func topic(name string) (string, bool) {
	if name == "exit-codes" {
		return ExitCodes(), true
	}
	b, err := topics.ReadFile("help/" + name + ".md")
	return string(b), err == nil
}

// helpTopics names the pages of help that are of no command.
func helpTopics() []string {
	names := []string{"exit-codes"}
	pages, _ := topics.ReadDir("help") // it is part of the program
	for _, page := range pages {
		names = append(names, strings.TrimSuffix(page.Name(), ".md"))
	}
	return names
}

// ExitCodes is the table of exit statuses in Markdown, made of the table of
// error codes.
func ExitCodes() string {
	var b strings.Builder
	b.WriteString("| exit | code | when |\n|---|---|---|\n| 0 | | done, or so already |\n")
	for _, f := range mfa.Codes() {
		fmt.Fprintf(&b, "| %d | %s | %s |\n", f.Exit, f.Code, f.When)
	}
	return b.String()
}

// version is what a build is made of.
type version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Date    string `json:"date,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func newVersion(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "version", Short: "Tell the version", Args: app.Exactly()}
	return a.Prepare(cmd, "tell the version", a.FallBack, func(_ context.Context, _ []string) error {
		v := version{app.Version, app.Commit, app.Date, runtime.Version(), runtime.GOOS, runtime.GOARCH}
		if info, ok := debug.ReadBuildInfo(); ok && v.Version == "dev" && info.Main.Version != "" {
			v.Version = info.Main.Version
		}
		return a.Print(app.View{
			Kind: "Version", Data: v, Names: []string{v.Version},
			Header: []string{"VERSION", "COMMIT", "DATE", "GO", "OS", "ARCH"},
			Rows:   [][]string{{v.Version, v.Commit, v.Date, v.Go, v.OS, v.Arch}},
			Say:    func() string { return app.Line("mfactl %s (%s %s/%s)", v.Version, v.Go, v.OS, v.Arch) },
		})
	})
}

func newCompletion(*app.App) *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "Write a completion script for a shell",
		Args:      app.Exactly("SHELL"),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return mfa.UsageError("SHELL", "no such shell: %s", args[0]).WithHint("bash, zsh, fish or powershell")
		},
	}
}
