package act

import (
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// RecordHalf records that the people behind the act did one half of the account. The caller
// writes the user row. more are the people who asked for what the actor approves.
func RecordHalf(a *Act, u *Account, what mfa.HalfKind, more ...Doer) {
	doers := Doers(a, more...)
	half := mfa.Half{What: what, At: a.Now, Early: true}
	for _, d := range doers {
		half.By = append(half.By, d.ID)
		half.Early = half.Early && d.Early
	}
	keepHalves(u, a.Now)
	for i, h := range u.Halves {
		if h.What == what {
			u.Halves[i].By = slices.DeleteFunc(slices.Clone(h.By), func(id string) bool { return slices.Contains(half.By, id) })
		}
	}
	u.Halves = append(slices.DeleteFunc(u.Halves, func(h mfa.Half) bool { return len(h.By) == 0 }), half)
}

// OpenHalves returns the halves of an account that are open at a time.
func OpenHalves(u mfa.User, now time.Time) []mfa.Half {
	return slices.DeleteFunc(halvesOf(u), func(h mfa.Half) bool { return !h.Open(now) })
}

// Use records that the account is used. Before its first use, its creator may do both
// halves. These count as open from then on. The caller writes the user row.
func Use(u *Account, now time.Time) {
	if !u.UsedAt.IsZero() {
		return
	}
	first := !u.Used()
	if u.UsedAt = now; !first {
		u.UsedAt = u.LastSignInAt // of a store of schema 6 or before
		return
	}
	keepHalves(u, now)
	for i := range u.Halves {
		u.Halves[i].At = now
	}
}

// SignIn records that the user signed in with the password, and with a factor or a backup
// code if factor is set. Each is what the other half waits for.
func SignIn(u *Account, now time.Time, factor bool) {
	Use(u, now)
	u.LastSignInAt = now
	keepHalves(u, now)
	for i, h := range u.Halves {
		if h.At.Before(now) && (h.What == mfa.HalfFactor || factor) {
			u.Halves[i].Met = true
		}
	}
}

// keepHalves leaves the halves that are open, in the form of today.
func keepHalves(u *Account, now time.Time) {
	u.Halves = OpenHalves(u.User, now)
	if slices.ContainsFunc(u.ControlMarks, isOldHalf) {
		u.ControlMarks = slices.DeleteFunc(slices.Clone(u.ControlMarks), isOldHalf)
	}
}

// halvesOf returns the halves of an account. Schema 6 and before have marks instead, and of a
// reset by break-glass no more than the time, by which it counts for a day.
func halvesOf(u mfa.User) []mfa.Half {
	out := slices.Clone(u.Halves)
	for _, m := range u.ControlMarks {
		switch m.What {
		case mfa.ControlPassword:
			out = append(out, mfa.Half{What: mfa.HalfPassword, By: []string{m.By}, At: m.At})
		case mfa.ControlFactors:
			out = append(out, mfa.Half{What: mfa.HalfFactor, By: []string{m.By}, At: m.At})
		default:
		}
	}
	for _, what := range []mfa.HalfKind{mfa.HalfPassword, mfa.HalfFactor} {
		at := u.PasswordResetAt
		if what == mfa.HalfFactor {
			at = u.ResetAt
		}
		if at.IsZero() || slices.ContainsFunc(out, func(h mfa.Half) bool { return h.What == what && !h.At.Before(at) }) {
			continue
		}
		by := mfa.BreakGlassID
		if i := slices.IndexFunc(u.ControlMarks, func(m mfa.ControlMark) bool { return m.What == mfa.ControlAddress && m.At.Equal(at) }); i >= 0 {
			by = u.ControlMarks[i].By
		}
		out = append(out, mfa.Half{What: what, By: []string{by}, At: at, Met: true})
	}
	return out
}

// isOldHalf reports whether a mark is of a reset, which is a half today.
func isOldHalf(m mfa.ControlMark) bool {
	return m.What == mfa.ControlPassword || m.What == mfa.ControlFactors
}
