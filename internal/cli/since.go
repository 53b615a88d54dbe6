package cli

import (
	"strconv"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// moment reads a time as people give it: 30d, 2w, 12h or 90m ago, a day such as
// 2026-10-01, which begins at midnight here, or RFC 3339.
func (a *App) moment(flag, text string) (time.Time, error) {
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
