package cli

import "github.com/spf13/cobra"

func newDemo(*App) *cobra.Command {
	return &cobra.Command{Use: "demo", Short: "Show a whole account's life on a throw-away store"}
}
