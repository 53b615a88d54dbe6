package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// spanFlag adds a flag that takes a length of time such as 30d or 12h.
func spanFlag(cmd *cobra.Command, into *mfa.Span, name, what string) {
	cmd.Flags().Var(spanValue{into: into}, name, what)
}

// lifeFlag is spanFlag for how long something lives, which is not at all for none.
func lifeFlag(cmd *cobra.Command, into *mfa.Span, name, what string) {
	cmd.Flags().Var(spanValue{into: into, some: true}, name, what)
}

// spanValue is a span as a flag takes it; zero is not given.
type spanValue struct {
	into *mfa.Span
	some bool // zero would be taken for none that was given, and is refused
}

// Set reads the value.
func (v spanValue) Set(text string) error {
	if err := v.into.UnmarshalText([]byte(text)); err != nil {
		return err
	}
	if v.some && *v.into == 0 {
		return errors.New("must be longer than nothing, such as 30d, 12h or 90m")
	}
	return nil
}

// String is the default that the help shows.
func (v spanValue) String() string {
	if v.into == nil || *v.into == 0 {
		return ""
	}
	return v.into.String()
}

// Type names what the flag takes.
func (spanValue) Type() string { return "time" }
