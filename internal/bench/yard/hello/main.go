// Command hello is a yardstick: the least a cobra program can be.
package main

import (
	"os"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{Use: "hello", Short: "A yardstick"}
	root.AddCommand(&cobra.Command{Use: "world", Short: "Say so", Run: func(c *cobra.Command, _ []string) { c.Println("hello") }})
	if root.Execute() != nil {
		os.Exit(1)
	}
}
