package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/sethvargo/go-diceware/diceware"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// A Question asks for one thing that a command needs, unless a flag has given it.
type Question func(ctx context.Context, a *App) error

// AskAll asks one question after the other.
func AskAll(ctx context.Context, a *App, questions ...Question) error {
	for _, ask := range questions {
		if err := ask(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// Sure asks for a confirmation unless --yes was given.
func Sure(yes bool, question string) Question {
	return func(ctx context.Context, a *App) error { return a.Confirm(ctx, yes, question) }
}

// Password asks for the caller's password.
func Password(into *mfa.Secret, s *SecretSource, prompt string) Question {
	return func(ctx context.Context, a *App) (err error) {
		*into, err = a.ReadPassword(ctx, s, prompt)
		return err
	}
}

// NewPassword asks for a new password of the caller, who is signed in.
func NewPassword(into *mfa.Secret, s *SecretSource) Question {
	return func(ctx context.Context, a *App) error {
		least := 0
		if !s.Given() && a.Term.CanPrompt() {
			who, err := Call(ctx, a, mfa.Service.WhoAmI, mfa.WhoAmIRequest{})
			if err != nil {
				return err
			}
			least = who.PasswordLength
		}
		return LoneNewPassword(into, s, least)(ctx, a)
	}
}

// LoneNewPassword asks for a new password of at least so many characters. Where that is not
// known, because the caller is not signed in, it is what a password needs that stands alone.
func LoneNewPassword(into *mfa.Secret, s *SecretSource, least int) Question {
	return func(ctx context.Context, a *App) (err error) {
		*into, err = a.readNewPassword(ctx, s, cmp.Or(least, mfa.LonePasswordLength))
		return err
	}
}

// readNewPassword reads a new password, or asks for it twice. If the first answer is empty,
// mfactl generates one, shows it on the screen that is cleared, and asks for it.
func (a *App) readNewPassword(ctx context.Context, s *SecretSource, least int) (mfa.Secret, error) {
	if s.Given() {
		return a.ReadSecret(ctx, s)
	}
	prompt := fmt.Sprintf("New password, %d characters or more", least)
	if a.showsSecrets() {
		prompt += " (Enter: generate one)"
	}
	first, err := a.Term.Password(ctx, prompt+": ")
	if err != nil {
		return mfa.Secret{}, orMissing("--"+s.Name+"-file", err)
	}
	again := "The same again: "
	if first == "" {
		if !a.showsSecrets() {
			return mfa.Secret{}, mfa.UsageError(s.Name, "empty")
		}
		if first, err = a.generated(ctx, least); err != nil {
			return mfa.Secret{}, err
		}
		again = "The generated password, to be sure that you have it: "
	}
	second, err := a.Term.Password(ctx, again)
	if err != nil {
		return mfa.Secret{}, err
	}
	if first != second {
		return mfa.Secret{}, mfa.UsageError(s.Name, "the two are not the same")
	}
	return mfa.NewSecret(first), nil
}

// generated generates a password and shows it until the user has saved it or leaves.
func (a *App) generated(ctx context.Context, least int) (string, error) {
	password, err := passphrase(a.Rand, least)
	if err != nil {
		return "", err
	}
	secret := Secret{
		Title: "Your new password", Items: []string{password}, File: "mfactl-password.txt",
		Note: []string{"Put it into your password manager. It is asked for next; until then nothing has changed."},
	}
	return password, a.Term.Screen(ctx, func(sc *term.Screen) error { return HandOnScreen(ctx, a, sc, secret) })
}

// passphraseWords is how many words a generated password has at least. Each is one of the
// 7,776 of the EFF's long list and adds 12.9 bits, so that seven have 90.
const passphraseWords = 7

// passphrase generates a password of words with hyphens between them, of at least so many
// characters.
func passphrase(rand io.Reader, least int) (string, error) {
	g, err := diceware.NewGenerator(&diceware.GeneratorInput{RandReader: rand}) // crypto/rand if nil
	if err != nil {
		return "", mfa.Fault(err)
	}
	for n := passphraseWords; ; n++ {
		words, err := g.Generate(n)
		if err != nil {
			return "", mfa.Fault(err)
		}
		text := strings.Join(words, "-")
		if len(text) >= least {
			return text[:min(len(text), mfa.MaxPasswordLength)], nil
		}
	}
}

// Code asks for a code.
func Code(into *mfa.Secret, s *SecretSource, prompt string) Question {
	return func(ctx context.Context, a *App) (err error) {
		*into, err = a.readCode(ctx, s, prompt)
		return err
	}
}
