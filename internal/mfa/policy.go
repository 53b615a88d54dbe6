package mfa

import (
	"slices"
	"time"
)

// Policy is the set of rules that holds for one community: of each rule the
// strictest of its own and its parents'.
type Policy struct {
	Requirements      []Requirement
	AllowDisable      bool
	Methods           []Kind        // kinds that may be enrolled and used; none: nothing may
	BackupCodes       int           // how many a set has, 0 to 20
	RecoveryTTL       time.Duration // never longer than 24 h (NIST SP 800-63B §4.2.1.2)
	ResetApproval     ResetApproval
	UnattendedReset   bool        // a token may reset the 2FA of members without a password at that moment
	Lockout           int         // wrong codes in a row before the first lock
	PasswordMinLength int         // characters, 8 to 128 (NIST SP 800-63B §3.1.1)
	Blocklists        []Blocklist // of refused passwords, beside the built-in one
	TOTPSkew          int         // steps of time accepted before and after the current one, 0 or 1 (OWASP ASVS 6.5.5)
	SessionIdle       time.Duration
	SessionMax        time.Duration
	TokenMax          time.Duration // how long an API token lives at most, from its making
	TokenChainMax     time.Duration // how long a chain of tokens that replace one another goes on at most
}

// LonePasswordLength is how many characters a password has at least where no second factor
// stands beside it (NIST SP 800-63B §3.1.1.2).
const LonePasswordLength = 15

// MaxPasswordLength is how many characters a password has at most, whatever the policy says.
// Nothing is cut off (NIST SP 800-63B §3.1.1.2).
const MaxPasswordLength = 128

// Requirement is what one community asks for, and whom it exempts. An exemption
// binds the rule of its own community only.
type Requirement struct {
	Of     Require2FA
	Exempt []string // user ids
}

// Require2FA says of whom 2FA is required.
type Require2FA string

// The requirements, least first.
const (
	RequireOff        Require2FA = "off"
	RequirePrivileged Require2FA = "privileged" // users who have a permission over others
	RequireEveryone   Require2FA = "everyone"
)

// ResetApproval says which resets need a second person.
type ResetApproval string

// The approvals, least first. Each includes the one before.
const (
	ApproveBoth       ResetApproval = "both"       // of password and 2FA within 24 hours
	ApprovePrivileged ResetApproval = "privileged" // also of who has a permission over others
	ApproveAlways     ResetApproval = "always"
)

// Requires reports whether the policy requires 2FA of a user who holds the
// grant.
func (p Policy) Requires(userID string, g Grant) bool {
	return slices.ContainsFunc(p.Requirements, func(r Requirement) bool {
		asked := r.Of == RequireEveryone || r.Of == RequirePrivileged && g.Privileged()
		return asked && !slices.Contains(r.Exempt, userID)
	})
}

// Allows reports whether a kind may be enrolled.
func (p Policy) Allows(k Kind) bool { return slices.Contains(p.Methods, k) }

// Bars reports whether a kind is one that users enroll and that may not be used: its factors
// open only a session in which the user enrolls another, and verify refuses their codes.
func (p Policy) Bars(k KindInfo) bool { return k.Enrolls && !p.Allows(k.Name) }

// RuleValue is what one rule is in a community.
type RuleValue struct {
	Rule  string `json:"rule"`
	Value string `json:"value"`
	From  string `json:"from"`          // the community that sets it, or "default"
	Own   string `json:"own,omitempty"` // what this community sets itself
	// Later is what the rule becomes, since one person alone made it looser.
	Later []LaterValue `json:"later,omitempty"`
}

// LaterValue is what a rule becomes at a time.
type LaterValue struct {
	Value string    `json:"value"`
	At    time.Time `json:"at"`
}

// FromDefault is where a rule comes from that no community of the line sets.
const FromDefault = "default"

// RuleOfPolicy returns the rule of a name, for those kinds of factor; ok is false if no rule
// has that name.
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
	p.Requirements = requirements(line, nil, time.Time{})
	return p, out
}

// requirements are what the communities of a line ask for at a time.
func requirements(line []Community, held []Holdover, now time.Time) (out []Requirement) {
	for _, c := range line {
		if of := Require2FA(c.Policy["require_2fa"]); of != "" && of != RequireOff {
			r := Requirement{Of: of}
			for _, x := range exempted(c, held, now) {
				r.Exempt = append(r.Exempt, x.UserID)
			}
			out = append(out, r)
		}
	}
	return out
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
