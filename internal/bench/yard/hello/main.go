// Command hello is the yardstick of start-up: a command tree with help pages
// and nothing behind them. What mfactl takes beyond it is its own doing.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{
		Use:   "hello",
		Short: "Say hello",
		Long:  "hello says hello, to one, to many, or to somebody in particular.",
	}
	for _, name := range []string{"one", "many", "somebody"} {
		root.AddCommand(&cobra.Command{
			Use:   name,
			Short: "Say hello to " + name,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "hello", name)
				return err
			},
		})
	}
	if err := root.Execute(); err != nil {
		os.Exit(1)
	}
}
