package cli

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestATimeIsReadAsPeopleGiveIt(t *testing.T) {
	now := time.Date(2026, 11, 23, 20, 24, 5, 0, time.Local)
	a := &App{Clock: func() time.Time { return now }}
	for text, want := range map[string]time.Time{
		"":                          {},
		"0d":                        now,
		"30d":                       time.Date(2026, 10, 24, 20, 24, 5, 0, time.Local),
		"2w":                        time.Date(2026, 11, 9, 20, 24, 5, 0, time.Local),
		"12h":                       now.Add(-12 * time.Hour),
		"1h30m":                     now.Add(-90 * time.Minute),
		"2026-10-01":                time.Date(2026, 10, 1, 0, 0, 0, 0, time.Local),
		"2024-02-29":                time.Date(2024, 2, 29, 0, 0, 0, 0, time.Local),
		"2026-10-01T08:00:00Z":      time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC),
		"2026-10-01T08:00:00+02:00": time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC),
	} {
		got, err := a.moment("--since", text)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q is read as %v, not %v: %v", text, got, want, err)
		}
	}
	for _, text := range []string{
		" ", "d", "w", "-1d", "-5h", "1.5d", "30", "30 d", "99999999d", "9223372036854775808d", "yesterday", "2026-13-01", "2026-02-29",
		"01.10.2026", "2026-10-01 08:00", "2026-10-01T08:00:00", "1ä", "\x00",
	} {
		if got, err := a.moment("--since", text); mfa.AsError(err).Code != mfa.Usage || mfa.AsError(err).Field != "--since" {
			t.Errorf("%q is read as %v: %v", text, got, err)
		}
	}
}
