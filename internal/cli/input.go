package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// maxSecretFile bounds what a secret is read from, in bytes.
const maxSecretFile = 64 << 10

// source is where one secret comes from: standard input, a file, or a question.
// There is no flag that takes a secret itself.
type source struct {
	name  string // the flags' stem: password, code
	stdin bool
	file  string
}

// secretFlags adds --NAME-stdin and --NAME-file.
func secretFlags(cmd *cobra.Command, s *source, name, what string) {
	s.name = name
	cmd.Flags().BoolVar(&s.stdin, name+"-stdin", false, "read "+what+" from standard input")
	cmd.Flags().StringVar(&s.file, name+"-file", "", "read "+what+" from a `file`, pipe or /dev/fd/N")
}

// given reports whether the secret need not be asked for.
func (s source) given() bool { return s.stdin || s.file != "" }

// read reads the secret from where the flags say.
func (a *App) read(s source) (mfa.Secret, error) {
	flag := "--" + s.name + "-file"
	var in io.Reader
	switch {
	case s.stdin && s.file != "":
		return mfa.Secret{}, mfa.Bad(flag, "given together with --%s-stdin", s.name)
	case s.stdin:
		flag = "--" + s.name + "-stdin"
		if a.stdin != "" && a.stdin != flag {
			return mfa.Secret{}, mfa.Bad(flag, "standard input is read by %s already", a.stdin)
		}
		a.stdin, in = flag, a.In
	default:
		f, err := os.Open(s.file)
		if err != nil {
			return mfa.Secret{}, mfa.Bad(flag, "cannot read %s", s.file).WithCause(err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxSecretFile+1))
	if err != nil {
		return mfa.Secret{}, mfa.Bad(flag, "cannot be read").WithCause(err)
	}
	b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	switch {
	case len(b) == 0:
		return mfa.Secret{}, mfa.Bad(flag, "empty")
	case len(b) > maxSecretFile:
		return mfa.Secret{}, mfa.Bad(flag, "longer than %d bytes", maxSecretFile)
	}
	return mfa.NewSecret(string(b)), nil
}

// password reads the caller's password, or asks for it once a run.
func (a *App) password(ctx context.Context, s source, prompt string) (mfa.Secret, error) {
	if s.given() {
		return a.read(s)
	}
	if !a.typed.IsZero() {
		return a.typed, nil
	}
	text, err := a.term.Password(ctx, prompt)
	if errors.Is(err, term.ErrNoPrompt) {
		return mfa.Secret{}, mfa.Bad("--"+s.name+"-file", "missing, and there is no terminal to ask on")
	}
	if err != nil {
		return mfa.Secret{}, err
	}
	if text == "" {
		return mfa.Secret{}, mfa.Bad("password", "empty")
	}
	a.typed = mfa.NewSecret(text)
	return a.typed, nil
}

// newPassword reads a new password, or asks for it twice.
func (a *App) newPassword(ctx context.Context, s source, whose string) (mfa.Secret, error) {
	if s.given() {
		return a.read(s)
	}
	first, err := a.term.Password(ctx, "New password"+whose)
	if errors.Is(err, term.ErrNoPrompt) {
		return mfa.Secret{}, mfa.Bad("--"+s.name+"-file", "missing, and there is no terminal to ask on")
	}
	if err != nil {
		return mfa.Secret{}, err
	}
	second, err := a.term.Password(ctx, "The same again")
	if err != nil {
		return mfa.Secret{}, err
	}
	if first != second {
		return mfa.Secret{}, mfa.Bad("password", "the two are not the same")
	}
	return mfa.NewSecret(first), nil
}

// code reads a code, or asks for it. What people type inside a code is taken
// out here; the engine forgives nothing.
func (a *App) code(ctx context.Context, s source, prompt string) (mfa.Secret, error) {
	var text string
	if s.given() {
		given, err := a.read(s)
		if err != nil {
			return given, err
		}
		text = given.Reveal()
	} else {
		var err error
		text, err = a.term.Line(ctx, prompt)
		if errors.Is(err, term.ErrNoPrompt) {
			return mfa.Secret{}, mfa.Bad("--"+s.name+"-stdin", "missing, and there is no terminal to ask on")
		}
		if err != nil {
			return mfa.Secret{}, err
		}
	}
	return wellFormed(text)
}

// wellFormed refuses what cannot be a code.
func wellFormed(text string) (mfa.Secret, error) {
	code, ok := mfa.CleanCode(text)
	if !ok {
		return mfa.Secret{}, mfa.Bad("code", "malformed").WithHint("6 or 8 digits, or 16 symbols like 7K3F-9QXM-2VTP-HB4D")
	}
	return mfa.NewSecret(code), nil
}

// sure asks for a confirmation unless --yes was given.
func (a *App) sure(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	ok, err := a.term.Confirm(ctx, question)
	if errors.Is(err, term.ErrNoPrompt) {
		return mfa.Bad("--yes", "missing, and there is no terminal to ask on")
	}
	if err == nil && !ok {
		return &mfa.Error{Code: mfa.Cancelled}
	}
	return err
}

// user completes a name without @ by the default domain.
func (a *App) user(name string) string {
	if domain := a.config.DefaultDomain; domain != "" && !strings.Contains(name, "@") && len(name) != 26 {
		return name + "@" + domain
	}
	return name
}
