package admin

import (
	"maps"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// actSetPolicy is the act of a request about the rules of a community.
const actSetPolicy = "SetPolicy"

// targetOf finds what a request is about: an account, or what stands for a community.
func targetOf(a *act.Act, request mfa.Request, hold bool) (*act.Account, error) {
	if request.Act != actSetPolicy {
		return a.AccountByID(request.TargetID, hold)
	}
	c, err := a.Read.Community(request.TargetID)
	if err != nil {
		return nil, err
	}
	return standIn(a, c)
}

// standIn stands for a community where an act is about an account: nobody controls it, it has
// no halves, and an approver must have what setting its rules needs.
func standIn(a *act.Act, c mfa.Community) (*act.Account, error) {
	h, err := a.Read.Lineage(c.ID)
	if err != nil {
		return nil, err
	}
	return &act.Account{
		User:      mfa.User{ID: c.ID, CommunityID: c.ID, Email: c.Name},
		Community: c, Policy: h.Policy, Grant: mfa.Grant{Permissions: []mfa.Permission{mfa.PolicyWrite}},
	}, nil
}

// mayBeRequested refuses a request about a rule that changes at once anyway.
func mayBeRequested(rules map[string]string) error {
	slow := mfa.SlowRules()
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if !slices.Contains(slow, name) {
			return mfa.UsageError("request", "%s needs no second person", name).WithHint("without --request it applies at once")
		}
	}
	return nil
}

// agreed is a community as it is to be if two independent people set its rules: nothing of
// before is held.
func agreed(next mfa.Community, rules map[string]string) mfa.Community {
	next.Held = slices.DeleteFunc(slices.Clone(next.Held), func(h mfa.Holdover) bool {
		_, set := rules[h.Rule]
		return set
	})
	return next
}

// filePolicy files the rules for a second person, with users by their ids.
func filePolicy(a *act.Act, out mfa.PolicySet, next mfa.Community, req mfa.SetPolicyRequest) (mfa.PolicySet, error) {
	u, err := standIn(a, next)
	if err != nil {
		return out, err
	}
	rules := map[string]string{}
	for name := range req.Rules {
		rules[name] = next.Policy[name]
	}
	out.Request, out.Changed, err = fileRequest(a, u, mfa.Request{Rules: rules, Reason: req.Reason}, req.DryRun)
	return out, err
}

// approvePolicy sets the rules that a request is about. They apply at once.
func approvePolicy(a *act.Act, u *act.Account, request mfa.Request, b Basis, dry bool) (mfa.PolicySet, error) {
	out := mfa.PolicySet{Community: u.Community.Name, DryRun: dry, Changes: []mfa.RuleChange{}}
	next, err := withRules(a, u.Community, request.Rules)
	if err != nil {
		return out, err
	}
	next = agreed(next, request.Rules)
	if out.Changes, err = ruleChanges(a, u.Community, next); err != nil {
		return out, err
	}
	out.Changed = len(out.Changes) > 0
	if !out.Changed || dry {
		return out, nil
	}
	return setPolicy(a, out, next, b.Reason)
}

// rulesOf are the rules that a request is about, with addresses in place of ids.
func rulesOf(a *act.Act, request mfa.Request) map[string]string {
	out := maps.Clone(request.Rules)
	if ids := out[mfa.RuleExempt]; ids != "" {
		out[mfa.RuleExempt] = addresses(a, ids)
	}
	return out
}
