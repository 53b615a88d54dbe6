package app

import (
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ParseTime reads a time as people give it: 30d, 2w, 12h or 90m ago, a day such as
// 2026-10-01, which begins at midnight here, or RFC 3339.
func (a *App) ParseTime(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	now := a.Clock()
	if n, err := strconv.Atoi(text[:len(text)-1]); err == nil && n >= 0 && n < 100_000 {
		switch text[len(text)-1] {
		case 'w':
			return now.AddDate(0, 0, -7*n), nil
		case 'd':
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.Time{}, mfa.UsageError(flag, "no such time: %s", text).WithHint("30d, 12h, 2026-10-01 or 2026-10-01T08:00:00Z")
}

// SpanFlag adds a flag that takes a length of time such as 30d or 12h.
func SpanFlag(cmd *cobra.Command, into *mfa.Span, name, what string) {
	cmd.Flags().Var(spanValue{into: into}, name, what)
}

// LifetimeFlag is SpanFlag for how long something lives, which is not at all for none.
func LifetimeFlag(cmd *cobra.Command, into *mfa.Span, name, what string) {
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
