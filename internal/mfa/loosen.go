package mfa

import (
	"slices"
	"strings"
	"time"
)

// LoosenAfter is how long a two-person rule stays as strict as it was, after one person alone
// made it looser for somebody.
const LoosenAfter = 24 * time.Hour

// Holdover is what one person alone made looser: the stricter of before and after applies
// until a time. It belongs to the community whose rule, parent or exemption changed, or to
// the account that moved.
type Holdover struct {
	Rule string `json:"rule"`
	// Value is what the rule was. It is empty if no community set the rule, and its default
	// applied. Of [RuleExempt] it is the user who is not exempt yet, with the last day if the
	// user was exempt until then.
	Value string    `json:"value,omitempty"`
	Of    string    `json:"of,omitempty"` // of [RuleExempt]: the community whose exemption it is
	Until time.Time `json:"until"`
}

// active reports whether the holdover applies at a time.
func (h Holdover) active(now time.Time) bool { return now.Before(h.Until) }

// Was is what the rule was.
func (h Holdover) Was() string {
	for _, r := range policyRules() {
		if h.Value == "" && r.Name == h.Rule {
			return r.Default
		}
	}
	return h.Value
}

// Standing is where rules apply: to a community, or to an account of it.
type Standing struct {
	Line []Community // the community and those above it
	User *User       // nil: the community itself
}

// held are the holdovers of the account, or of the community.
func (s Standing) held() []Holdover {
	if s.User != nil {
		return s.User.Held
	}
	return s.Line[0].Held
}

// with is the standing with other holdovers.
func (s Standing) with(held []Holdover) Standing {
	if s.User != nil {
		u := *s.User
		u.Held = held
		return Standing{s.Line, &u}
	}
	s.Line = slices.Clone(s.Line)
	s.Line[0].Held = held
	return s
}

// levels are the holdovers of the account and of each community, nearest first. The level of
// a community is one more than its place in the line.
func (s Standing) levels() (out [][]Holdover) {
	out = append(out, nil)
	if s.User != nil {
		out[0] = s.User.Held
	}
	for _, c := range s.Line {
		out = append(out, c.Held)
	}
	return out
}

// InForce is the policy of a standing as it applies at a time. p is the policy without
// holdovers.
func InForce(p Policy, s Standing, now time.Time) Policy {
	if !s.holds(now) {
		return p
	}
	for _, rule := range policyRules() {
		if rule.Slow != "" {
			rule.apply(&p, rule.at(s, now).Value)
		}
	}
	p.Requirements = requirements(s.Line, slices.Concat(s.levels()...), now)
	return p
}

// holds reports whether anything is held, or depends on the day. Every request asks this.
func (s Standing) holds(now time.Time) bool {
	active := func(h Holdover) bool { return h.active(now) }
	if slices.ContainsFunc(s.Line, func(c Community) bool { return strings.Contains(c.Policy[RuleExempt], ":") }) {
		return true
	}
	return s.User != nil && slices.ContainsFunc(s.User.Held, active) ||
		slices.ContainsFunc(s.Line, func(c Community) bool { return slices.ContainsFunc(c.Held, active) })
}

// at is what a rule is at a time, with what still applies of before.
func (r PolicyRule) at(s Standing, now time.Time) RuleValue {
	out := r.effective(s.Line)
	if r.Name == RuleExempt {
		var bind []string
		for _, x := range exempted(s.Line[0], slices.Concat(s.levels()...), now) {
			bind = append(bind, x.String())
		}
		out.Value = strings.Join(bind, ",")
	}
	if r.Slow == "" {
		return out
	}
	below := false // a community below sets the rule, so the default never applied to this standing
	for i, held := range s.levels() {
		for _, h := range held {
			if h.Rule != r.Name || !h.active(now) || h.Value == "" && below {
				continue
			}
			was := r.held(h)
			if r.Stricter(out.Value, was.Value) != out.Value {
				out.Value, out.From = was.Value, FromDefault
				if i > 0 {
					out.From = s.Line[i-1].Name
				}
			}
		}
		below = below || i > 0 && s.Line[i-1].Policy[r.Name] != ""
	}
	return out
}

// held is what the rule was.
func (r PolicyRule) held(h Holdover) RuleValue {
	out := RuleValue{Rule: r.Name, Value: h.Was()}
	if h.Value == "" {
		out.From = FromDefault
	}
	return out
}

// looser reports whether a rule became looser. A strict default is looser than the same value
// that a community sets, since a community below may set another.
func (r PolicyRule) looser(was, is RuleValue) bool {
	if was.Value != is.Value {
		return r.Stricter(was.Value, is.Value) == was.Value
	}
	return was.Value != r.Slow && was.From != FromDefault && is.From == FromDefault
}

// Schedule is each rule of a standing as it applies at a time, and what it becomes later.
func Schedule(s Standing, now time.Time) (out []RuleValue) {
	for _, rule := range policyRules() {
		out = append(out, rule.schedule(s, now))
	}
	return out
}

func (r PolicyRule) schedule(s Standing, now time.Time) RuleValue {
	out := r.at(s, now)
	last := out.Value
	for _, t := range ends(s, r.Name, now) {
		if next := r.at(s, t).Value; next != last {
			out.Later = append(out.Later, LaterValue{next, t})
			last = next
		}
	}
	return out
}

// SlowRules are the names of the rules that one person alone loosens after a day.
func SlowRules() []string {
	out := []string{RuleExempt}
	for _, r := range policyRules() {
		if r.Slow != "" {
			out = append(out, r.Name)
		}
	}
	return out
}

// LooserFrom is when a rule is as loose as it was set to be; zero if it is now.
func LooserFrom(s Standing, name string, now time.Time) (from time.Time) {
	for _, rule := range policyRules() {
		if rule.Name != name {
			continue
		}
		for _, later := range rule.schedule(s, now).Later {
			from = later.At
		}
	}
	return from
}

// ends are the times at which holdovers of a rule end, each once.
func ends(s Standing, rule string, now time.Time) (out []time.Time) {
	for _, h := range slices.Concat(s.levels()...) {
		if h.Rule == rule && h.active(now) {
			out = append(out, h.Until)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// Loosened returns the holdovers of a standing, once one person alone has changed it from what
// it was. Where a rule is as strict as before, nothing is held.
func Loosened(was, next Standing, now time.Time) []Holdover {
	kept := slices.DeleteFunc(slices.Clone(was.held()), func(h Holdover) bool { return !h.active(now) })
	for _, rule := range policyRules() {
		if rule.Slow != "" {
			kept = rule.loosened(was, next, kept, now)
		}
	}
	return newlyExempt(was, next, kept, now)
}

func (r PolicyRule) loosened(was, next Standing, kept []Holdover, now time.Time) []Holdover {
	hold := func(before, after RuleValue) {
		if !r.looser(before, after) {
			return
		}
		h := Holdover{Rule: r.Name, Value: before.Value, Until: now.Add(LoosenAfter)}
		if before.From == FromDefault && before.Value == r.Default {
			h.Value = ""
		}
		kept = append(slices.DeleteFunc(kept, func(o Holdover) bool { return o.Rule == r.Name && o.Value == h.Value }), h)
	}
	settled := r.effective(next.Line)
	hold(r.effective(was.Line), settled)
	for _, t := range append([]time.Time{now}, ends(next, r.Name, now)...) { // what was held above, in another line
		hold(r.at(was, t), r.at(next.with(kept), t))
	}
	return slices.DeleteFunc(kept, func(h Holdover) bool { return h.Rule == r.Name && !r.looser(r.held(h), settled) })
}
