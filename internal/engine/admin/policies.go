package admin

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

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
		rules := mfa.Schedule(mfa.Standing{Line: h.Communities}, a.Now)
		for i, r := range rules {
			rules[i] = named(a, r)
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
	if req.Request {
		if err := mayBeRequested(rules); err != nil {
			return mfa.PolicySet{}, err
		}
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
		if req.Request {
			next = agreed(next, rules)
		}
		if out.Changes, err = ruleChanges(a, c, next); err != nil {
			return out, err
		}
		out.Changed = len(out.Changes) > 0
		switch {
		case out.Changed && req.Request:
			return filePolicy(a, out, next, req)
		case !out.Changed || req.DryRun:
			return out, nil
		}
		replaceBlocklist(a, c, next, rules[mfa.RulePasswordBlocklist])
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
				return nil, badValue(rule, in[name])
			}
		}
		out[name] = value
	}
	return out, nil
}

// badValue says what a rule may be. A list of passwords is not repeated.
func badValue(rule mfa.PolicyRule, value string) error {
	if rule.Name == mfa.RulePasswordBlocklist {
		return mfa.UsageError(rule.Name, "not a list of refused passwords").
			WithHint("UTF-8 text with one password a line, at most %d KiB", mfa.MaxBlocklist>>10)
	}
	return mfa.UsageError(rule.Name, "cannot be %q", value).WithHint("%s: %s", rule.Name, rule.Values)
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
			if value, err = exemptions(a, c, value); err != nil {
				return next, err
			}
		}
		if list, ok := mfa.BlocklistOf(value); name == mfa.RulePasswordBlocklist && ok {
			value = list.String()
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
	if err := forbidOwnExemption(a, c, next); err != nil {
		return next, err
	}
	line := slices.Concat([]mfa.Community{next}, h.Communities[1:])
	next.Held = mfa.Loosened(mfa.Standing{Line: h.Communities}, mfa.Standing{Line: line}, a.Now)
	return next, requireMethods(a, line)
}

// forPeople is the value of a rule as people read it: users by their addresses, and of lists of
// passwords how many they refuse.
func forPeople(a *act.Act, rule, value string) string {
	switch rule {
	case mfa.RuleExempt:
		return addresses(a, value)
	case mfa.RulePasswordBlocklist:
		var words []string
		for _, list := range mfa.Blocklists(value) {
			words = append(words, list.Words())
		}
		return strings.Join(words, ", ")
	}
	return value
}

// named is the value of a rule as people read it, also of what it becomes later.
func named(a *act.Act, v mfa.RuleValue) mfa.RuleValue {
	v.Value, v.Own = forPeople(a, v.Rule, v.Value), forPeople(a, v.Rule, v.Own)
	v.Later = slices.Clone(v.Later)
	for i := range v.Later {
		v.Later[i].Value = forPeople(a, v.Rule, v.Later[i].Value)
	}
	return v
}

// ruleChanges lists what differs, and what applies then.
func ruleChanges(a *act.Act, before, after mfa.Community) ([]mfa.RuleChange, error) {
	h, err := a.Read.Lineage(before.ID)
	if err != nil {
		return nil, err
	}
	out := []mfa.RuleChange{}
	was := mfa.Schedule(mfa.Standing{Line: h.Communities}, a.Now)
	for i, v := range mfa.Schedule(mfa.Standing{Line: append([]mfa.Community{after}, h.Communities[1:]...)}, a.Now) {
		c := mfa.RuleChange{Rule: v.Rule, Before: before.Policy[v.Rule], After: after.Policy[v.Rule], Effective: v}
		if c.Before == c.After && was[i].Value == v.Value && len(was[i].Later) == len(v.Later) {
			continue
		}
		c.Before, c.After, c.Effective = forPeople(a, v.Rule, c.Before), forPeople(a, v.Rule, c.After), named(a, v)
		out = append(out, c)
	}
	return out, nil
}

// setPolicy writes the rules. They apply from everybody's next request on, since each reads
// them; what became looser is held for a day.
func setPolicy(a *act.Act, out mfa.PolicySet, next mfa.Community, reason string) (mfa.PolicySet, error) {
	a.Wrote(a.Write.PutCommunity(&next))
	const unset = "not set"
	var parts []string
	for _, c := range out.Changes {
		part := c.Rule + ": " + cmp.Or(c.Before, unset) + " to " + cmp.Or(c.After, unset)
		if later := c.Effective.Later; len(later) > 0 {
			part += " (" + cmp.Or(c.Effective.Value, "nobody") + " applies until " + later[len(later)-1].At.Format(time.RFC3339) + ")"
		}
		parts = append(parts, part)
	}
	note := strings.Join(parts, "; ")
	out.Event = a.Record(act.Event{Action: mfa.ActPolicyChange, Community: &next, Reason: reason, Note: note})
	return out, act.NotifyAdministrators(a, next, act.Notice{Kind: mfa.NoticePolicy, Reason: reason, Note: next.Name + ": " + note})
}

// replaceBlocklist keeps the text of the list that the community names from now on, and drops
// that of the list before unless another community names it too.
func replaceBlocklist(a *act.Act, before, after mfa.Community, text string) {
	const rule = mfa.RulePasswordBlocklist
	if before.Policy[rule] == after.Policy[rule] {
		return
	}
	for _, list := range mfa.Blocklists(after.Policy[rule]) {
		a.Wrote(a.Write.PutBlocklist(list, text))
	}
	for _, list := range mfa.Blocklists(before.Policy[rule]) {
		a.Wrote(a.Write.DropBlocklist(list, before.ID))
	}
}
