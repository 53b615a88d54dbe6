package cli

import (
	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// nonEmptyFlags are the flags that must not be empty: an unset shell variable would silently
// change the place, the user or the secret that the command works with.
func nonEmptyFlags() []string {
	return []string{
		"context", "server", "ca-file", "store", "key-file", "config", "community",
		"token-file", "password-file", "new-password-file", "code-file", "second-code-file", "tls-cert", "tls-key",
		"for", "parent", "session", "idempotency-key", "csv", "save", "save-dir", "output", "jq",
	}
}

// refuseEmptyFlags returns a usage error if one of these flags was given and is empty.
func refuseEmptyFlags(cmd *cobra.Command) error {
	for _, name := range nonEmptyFlags() {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return mfa.UsageError("--"+name, "empty").WithHint("leave it out, or see whether a variable is not set")
		}
	}
	return nil
}
