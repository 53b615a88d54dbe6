package mfa

// RuleValue is what one rule is in a community.
type RuleValue struct {
	Rule  string `json:"rule"`
	Value string `json:"value"`
	From  string `json:"from"`          // the community that sets it, or "default"
	Own   string `json:"own,omitempty"` // what this community sets itself
}

// FromDefault is where a rule comes from that no community of the line sets.
const FromDefault = "default"

// RuleOfPolicy returns the rule of a name, for those kinds of factor; ok is false if there
// is none.
func RuleOfPolicy(name string, table []KindInfo) (rule PolicyRule, ok bool) {
	for _, r := range policyRulesOf(table) {
		if r.Name == name {
			return r, true
		}
	}
	return PolicyRule{}, false
}

// Effective returns the policy of the first community of a line, which goes on
// with its parents, and for each rule where it comes from.
func Effective(line []Community) (Policy, []RuleValue) {
	var p Policy
	out := make([]RuleValue, 0, len(policyRules()))
	for _, rule := range policyRules() {
		v := rule.effective(line)
		if rule.apply != nil {
			rule.apply(&p, v.Value)
		}
		out = append(out, v)
	}
	for _, c := range line {
		if of := Require2FA(c.Policy["require_2fa"]); of != "" && of != RequireOff {
			p.Requirements = append(p.Requirements, Requirement{of, split(c.Policy[RuleExempt])})
		}
	}
	return p, out
}

// effective takes the strictest value of the line, or the nearest where none is
// stricter than another.
func (r PolicyRule) effective(line []Community) RuleValue {
	out := RuleValue{Rule: r.Name, Value: r.Default, From: FromDefault}
	for i, c := range line {
		v, set := c.Policy[r.Name]
		if !set || r.Name == RuleExempt && i > 0 {
			continue
		}
		if i == 0 {
			out.Own = v
		}
		switch {
		case out.From == FromDefault:
			out.Value, out.From = v, c.Name
		case r.Stricter != nil:
			if both := r.Stricter(out.Value, v); both != out.Value {
				out.Value, out.From = both, c.Name
			}
		}
	}
	return out
}

// DefaultPolicy is what holds where no community sets a rule.
func DefaultPolicy() Policy {
	p, _ := Effective(nil)
	return p
}
