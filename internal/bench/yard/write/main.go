// Command write is the yardstick of a command that changes one thing for good: it
// opens the very file that mfactl opens, with the same parameters, updates one row
// in one durable transaction and closes the file, which moves the log into it. It
// authorizes no caller and checks nothing.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	_ "modernc.org/sqlite" // the driver
)

func main() {
	root := &cobra.Command{
		Use:   "write STORE NAME",
		Short: "Change one value",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := write(cmd.Context(), args[0], args[1])
			if err == nil {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: changed\n", args[1])
			}
			return err
		},
	}
	if err := root.ExecuteContext(context.Background()); err != nil {
		os.Exit(1)
	}
}

// write opens the file as mfactl opens one to write.
func write(ctx context.Context, path, name string) error {
	q := url.Values{
		"mode": {"rw"}, "_txlock": {"immediate"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"},
		"_busy_timeout": {"5000"}, "_dqs": {"0"}, "_defensive": {"1"},
		"_pragma": {"secure_delete(1)", "journal_size_limit(8388608)", "trusted_schema(0)", "cell_size_check(1)"},
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		"bench_"+name, time.Now().String())
	if closed := db.Close(); err == nil {
		err = closed
	}
	return err
}
