// Command lookup is the yardstick of a reading command: it opens the very file
// that mfactl opens, with the same parameters, looks one user up by a unique
// key and prints a line. It authorizes no caller and checks nothing.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	_ "modernc.org/sqlite" // the driver
)

func main() {
	root := &cobra.Command{
		Use:   "lookup STORE EMAIL",
		Short: "Look one user up",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			state, err := lookup(cmd.Context(), args[0], args[1])
			if err == nil {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", args[1], state)
			}
			return err
		},
	}
	if err := root.ExecuteContext(context.Background()); err != nil {
		os.Exit(1)
	}
}

// lookup opens the file as mfactl opens one to read.
func lookup(ctx context.Context, path, email string) (state string, err error) {
	q := url.Values{
		"mode": {"ro"}, "_busy_timeout": {"5000"}, "_dqs": {"0"}, "_defensive": {"1"},
		"_pragma": {"trusted_schema(0)", "cell_size_check(1)"},
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return "", err
	}
	err = db.QueryRowContext(ctx, "SELECT state FROM users WHERE email = $1", email).Scan(&state)
	if closed := db.Close(); err == nil {
		err = closed
	}
	return state, err
}
