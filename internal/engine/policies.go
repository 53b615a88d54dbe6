package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ShowPolicy implements [mfa.Policies].
func (e *Engine) ShowPolicy(ctx context.Context, req mfa.ShowPolicyRequest) (mfa.PolicyReport, error) {
	return perform(ctx, e.runner, spec{method: "ShowPolicy", body: req}, func(s *scope, _ *account) (mfa.PolicyReport, error) {
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return mfa.PolicyReport{}, err
		}
		h, err := s.r.Lineage(c.ID)
		if err != nil {
			return mfa.PolicyReport{}, err
		}
		_, rules := mfa.Effective(h.Communities)
		for i, r := range rules {
			if r.Rule == mfa.RuleExempt {
				rules[i].Value, rules[i].Own = s.addresses(r.Value), s.addresses(r.Own)
			}
		}
		return mfa.PolicyReport{Community: c.Name, Rules: rules}, nil
	})
}

// SetPolicy implements [mfa.Policies].
func (e *Engine) SetPolicy(ctx context.Context, req mfa.SetPolicyRequest) (mfa.PolicySet, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.PolicySet{}, err
	}
	rules, err := ruleValues(req.Rules, e.kinds.Table())
	if err != nil {
		return mfa.PolicySet{}, err
	}
	o := spec{method: "SetPolicy", body: req, password: &req.Password, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.PolicySet, error) {
		out := mfa.PolicySet{DryRun: req.DryRun, Changes: []mfa.RuleChange{}}
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return out, err
		}
		out.Community = c.Name
		next, err := s.withRules(c, rules)
		if err != nil {
			return out, refusedAbout(err, event{community: &c, reason: reason})
		}
		if out.Changes, err = s.ruleChanges(c, next); err != nil {
			return out, err
		}
		out.Changed = len(out.Changes) > 0
		if !out.Changed || req.DryRun {
			return out, nil
		}
		return s.setPolicy(out, next, reason)
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
			return nil, suggested(mfa.UsageError("rule", "no such rule %q", name), name, ruleNames())
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
func (s *scope) withRules(c mfa.Community, rules map[string]string) (mfa.Community, error) {
	next := c
	next.Policy = map[string]string{}
	maps.Copy(next.Policy, c.Policy)
	for name, value := range rules {
		if name == mfa.RuleExempt && value != "" {
			var err error
			if value, err = s.exemptIDs(c, value); err != nil {
				return next, err
			}
		}
		if value == "" {
			delete(next.Policy, name)
		} else {
			next.Policy[name] = value
		}
	}
	h, err := s.r.Lineage(c.ID)
	if err != nil {
		return next, err
	}
	return next, s.requireMethods(slices.Concat([]mfa.Community{next}, h.Communities[1:]))
}

// exemptIDs turns the users named in a list into their ids, so that an address
// that changes hands exempts nobody else.
func (s *scope) exemptIDs(c mfa.Community, list string) (string, error) {
	var ids []string
	for who := range strings.SplitSeq(list, ",") {
		none := mfa.UsageError(mfa.RuleExempt, "no user %s in %s or below it", who, c.Name)
		u, err := s.reached(who)
		if errors.Is(err, mfa.NotFound) {
			return "", none
		}
		if err != nil {
			return "", err
		}
		h, err := s.r.Lineage(u.CommunityID)
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
func (s *scope) addresses(ids string) string {
	if ids == "" {
		return ""
	}
	names := strings.Split(ids, ",")
	for i, id := range names {
		if u, err := s.r.User(id, false); err == nil {
			names[i] = u.Email
		}
	}
	return strings.Join(names, ",")
}

// ruleChanges lists what differs, and what holds then.
func (s *scope) ruleChanges(before, after mfa.Community) ([]mfa.RuleChange, error) {
	h, err := s.r.Lineage(before.ID)
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
			c.Before, c.After = s.addresses(c.Before), s.addresses(c.After)
			c.Effective.Value, c.Effective.Own = s.addresses(v.Value), s.addresses(v.Own)
		}
		out = append(out, c)
	}
	return out, nil
}

// setPolicy writes the rules; they hold from everybody's next request on, since
// each reads them.
func (s *scope) setPolicy(out mfa.PolicySet, next mfa.Community, reason string) (mfa.PolicySet, error) {
	if err := s.w.PutCommunity(&next); err != nil {
		return out, err
	}
	var parts []string
	for _, c := range out.Changes {
		parts = append(parts, c.Rule+": "+orUnset(c.Before)+" to "+orUnset(c.After))
	}
	note := strings.Join(parts, "; ")
	var err error
	if out.Event, err = s.record(event{action: mfa.ActPolicyChange, community: &next, reason: reason, note: note}); err != nil {
		return out, err
	}
	return out, s.notifyAdministrators(next, notice{kind: mfa.NoticePolicy, reason: reason, note: next.Name + ": " + note})
}

func orUnset(value string) string {
	if value == "" {
		return "not set"
	}
	return value
}
