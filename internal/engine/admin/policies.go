package admin

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// ShowPolicy implements [mfa.Policies].
func (e *Part) ShowPolicy(ctx context.Context, req mfa.ShowPolicyRequest) (mfa.PolicyReport, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ShowPolicy", Body: req}, func(a *act.Act, _ *act.Account) (mfa.PolicyReport, error) {
		h, err := lineageNamed(a, req.Community)
		if err != nil {
			return mfa.PolicyReport{}, err
		}
		_, rules := mfa.Effective(h.Communities)
		for i, r := range rules {
			if r.Rule == mfa.RuleExempt {
				rules[i].Value, rules[i].Own = addresses(a, r.Value), addresses(a, r.Own)
			}
		}
		return mfa.PolicyReport{Community: h.Communities[0].Name, Rules: rules}, nil
	})
}

// SetPolicy implements [mfa.Policies].
func (e *Part) SetPolicy(ctx context.Context, req mfa.SetPolicyRequest) (mfa.PolicySet, error) {
	rules, err := ruleValues(req.Rules, e.Kinds.Table())
	if err != nil {
		return mfa.PolicySet{}, err
	}
	o := act.Spec{Method: "SetPolicy", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.PolicySet, error) {
		out := mfa.PolicySet{DryRun: req.DryRun, Changes: []mfa.RuleChange{}}
		c, err := communityNamed(a, req.Community)
		if err != nil {
			return out, err
		}
		out.Community = c.Name
		next, err := withRules(a, c, rules)
		if err != nil {
			return out, act.RefusedAbout(err, act.Event{Community: &c, Reason: req.Reason})
		}
		if out.Changes, err = ruleChanges(a, c, next); err != nil {
			return out, err
		}
		out.Changed = len(out.Changes) > 0
		if !out.Changed || req.DryRun {
			return out, nil
		}
		return setPolicy(a, out, next, req.Reason)
	})
}

// ruleValues brings each value into its one form.
func ruleValues(in map[string]string, kinds []mfa.KindInfo) (map[string]string, error) {
	if len(in) == 0 {
		return nil, mfa.UsageError("rule", "nothing to set").WithHint("mfactl admin policy set require_2fa=everyone")
	}
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		rule, ok := mfa.RuleOfPolicy(name, kinds)
		if !ok {
			return nil, act.WithSuggestion(mfa.UsageError("rule", "no such rule %q", name), name, ruleNames())
		}
		value := in[name]
		if value != "" {
			if value, ok = rule.Check(value); !ok {
				return nil, mfa.UsageError(name, "cannot be %q", in[name]).WithHint("%s: %s", name, rule.Values)
			}
		}
		out[name] = value
	}
	return out, nil
}

func ruleNames() (out []string) {
	for _, r := range mfa.PolicyRules() {
		out = append(out, r.Name)
	}
	return out
}

// withRules is the community with the rules set, where they make sense: who is
// exempt is a user of it or below, and somewhere to go is left in methods.
func withRules(a *act.Act, c mfa.Community, rules map[string]string) (mfa.Community, error) {
	next := c
	next.Policy = map[string]string{}
	maps.Copy(next.Policy, c.Policy)
	for name, value := range rules {
		if name == mfa.RuleExempt && value != "" {
			var err error
			if value, err = exemptIDs(a, c, value); err != nil {
				return next, err
			}
		}
		if value == "" {
			delete(next.Policy, name)
		} else {
			next.Policy[name] = value
		}
	}
	h, err := a.Read.Lineage(c.ID)
	if err != nil {
		return next, err
	}
	return next, requireMethods(a, slices.Concat([]mfa.Community{next}, h.Communities[1:]))
}

// exemptIDs turns the users named in a list into their ids, so that an address
// that changes hands exempts nobody else.
func exemptIDs(a *act.Act, c mfa.Community, list string) (string, error) {
	var ids []string
	for who := range strings.SplitSeq(list, ",") {
		none := mfa.UsageError(mfa.RuleExempt, "no user %s in %s or below it", who, c.Name)
		u, err := a.ReachableUser(who)
		if err != nil {
			return "", mfa.Missing(err, none)
		}
		h, err := a.Read.Lineage(u.CommunityID)
		if err != nil {
			return "", err
		}
		if !h.Below(c.ID) {
			return "", none
		}
		ids = append(ids, u.ID)
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), ","), nil
}

// addresses turns ids back; somebody who is gone shows by the id.
func addresses(a *act.Act, ids string) string {
	if ids == "" {
		return ""
	}
	names := strings.Split(ids, ",")
	for i, id := range names {
		if u, err := a.Read.User(id, false); err == nil {
			names[i] = u.Email
		}
	}
	return strings.Join(names, ",")
}

// ruleChanges lists what differs, and what holds then.
func ruleChanges(a *act.Act, before, after mfa.Community) ([]mfa.RuleChange, error) {
	h, err := a.Read.Lineage(before.ID)
	if err != nil {
		return nil, err
	}
	_, effective := mfa.Effective(append([]mfa.Community{after}, h.Communities[1:]...))
	out := []mfa.RuleChange{}
	for _, v := range effective {
		c := mfa.RuleChange{Rule: v.Rule, Before: before.Policy[v.Rule], After: after.Policy[v.Rule], Effective: v}
		if c.Before == c.After {
			continue
		}
		if v.Rule == mfa.RuleExempt {
			c.Before, c.After = addresses(a, c.Before), addresses(a, c.After)
			c.Effective.Value, c.Effective.Own = addresses(a, v.Value), addresses(a, v.Own)
		}
		out = append(out, c)
	}
	return out, nil
}

// setPolicy writes the rules; they hold from everybody's next request on, since
// each reads them.
func setPolicy(a *act.Act, out mfa.PolicySet, next mfa.Community, reason string) (mfa.PolicySet, error) {
	a.Wrote(a.Write.PutCommunity(&next))
	const unset = "not set"
	var parts []string
	for _, c := range out.Changes {
		parts = append(parts, c.Rule+": "+cmp.Or(c.Before, unset)+" to "+cmp.Or(c.After, unset))
	}
	note := strings.Join(parts, "; ")
	out.Event = a.Record(act.Event{Action: mfa.ActPolicyChange, Community: &next, Reason: reason, Note: note})
	return out, act.NotifyAdministrators(a, next, act.Notice{Kind: mfa.NoticePolicy, Reason: reason, Note: next.Name + ": " + note})
}
