package admin

import (
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// emptied holds the rules for those who have a role, where it loses its last permission: they
// count as privileged for a day.
func emptied(a *act.Act, old, next mfa.CustomRole) mfa.CustomRole {
	switch {
	case next.Grant().Privileged():
		next.PrivilegedUntil = time.Time{}
	case old.Grant().Privileged():
		next.PrivilegedUntil = a.Now.Add(mfa.LoosenAfter)
	}
	return next
}

// heldAt are the holdovers of a list that were made at this moment.
func heldAt(a *act.Act, held []mfa.Holdover) (out []string) {
	for _, h := range held {
		if !h.Until.Equal(a.Now.Add(mfa.LoosenAfter)) {
			continue
		}
		if h.Rule == mfa.RuleExempt {
			out = append(out, "not "+h.Rule+": "+addresses(a, h.Value))
		} else {
			out = append(out, h.Rule+"="+h.Was())
		}
	}
	return out
}

// notifyLoosened notifies the administrators of a community at once that one person made
// rules looser in another way than by setting them, and says what still applies. what is
// that way.
func notifyLoosened(a *act.Act, c mfa.Community, what, reason string, held []string) error {
	if len(held) == 0 {
		return nil
	}
	until := a.Now.Add(mfa.LoosenAfter).Format(time.RFC3339)
	return act.NotifyAdministrators(a, c, act.Notice{
		Kind: mfa.NoticePolicy, Reason: reason, Note: what + "; until " + until + " still applies " + strings.Join(held, ", "),
	})
}

// heldOnMove returns what still applies to an account of the rules of its community, if it
// moves to another one.
func heldOnMove(a *act.Act, u *act.Account, to string) ([]mfa.Holdover, error) {
	was, err := a.Read.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	next, err := a.Read.Lineage(to)
	if err != nil {
		return nil, err
	}
	return mfa.Loosened(mfa.Standing{Line: was.Communities, User: &u.User}, mfa.Standing{Line: next.Communities, User: &u.User}, a.Now), nil
}
