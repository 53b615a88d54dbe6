package act

import (
	"slices"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Schema 6 has marks of resets, and of break-glass only the time: they count as halves.
func TestResetsOfOlderStoresAreHalves(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC)
	u := mfa.User{
		ControlMarks:    []mfa.ControlMark{{What: mfa.ControlPassword, By: "ann", At: now.Add(-2 * time.Hour)}, {What: mfa.ControlCreated, By: "ben", At: now}},
		PasswordResetAt: now.Add(-2 * time.Hour), ResetAt: now.Add(-time.Hour), LastSignInAt: now.Add(-3 * time.Hour),
	}
	open := func(after time.Duration) (out []string) {
		for _, h := range OpenHalves(u, now.Add(after)) {
			out = append(out, string(h.What)+" by "+h.By[0])
		}
		return out
	}
	for after, want := range map[time.Duration][]string{
		0:               {"password by ann", "factor by " + mfa.BreakGlassID},
		23 * time.Hour:  {"password by ann"},
		166 * time.Hour: nil,
	} {
		if got := open(after); !slices.Equal(got, want) {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
	account := &Account{User: u}
	SignIn(account, now, true)
	if got := open(0); len(got) != 2 || len(account.Halves) != 2 || len(account.ControlMarks) != 1 || !account.Halves[0].Met {
		t.Errorf("after a sign-in: %+v, %+v", account.Halves, account.ControlMarks)
	}
	if !account.UsedAt.Equal(u.LastSignInAt) {
		t.Errorf("used since %v", account.UsedAt)
	}
}
