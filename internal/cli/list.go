package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// list names many users: in standard input, one a line, or in a column of a CSV
// file.
type list struct {
	csv    string
	column string
	max    int
	dir    string // a file for each user's secret
	listed bool   // many users were named
}

// maxListed is how many users a list may name unless --max says otherwise.
const maxListed = 50

func (l *list) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.csv, "csv", "", "take the users from a CSV `file`")
	f.StringVar(&l.column, "column", "email", "the `column` of --csv that names them")
	f.IntVar(&l.max, "max", maxListed, "refuse a list of more users than this")
	cmd.Args = l.args
}

func (l *list) secrets(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.dir, "save-dir", "", "write each user's secret to a new file in this `directory`")
}

// args takes one user, "-", or nothing where --csv names the users.
func (l *list) args(cmd *cobra.Command, args []string) error {
	if l.csv == "" {
		return exactly("USER")(cmd, args)
	}
	return exactly()(cmd, args)
}

// asked reports whether many users are named.
func (l *list) asked(args []string) bool { return l.csv != "" || len(args) == 1 && args[0] == "-" }

// readList reads the list, and completes each name by the default domain. It returns a usage
// error if the list is malformed, empty or too long.
func readList(a *App, l list) (users []string, err error) {
	switch {
	case l.max < 1:
		return nil, mfa.UsageError("--max", "must be 1 or more")
	case l.csv == "":
		users, err = readUsers(a.In, l.max)
	default:
		f, failed := os.Open(l.csv)
		if failed != nil {
			return nil, mfa.UsageError("--csv", "cannot be read: %s", why(failed)).WithCause(failed)
		}
		users, err = readColumn(f, l.column, l.max)
		_ = f.Close() // it was only read
	}
	for i := range users {
		users[i] = a.user(users[i])
	}
	return users, err
}

// oneUser refuses "-", which means a list of users, where only one code is given.
func oneUser(arg string) error {
	if arg == "-" {
		return mfa.UsageError("USER", "one code cannot be checked for several users")
	}
	return nil
}
