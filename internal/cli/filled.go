package cli

import (
	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// filled are the flags that name a place, a person, a secret's source or where one goes.
// Empty, as a script gives them whose variable is not set, they would be as good as not
// given: the command would act elsewhere, as somebody else, or on more than was meant.
func filled() []string {
	return []string{
		"context", "server", "ca-file", "store", "key-file", "config", "community",
		"token-file", "password-file", "new-password-file", "code-file", "second-code-file", "tls-cert", "tls-key",
		"for", "parent", "session", "idempotency-key", "csv", "save", "save-dir", "output", "jq",
	}
}

// noneEmpty refuses flags that were given and say nothing.
func noneEmpty(cmd *cobra.Command) error {
	for _, name := range filled() {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return mfa.Bad("--"+name, "empty").WithHint("leave it out, or see whether a variable is not set")
		}
	}
	return nil
}
