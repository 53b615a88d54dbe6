// Command lookup is a yardstick: the least a cobra program can do with a SQLite
// file, one lookup.
package main

import (
	"database/sql"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	_ "modernc.org/sqlite"
)

const parameters = "?_busy_timeout=5000&_foreign_keys=1&_dqs=0&_defensive=1&_query_only=1"

func main() {
	root := &cobra.Command{Use: "lookup STORE EMAIL", Args: cobra.ExactArgs(2), SilenceUsage: true}
	root.RunE = func(c *cobra.Command, args []string) error {
		db, err := sql.Open("sqlite", "file:"+args[0]+parameters)
		if err != nil {
			return err
		}
		var id, state string
		err = db.QueryRowContext(c.Context(), "SELECT id, state FROM users WHERE email = $1", args[1]).Scan(&id, &state)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(c.OutOrStdout(), id, state); err != nil {
			return err
		}
		return db.Close()
	}
	if root.Execute() != nil {
		os.Exit(1)
	}
}
