package app

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// userList names many users: in standard input, one a line, or in a column of a CSV
// file.
type userList struct {
	csv    string
	column string
	max    int
	Dir    string // a file for each user's secret
	listed bool   // many users were named
}

// maxListed is how many users a list may name unless --max says otherwise.
const maxListed = 50

// Flags adds the flags that name many users, and takes the arguments of the command.
func (l *userList) Flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.csv, "csv", "", "take the users from a CSV `file`")
	f.StringVar(&l.column, "column", "email", "the `column` of --csv that names them")
	f.IntVar(&l.max, "max", maxListed, "refuse a list of more users than this")
	cmd.Args = l.args
}

// Secrets adds the flag that names a directory for the secrets of the users.
func (l *userList) Secrets(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.Dir, "save-dir", "", "write each user's secret to a new file in this `directory`")
}

// args takes one user, "-", or nothing where --csv names the users.
func (l *userList) args(cmd *cobra.Command, args []string) error {
	if l.csv == "" {
		return Exactly("USER")(cmd, args)
	}
	return Exactly()(cmd, args)
}

// Asked reports whether many users are named.
func (l *userList) Asked(args []string) bool { return l.csv != "" || len(args) == 1 && args[0] == "-" }

// readList reads the list, and completes each name by the default domain. It returns a usage
// error if the list is malformed, empty or too long.
func readList(a *App, l userList) (users []string, err error) {
	switch {
	case l.max < 1:
		return nil, mfa.UsageError("--max", "must be 1 or more")
	case l.csv == "":
		a.given = true
		users, err = readUsers(a.In, l.max)
	default:
		f, failed := os.Open(l.csv)
		if failed != nil {
			return nil, mfa.UsageError("--csv", "cannot be read: %s", Reason(failed)).WithCause(failed)
		}
		info, failed := f.Stat()
		a.given = a.given || failed != nil || !info.Mode().IsRegular() // a pipe gives its text once
		users, err = readColumn(f, l.column, l.max)
		_ = f.Close() // it was only read
	}
	for i := range users {
		users[i] = a.UserName(users[i])
	}
	return users, err
}

// RefuseList refuses "-", which means a list of users, where only one code is given.
func RefuseList(arg string) error {
	if arg == "-" {
		return mfa.UsageError("USER", "one code cannot be checked for several users")
	}
	return nil
}

// maxListLine bounds one line of a list, in bytes.
const maxListLine = 1024

// byteOrderMark is what some editors put before UTF-8 text.
const byteOrderMark = "\ufeff"

// trimmed takes away what nobody sees around a name. A mark stands inside a list
// where files were joined.
func trimmed(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || string(r) == byteOrderMark })
}

// readUsers reads the users of a list, one a line. Carriage returns, byte order
// marks, blank lines and lines that begin with # are forgiven; who is named twice
// counts once. Usage for a line that names nobody, for an empty list, and for
// more users than max.
func readUsers(r io.Reader, max int) ([]string, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxListLine), maxListLine)
	var l named
	for n := 1; lines.Scan(); n++ {
		text := trimmed(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := l.add(text, n, max); err != nil {
			return nil, err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, mfa.UsageError("-", "a line of the list is longer than %d bytes", maxListLine)
	}
	return l.whole("-", lines.Err())
}

// readColumn reads the users from one column of a CSV file (RFC 4180) whose first
// line names the columns.
func readColumn(r io.Reader, column string, max int) ([]string, error) {
	rows := csv.NewReader(withoutMark(r))
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return nil, badCSV(err)
	}
	names := slices.Clone(header)
	at := slices.Index(names, column)
	if at < 0 {
		return nil, mfa.UsageError("--column", "no column %q in the file", column).WithHint("it has %s", strings.Join(names, ", "))
	}
	var l named
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return l.whole("--csv", nil)
		}
		if err != nil {
			return nil, badCSV(err)
		}
		text := trimmed(term.PlainCell(row[at]))
		if text == "" {
			continue
		}
		n, _ := rows.FieldPos(at)
		if err := l.add(strings.Clone(text), n, max); err != nil {
			return nil, err
		}
	}
}

func badCSV(err error) error {
	if errors.Is(err, io.EOF) {
		return mfa.UsageError("--csv", "the file is empty")
	}
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return mfa.UsageError("--csv", "line %d: %v", e.Line, e.Err)
	}
	return mfa.UsageError("--csv", "cannot be read: %s", Reason(err)).WithCause(err)
}

// named is the users of a list so far, each once.
type named struct {
	users []string
	seen  map[string]bool
}

func (l *named) add(text string, line, max int) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return mfa.UsageError("list", "line %d is not text in UTF-8", line)
	case len(text) > maxListLine:
		return mfa.UsageError("list", "line %d is longer than %d bytes", line, maxListLine)
	case l.seen[text]:
		return nil
	case len(l.users) == max:
		return mfa.UsageError("--max", "the list names more than %d users; nothing was done", max).
			WithHint("repeat with --max %s if you mean it", strconv.Itoa(10*max))
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[text] = true
	l.users = append(l.users, text)
	return nil
}

func (l *named) whole(flag string, err error) ([]string, error) {
	if err != nil {
		return nil, mfa.UsageError(flag, "cannot be read: %s", Reason(err)).WithCause(err)
	}
	if len(l.users) == 0 {
		return nil, mfa.UsageError(flag, "the list names nobody")
	}
	return l.users, nil
}

// withoutMark drops a byte order mark at the beginning.
func withoutMark(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if head, _ := b.Peek(len(byteOrderMark)); string(head) == byteOrderMark {
		_, _ = b.Discard(len(head)) // it was read already
	}
	return b
}
