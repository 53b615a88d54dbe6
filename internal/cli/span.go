package cli

import (
	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// spanFlag adds a flag that takes a length of time such as 30d or 12h.
func spanFlag(cmd *cobra.Command, into *mfa.Span, name, what string) {
	cmd.Flags().Var(spanValue{into}, name, what)
}

// spanValue is a span as a flag takes it; zero is not given.
type spanValue struct{ into *mfa.Span }

// Set reads the value.
func (v spanValue) Set(text string) error { return v.into.UnmarshalText([]byte(text)) }

// String is the default that the help shows.
func (v spanValue) String() string {
	if v.into == nil || *v.into == 0 {
		return ""
	}
	return v.into.String()
}

// Type names what the flag takes.
func (spanValue) Type() string { return "time" }
