package app

import (
	"context"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// codeForms names the forms that a code can have.
const codeForms = "6 or 8 digits, or 16 symbols like 7K3F-9QXM-2VTP-HB4D"

// readCode reads a code, or asks for it. Separators that people type inside a code are
// removed here, because the engine accepts none.
func (a *App) readCode(ctx context.Context, s *SecretSource, prompt string) (mfa.Secret, error) {
	if s.Given() {
		given, err := a.ReadSecret(ctx, s)
		if err != nil {
			return given, err
		}
		return codesIn(given.Reveal(), s.Name)
	}
	text, err := a.Term.Line(ctx, prompt+": ")
	if err != nil {
		return mfa.Secret{}, orMissing("--"+s.Name+"-stdin", err)
	}
	return ParseCode(text)
}

// ParseCode returns a usage error if a text cannot be a code.
func ParseCode(text string) (mfa.Secret, error) {
	code, ok := mfa.CleanCode(text)
	if !ok {
		return mfa.Secret{}, mfa.UsageError("code", "malformed").WithHint(codeForms)
	}
	return mfa.NewSecret(code), nil
}

// codesIn returns the code in a text, or the set of backup codes: the text is that of
// a file as --save writes it. Empty lines and lines that begin with # are skipped.
// Each other line is a code, and a set holds no one-time passwords. If the text holds
// anything else, codesIn returns a usage error that names the flag.
func codesIn(text, flag string) (mfa.Secret, error) {
	var codes []string
	digits := false
	for row := range strings.Lines(text) {
		row = strings.TrimSpace(row)
		if row == "" || strings.HasPrefix(row, "#") {
			continue
		}
		code, ok := mfa.CleanCode(row)
		if !ok {
			return mfa.Secret{}, mfa.UsageError(flag, "malformed").WithHint(codeForms)
		}
		codes = append(codes, code)
		digits = digits || len(code) < 16
	}
	switch {
	case len(codes) == 0:
		return mfa.Secret{}, mfa.UsageError(flag, "contains no code").WithHint(codeForms)
	case len(codes) > 1 && digits:
		return mfa.Secret{}, mfa.UsageError(flag, "several codes, and not all of them are backup codes").
			WithHint("give one code from the app, or a file of backup codes")
	case len(codes) > mfa.MaxBackupCodes:
		return mfa.Secret{}, mfa.UsageError(flag, "more than %d codes", mfa.MaxBackupCodes)
	}
	return mfa.NewSecret(strings.Join(codes, "\n")), nil
}
