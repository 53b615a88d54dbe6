package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// maxSecretFile bounds what a secret is read from, in bytes.
const maxSecretFile = 64 << 10

// SecretSource is where one secret comes from: standard input, a file, or a question.
// There is no flag that takes a secret itself.
type SecretSource struct {
	Name  string // the flags' stem: password, code
	stdin bool
	file  string
}

// SecretFlags adds --NAME-stdin and --NAME-file.
func SecretFlags(cmd *cobra.Command, name, what string) *SecretSource {
	s := &SecretSource{Name: name}
	cmd.Flags().BoolVar(&s.stdin, name+"-stdin", false, "read "+what+" from standard input")
	cmd.Flags().StringVar(&s.file, name+"-file", "", "read "+what+" from a `file`, pipe or /dev/fd/N")
	return s
}

// Given reports whether the secret need not be asked for. A nil source gives nothing.
func (s *SecretSource) Given() bool { return s != nil && (s.stdin || s.file != "") }

// ReadSecret reads the secret from where the flags say.
func (a *App) ReadSecret(ctx context.Context, s *SecretSource) (mfa.Secret, error) {
	flag := "--" + s.Name + "-file"
	if s.stdin && s.file != "" {
		return mfa.Secret{}, mfa.UsageError(flag, "given together with --%s-stdin", s.Name)
	}
	if s.stdin {
		flag = "--" + s.Name + "-stdin"
	}
	open := func() (io.ReadCloser, error) { return os.Open(s.file) }
	if s.stdin || isStdin(s.file) {
		open = func() (io.ReadCloser, error) { return io.NopCloser(a.In), nil }
	}
	a.given = true
	b, err := readAll(ctx, open)
	if ctx.Err() != nil {
		return mfa.Secret{}, context.Cause(ctx)
	}
	if err != nil {
		return mfa.Secret{}, mfa.UsageError(flag, "cannot be read: %s", Reason(err)).WithCause(err)
	}
	b = withoutNewline(bytes.TrimPrefix(b, []byte(byteOrderMark)))
	switch {
	case len(b) == 0:
		return mfa.Secret{}, mfa.UsageError(flag, "empty")
	case len(b) > maxSecretFile:
		return mfa.Secret{}, mfa.UsageError(flag, "longer than %d bytes", maxSecretFile)
	}
	return mfa.NewSecret(string(b)), nil
}

// oneReader refuses a command of which two things would read standard input, before
// it does anything: the second would find nothing, or half of the first.
func oneReader(cmd *cobra.Command, args []string) error {
	var readers []string
	if cmd.Flags().Lookup("csv") != nil && len(args) == 1 && args[0] == "-" {
		readers = append(readers, "the list")
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		asked := strings.HasSuffix(f.Name, "-stdin") && f.Value.String() == "true"
		file := strings.HasSuffix(f.Name, "-file") || f.Name == "csv"
		if asked || file && isStdin(f.Value.String()) {
			readers = append(readers, "--"+f.Name)
		}
	})
	if len(readers) > 1 {
		return mfa.UsageError(readers[1], "standard input is read by %s already", readers[0])
	}
	return nil
}

// isStdin reports whether a file is standard input by another name.
func isStdin(path string) bool {
	return slices.Contains([]string{"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}, path)
}

// readAll reads a file that may be a pipe nobody writes to: a signal ends the
// waiting, and the reading is left to the end of the process.
func readAll(ctx context.Context, open func() (io.ReadCloser, error)) ([]byte, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		f, err := open()
		if err != nil {
			done <- result{nil, err}
			return
		}
		b, err := io.ReadAll(io.LimitReader(f, maxSecretFile+int64(len(byteOrderMark+"\r\n"))+1))
		done <- result{b, errors.Join(err, f.Close())}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.b, r.err
	}
}

// withoutNewline drops one line end.
func withoutNewline(b []byte) []byte {
	if rest, ok := bytes.CutSuffix(b, []byte("\n")); ok {
		return bytes.TrimSuffix(rest, []byte("\r"))
	}
	return b
}

// Reason is the reason of a file error without the path, which may be long.
func Reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// ReadPassword reads the caller's password, or asks for it once a run.
func (a *App) ReadPassword(ctx context.Context, s *SecretSource, prompt string) (mfa.Secret, error) {
	if !a.TypedPassword.IsZero() {
		return a.TypedPassword, nil
	}
	if s.Given() {
		given, err := a.ReadSecret(ctx, s)
		a.TypedPassword = given
		return given, err
	}
	text, err := a.Term.Password(ctx, prompt+": ")
	if err != nil {
		return mfa.Secret{}, orMissing("--"+s.Name+"-file", err)
	}
	if text == "" {
		return mfa.Secret{}, mfa.UsageError("password", "empty")
	}
	a.TypedPassword = mfa.NewSecret(text)
	return a.TypedPassword, nil
}

// Confirm asks for a confirmation unless --yes was given.
func (a *App) Confirm(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	ok, err := a.Term.Confirm(ctx, question)
	if err == nil && !ok {
		return &mfa.Error{Code: mfa.Canceled}
	}
	return orMissing("--yes", err)
}

// ConfirmName has the name of whom it is about typed.
func ConfirmName(ctx context.Context, a *App, name string) error {
	return confirmText(ctx, a, name, "Type "+name+" to go on: ")
}

// confirmCount has the number of users typed.
func confirmCount(ctx context.Context, a *App, doing string, due, all int) error {
	n := strconv.Itoa(due)
	return confirmText(ctx, a, n, "Of "+Plural(all, "user")+", "+n+" would be changed. Type "+n+" to "+doing+" them: ")
}

func confirmText(ctx context.Context, a *App, want, prompt string) error {
	text, err := a.Term.Line(ctx, prompt)
	if err == nil && strings.TrimSpace(text) != want {
		return mfa.Errorf(mfa.Canceled, "that was not %s, nothing changed", want)
	}
	return orMissing("--yes", err)
}

// orMissing says which flag is missing where a question failed because there is no terminal.
func orMissing(flag string, err error) error {
	if errors.Is(err, term.ErrNoPrompt) {
		return NoTerminal(flag)
	}
	return err
}

// NoTerminal is the error of a flag without which there is a question, and nobody to ask.
func NoTerminal(flag string) error {
	return mfa.UsageError(flag, "missing, and there is no terminal to ask on")
}

// UserName completes a name without @ by the default domain.
func (a *App) UserName(name string) string {
	if domain := a.Config.DefaultDomain; domain != "" && !strings.Contains(name, "@") && len(name) != 26 {
		return name + "@" + domain
	}
	return name
}

// Ask asks for what a flag did not give.
func (a *App) Ask(ctx context.Context, flag, prompt, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	text, err := a.Term.Line(ctx, prompt+": ")
	if err == nil && text == "" {
		return "", mfa.UsageError(flag, "empty")
	}
	return text, orMissing(flag, err)
}
