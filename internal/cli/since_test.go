package cli_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestATimeIsReadAsPeopleGiveIt(t *testing.T) {
	now := time.Date(2026, 11, 23, 20, 24, 5, 0, time.Local)
	server := answering(t, func(question) any { return mfa.EventPage{} })
	d := newDesk(t).at(server)
	since := func(text string) (asked []question, said string, status int) {
		t.Helper()
		var talk strings.Builder
		a := d.app()
		a.Err, a.Clock, a.Context = &talk, func() time.Time { return now }, t.Context()
		status = run(a, "admin", "audit", "list", "--since", text)
		return server.questions(), talk.String(), status
	}
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
		asked, said, status := since(text)
		if status != 0 || len(asked) != 1 {
			t.Errorf("%q: exit %d, %d requests: %s", text, status, len(asked), said)
			continue
		}
		var got time.Time
		if sent, is := asked[0].body["since"].(string); is {
			got, _ = time.Parse(time.RFC3339, sent)
		}
		if !got.Equal(want) {
			t.Errorf("%q is read as %v, not %v", text, got, want)
		}
	}
	for _, text := range []string{
		" ", "d", "w", "-1d", "-5h", "1.5d", "30", "30 d", "99999999d", "9223372036854775808d", "yesterday", "2026-13-01", "2026-02-29",
		"01.10.2026", "2026-10-01 08:00", "2026-10-01T08:00:00", "1ä", "\x00",
	} {
		if asked, said, status := since(text); status != 2 || !strings.Contains(said, ": --since: ") || len(asked) > 0 {
			t.Errorf("%q: exit %d, %d requests: %s", text, status, len(asked), said)
		}
	}
}
