package app

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
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

// NewPassword asks for a new password.
func NewPassword(into *mfa.Secret, s *SecretSource) Question {
	return func(ctx context.Context, a *App) (err error) {
		*into, err = a.ReadNewPassword(ctx, s, "")
		return err
	}
}

// Code asks for a code.
func Code(into *mfa.Secret, s *SecretSource, prompt string) Question {
	return func(ctx context.Context, a *App) (err error) {
		*into, err = a.readCode(ctx, s, prompt)
		return err
	}
}
