package mfa

import (
	"slices"
	"strings"
	"time"
)

// Exemption says that a community exempts a user from what it requires.
type Exemption struct {
	UserID string
	// Until is when the exemption ends: the end of a day in UTC. It is zero if the exemption
	// has no end.
	Until time.Time
}

// exemptionOf reads one entry of the rule exempt: a user, or a user, a colon and the last day.
func exemptionOf(entry string) Exemption {
	who, last, _ := ExemptUntil(entry)
	return Exemption{UserID: who, Until: last}
}

// ExemptUntil splits an entry of the rule exempt into the user and the end of the last day,
// which is zero if the entry names none; false if what stands after the colon is no day.
func ExemptUntil(entry string) (who string, until time.Time, ok bool) {
	i := strings.LastIndexByte(entry, ':')
	if i < 0 {
		return entry, time.Time{}, true
	}
	day, err := time.Parse(time.DateOnly, entry[i+1:])
	return entry[:i], day.AddDate(0, 0, 1), err == nil
}

// String is the entry of the rule exempt.
func (x Exemption) String() string {
	if x.Until.IsZero() {
		return x.UserID
	}
	return x.UserID + ":" + x.Until.AddDate(0, 0, -1).Format(time.DateOnly)
}

// Over reports whether the exemption has ended. At an unknown time, one with an end has.
func (x Exemption) Over(now time.Time) bool {
	return !x.Until.IsZero() && (now.IsZero() || !now.Before(x.Until))
}

// longer reports whether the exemption lasts longer than another one of the same user.
func (x Exemption) longer(than Exemption) bool {
	return !than.Until.IsZero() && (x.Until.IsZero() || x.Until.After(than.Until))
}

// Exemptions are those of a community, also those that have ended.
func (c Community) Exemptions() (out []Exemption) {
	for _, entry := range split(c.Policy[RuleExempt]) {
		out = append(out, exemptionOf(entry))
	}
	return out
}

// Exempts is what a community says of a user; false if it does not exempt the user, or did
// so until before a time.
func (c Community) Exempts(userID string, now time.Time) (Exemption, bool) {
	all := c.Exemptions()
	i := slices.IndexFunc(all, func(x Exemption) bool { return x.UserID == userID })
	if i < 0 || all[i].Over(now) {
		return Exemption{}, false
	}
	return all[i], true
}

// Widened are the exemptions of a community that are new, or last longer than before.
func Widened(before, after Community, now time.Time) (out []Exemption) {
	for _, x := range after.Exemptions() {
		if was, exempt := before.Exempts(x.UserID, now); !exempt || x.longer(was) {
			out = append(out, x)
		}
	}
	return out
}

// exempted are the exemptions of a community that bind at a time. One that is held binds no
// longer than it did before.
func exempted(c Community, held []Holdover, now time.Time) []Exemption {
	return slices.DeleteFunc(c.Exemptions(), func(x Exemption) bool {
		return x.Over(now) || slices.ContainsFunc(held, func(h Holdover) bool {
			if h.Rule != RuleExempt || h.Of != c.ID || !h.active(now) {
				return false
			}
			was := exemptionOf(h.Value)
			return was.UserID == x.UserID && (was.Until.IsZero() || was.Over(now))
		})
	})
}

// newlyExempt adds the users who are exempt in the next standing and were not before, or not
// for so long, and forgets those who are exempt no longer.
func newlyExempt(was, next Standing, kept []Holdover, now time.Time) []Holdover {
	kept = slices.DeleteFunc(kept, func(h Holdover) bool {
		i := slices.IndexFunc(next.Line, func(c Community) bool { return c.ID == h.Of })
		if h.Rule != RuleExempt || i < 0 {
			return h.Rule == RuleExempt
		}
		_, exempt := next.Line[i].Exempts(exemptionOf(h.Value).UserID, now)
		return !exempt
	})
	for _, c := range next.Line {
		var before Community
		if i := slices.IndexFunc(was.Line, func(o Community) bool { return o.ID == c.ID }); i >= 0 {
			before = was.Line[i]
		}
		for _, x := range Widened(before, c, now) {
			if next.User != nil && next.User.ID != x.UserID {
				continue
			}
			h := Holdover{Rule: RuleExempt, Value: x.UserID, Of: c.ID, Until: now.Add(LoosenAfter)}
			if old, exempt := before.Exempts(x.UserID, now); exempt {
				h.Value = old.String() // it stays what it was
			}
			kept = append(kept, h)
		}
	}
	return kept
}
