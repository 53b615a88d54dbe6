package admin

import (
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// exemptions turns the users named in a list into their ids, so that an address
// that changes hands exempts nobody else.
func exemptions(a *act.Act, c mfa.Community, list string) (string, error) {
	seen := map[string]bool{}
	var entries []string
	for entry := range strings.SplitSeq(list, ",") {
		who, until, ok := mfa.ExemptUntil(entry)
		if !ok {
			return "", mfa.UsageError(mfa.RuleExempt, "no day in %q", entry).WithHint("USER, or USER:2026-12-31 for the last day (UTC)")
		}
		u, err := userBelow(a, c, who)
		if err != nil {
			return "", err
		}
		x := mfa.Exemption{UserID: u.ID, Until: until}
		switch {
		case seen[u.ID]:
			return "", mfa.UsageError(mfa.RuleExempt, "%s is named twice", u.Email)
		case x.Over(a.Now):
			return "", mfa.UsageError(mfa.RuleExempt, "the day in %q is over", entry).
				WithHint("leave out users whose exemption has ended, or name a later day")
		}
		seen[u.ID] = true
		entries = append(entries, x.String())
	}
	slices.Sort(entries)
	return strings.Join(entries, ","), nil
}

// userBelow finds a user of a community or of one below it.
func userBelow(a *act.Act, c mfa.Community, who string) (*act.Account, error) {
	none := mfa.UsageError(mfa.RuleExempt, "no user %s in %s or below it", who, c.Name)
	u, err := a.ReachableUser(who)
	if err != nil {
		return nil, mfa.Missing(err, none)
	}
	h, err := a.Read.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	if !h.Below(c.ID) {
		return nil, none
	}
	return u, nil
}

// forbidOwnExemption refuses a policy that exempts the person behind the act, or for longer
// than before.
func forbidOwnExemption(a *act.Act, before, after mfa.Community) error {
	me := act.IDs(act.Doers(a))
	for _, x := range mfa.Widened(before, after, a.Now) {
		if slices.Contains(me, x.UserID) {
			return mfa.Errorf(mfa.PolicyForbids, "nobody exempts themselves (rule exempt)").
				WithHint("ask another administrator; it takes effect 24 hours later")
		}
	}
	return nil
}

// addresses turns the entries of the rule exempt into those that people read. A user who is
// gone shows by the id, and an exemption that has ended is marked.
func addresses(a *act.Act, entries string) string {
	if entries == "" {
		return ""
	}
	names := strings.Split(entries, ",")
	for i, x := range (mfa.Community{Policy: map[string]string{mfa.RuleExempt: entries}}).Exemptions() {
		if u, err := a.Read.User(x.UserID, false); err == nil {
			x.UserID = u.Email
		}
		names[i] = x.String()
		if x.Over(a.Now) {
			names[i] += " (expired)"
		}
	}
	return strings.Join(names, ",")
}
