package mfa

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// PolicyRule is one rule of the policy: what it may be, which of two values is
// the stricter, and what it sets.
type PolicyRule struct {
	Name    string
	Default string // where no community of the line sets it
	Values  string // what it may be, for people
	// Check returns the one form of a value; false for what it may not be.
	Check func(value string) (string, bool)
	// Stricter returns the stricter of two values; nil where a community's own
	// value stands before its parents'.
	Stricter func(a, b string) string
	// Slow is the loosest value of a rule that one person alone loosens after a day, see
	// [Holdover]; empty for a rule that changes at once.
	Slow  string
	apply func(*Policy, string)
}

// Rules whose value stands for something else: a list of users, and lists of passwords.
const (
	RuleExempt            = "exempt"
	RulePasswordBlocklist = "password_blocklist"
)

// PolicyRules is the one table of rules, in the order they are shown.
func PolicyRules() []PolicyRule { return slices.Clone(policyRules()) }

// policyRules is the table itself, made when it is first needed: every request asks what
// holds for whom.
var policyRules = sync.OnceValue(func() []PolicyRule { return policyRulesOf(Kinds()) })

// policyRulesOf is the table for those kinds of factor.
func policyRulesOf(table []KindInfo) []PolicyRule {
	methods := kindsWhere(table, MayEnroll)
	return []PolicyRule{
		wordRule(PolicyRule{
			Name: "require_2fa", Default: string(RequireOff), Values: "off, privileged or everyone",
		}, RequireOff, RequirePrivileged, RequireEveryone),
		{Name: RuleExempt, Values: "users of this community and those below it, as USER or USER:LAST-DAY, with commas", Check: listed},
		wordRule(PolicyRule{
			Name: "allow_disable", Default: "true", Values: "true or false",
			apply: func(p *Policy, v string) { p.AllowDisable = v == "true" },
		}, "true", "false"),
		{
			Name: "methods", Default: strings.Join(methods, ","), Values: KindNames(table, "and", MayEnroll) + ", with commas",
			Check: someOf(methods), Stricter: both,
			apply: func(p *Policy, v string) { p.Methods = kinds(v) },
		},
		{
			Name: "backup_codes", Default: "10", Values: "0 to 20",
			Check: number(0, MaxBackupCodes),
			apply: func(p *Policy, v string) { p.BackupCodes = count(v) },
		},
		spanRule("recovery_ttl", "24h", 5*time.Minute, 24*time.Hour, func(p *Policy, d time.Duration) { p.RecoveryTTL = d }),
		wordRule(PolicyRule{
			Name: "reset_approval", Default: string(ApproveBoth), Values: "both, privileged or always", Slow: string(ApproveBoth),
			apply: func(p *Policy, v string) { p.ResetApproval = ResetApproval(v) },
		}, ApproveBoth, ApprovePrivileged, ApproveAlways),
		wordRule(PolicyRule{
			Name: "unattended_reset", Default: "false", Values: "true or false", Slow: "true", // whether a token resets members without a password
			apply: func(p *Policy, v string) { p.UnattendedReset = v == "true" },
		}, "true", "false"),
		{
			Name: "lockout", Default: "5", Values: "1 to 10 wrong codes in a row",
			Check: number(1, 10), Stricter: lesser,
			apply: func(p *Policy, v string) { p.Lockout = count(v) },
		},
		{
			Name: "password_min_length", Default: "12", Values: "8 to 128 characters; without 2FA at least 15",
			Check: number(8, MaxPasswordLength), Stricter: greater,
			apply: func(p *Policy, v string) { p.PasswordMinLength = count(v) },
		},
		{
			Name: RulePasswordBlocklist, Values: "FILE of refused passwords, one a line",
			Check:    func(v string) (string, bool) { _, ok := BlocklistOf(v); return v, ok },
			Stricter: union,
			apply:    func(p *Policy, v string) { p.Blocklists = Blocklists(v) },
		},
		{
			Name: "totp_skew", Default: "1", Values: "0 or 1 steps before and after the current one",
			Check: number(0, 1), Stricter: lesser,
			apply: func(p *Policy, v string) { p.TOTPSkew = count(v) },
		},
		spanRule("session_idle", "30m", time.Minute, time.Hour, func(p *Policy, d time.Duration) { p.SessionIdle = d }), // NIST SP 800-63B §2.2.3
		spanRule("session_max", "12h", 5*time.Minute, 24*time.Hour, func(p *Policy, d time.Duration) { p.SessionMax = d }),
		spanRule("token_max", "90d", time.Hour, 365*day, func(p *Policy, d time.Duration) { p.TokenMax = d }),
		spanRule("token_chain_max", "365d", time.Hour, 3650*day, func(p *Policy, d time.Duration) { p.TokenChainMax = d }),
	}
}

// wordRule completes a rule of exactly one of some words. The one further on is the stricter.
func wordRule[S ~string](rule PolicyRule, words ...S) PolicyRule {
	rule.Check = func(v string) (string, bool) { return v, slices.Contains(words, S(v)) }
	rule.Stricter = func(a, b string) string {
		return string(words[max(slices.Index(words, S(a)), slices.Index(words, S(b)), 0)])
	}
	return rule
}

// someOf takes a list of the kinds, in the order given here.
func someOf(all []string) func(string) (string, bool) {
	return func(v string) (string, bool) {
		given := split(v)
		out := slices.DeleteFunc(slices.Clone(all), func(k string) bool { return !slices.Contains(given, k) })
		return strings.Join(out, ","), len(out) > 0 && len(out) == len(given)
	}
}

// listed takes any list, sorted.
func listed(v string) (string, bool) {
	out := split(v)
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ","), len(out) > 0
}

// both keeps what stands in two lists; it may be nothing.
func both(a, b string) string {
	other := split(b)
	return strings.Join(slices.DeleteFunc(split(a), func(s string) bool { return !slices.Contains(other, s) }), ",")
}

func split(v string) []string {
	var out []string
	for s := range strings.SplitSeq(v, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func kinds(v string) (out []Kind) {
	for _, s := range split(v) {
		out = append(out, Kind(s))
	}
	return out
}

// number takes a whole number within bounds.
func number(least, most int) func(string) (string, bool) {
	return func(v string) (string, bool) {
		n, err := strconv.Atoi(v)
		return strconv.Itoa(n), err == nil && n >= least && n <= most
	}
}

func count(v string) int {
	n, _ := strconv.Atoi(v)
	return n
}

func lesser(a, b string) string  { return strconv.Itoa(min(count(a), count(b))) }
func greater(a, b string) string { return strconv.Itoa(max(count(a), count(b))) }

// spanRule is a rule of a time such as 30m, 12h or 90d within bounds, in whole seconds. The
// shorter of two is the stricter.
func spanRule(name, standard string, least, most time.Duration, set func(*Policy, time.Duration)) PolicyRule {
	return PolicyRule{
		Name: name, Default: standard, Values: Span(least).String() + " to " + Span(most).String(),
		Check: func(v string) (string, bool) {
			s, err := ParseSpan(v)
			d := time.Duration(s)
			return s.String(), err == nil && d >= least && d <= most && d%time.Second == 0
		},
		Stricter: shorter,
		apply:    func(p *Policy, v string) { set(p, spanOf(v)) },
	}
}

func spanOf(v string) time.Duration {
	s, _ := ParseSpan(v)
	return time.Duration(s)
}

func shorter(a, b string) string {
	if spanOf(a) <= spanOf(b) {
		return a
	}
	return b
}
