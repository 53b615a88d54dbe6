package mfa_test

import (
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestOfARuleTheStrictestOfTheLineHolds(t *testing.T) {
	for _, c := range []struct {
		rule, parent, child, holds, from string
	}{
		{"require_2fa", "privileged", "everyone", "everyone", "Child"},
		{"require_2fa", "everyone", "off", "everyone", "Acme"},
		{"allow_disable", "false", "true", "false", "Acme"},
		{"allow_disable", "true", "false", "false", "Child"},
		{"methods", "totp,hotp", "hotp", "hotp", "Child"},
		{"backup_codes", "8", "20", "20", "Child"},
		{"backup_codes", "8", "", "8", "Acme"},
		{"recovery_ttl", "8h", "12h", "8h", "Acme"},
		{"reset_approval", "always", "both", "always", "Acme"},
		{"reset_approval", "privileged", "always", "always", "Child"},
		{"lockout", "3", "7", "3", "Acme"},
		{"lockout", "7", "4", "4", "Child"},
		{"password_min_length", "14", "8", "14", "Acme"},
		{"password_blocklist", "2:cd", "1:ab", "1:ab,2:cd", "Acme"}, {"password_blocklist", "1:ab", "1:ab", "1:ab", "Child"},
		{"totp_skew", "1", "0", "0", "Child"}, {"totp_skew", "0", "1", "0", "Acme"},
		{"session_idle", "10m", "1h", "10m", "Acme"},
		{"session_max", "24h", "1h", "1h", "Child"},
		{"session_max", "", "", "12h", "default"},
		{"unattended_reset", "false", "true", "false", "Acme"},
		{"unattended_reset", "true", "false", "false", "Child"},
		{"unattended_reset", "", "true", "true", "Child"},
		{"token_max", "30d", "90d", "30d", "Acme"},
		{"token_max", "", "", "90d", "default"},
		{"token_chain_max", "100d", "30d", "30d", "Child"},
		{"token_chain_max", "", "", "365d", "default"},
	} {
		line := []mfa.Community{{Name: "Child", Policy: one(c.rule, c.child)}, {Name: "Acme", Policy: one(c.rule, c.parent)}}
		_, all := mfa.Effective(line)
		i := slices.IndexFunc(all, func(r mfa.RuleValue) bool { return r.Rule == c.rule })
		if got := all[i]; got.Value != c.holds || got.From != c.from || got.Own != c.child {
			t.Errorf("%s: %q above, %q own: %+v", c.rule, c.parent, c.child, got)
		}
	}
}

func one(rule, value string) map[string]string {
	if value == "" {
		return nil
	}
	return map[string]string{rule: value}
}

func TestARuleTakesWhatItMayBeInOneForm(t *testing.T) {
	for _, c := range []struct{ rule, value, form string }{
		{"methods", "hotp, totp", "totp,hotp"}, {"recovery_ttl", "60m", "1h"}, {"recovery_ttl", "90m", "1h30m"},
		{"recovery_ttl", "24h0m0s", "24h"}, {"session_idle", "90s", "1m30s"}, {"token_max", "720h", "30d"}, {"recovery_ttl", "1d", "24h"}, {"lockout", "07", "7"}, {"exempt", "b, a,,b", "a,b"},
		{"backup_codes", "0", "0"}, {"backup_codes", "20", "20"}, {"password_min_length", "128", "128"},
	} {
		rule, _ := mfa.RuleOfPolicy(c.rule, mfa.Kinds())
		if got, ok := rule.Check(c.value); !ok || got != c.form {
			t.Errorf("%s %q: %q %v", c.rule, c.value, got, ok)
		}
	}
	for _, c := range [][2]string{
		{"require_2fa", "sometimes"}, {"require_2fa", "Off"}, {"allow_disable", "no"}, {"methods", "sms"}, {"methods", "totp,sms"}, {"methods", ","},
		{"token_max", "366d"}, {"token_max", "59m"}, {"unattended_reset", "yes"}, {"backup_codes", "21"}, {"backup_codes", "-1"}, {"backup_codes", "ten"}, {"recovery_ttl", "25h"}, {"recovery_ttl", "4m59s"}, {"recovery_ttl", "1h0.5s"},
		{"reset_approval", "never"}, {"totp_skew", "2"}, {"totp_skew", "-1"}, {"lockout", "0"}, {"lockout", "11"}, {"password_min_length", "7"}, {"password_min_length", "129"},
		{"session_idle", "61m"}, {"session_max", "48h"}, {"session_max", "1"}, {"exempt", " ,"},
	} {
		rule, _ := mfa.RuleOfPolicy(c[0], mfa.Kinds())
		if got, ok := rule.Check(c[1]); ok {
			t.Errorf("%s takes %q as %q", c[0], c[1], got)
		}
	}
}

// Every default is a value the rule itself takes, so that to set it says the same.
func TestEveryDefaultIsAValueOfItsRule(t *testing.T) {
	for _, r := range mfa.PolicyRules() {
		if r.Default == "" {
			continue
		}
		if got, ok := r.Check(r.Default); !ok || got != r.Default {
			t.Errorf("%s: %q becomes %q", r.Name, r.Default, got)
		}
	}
	p := mfa.DefaultPolicy()
	if p.Requires("u1", mfa.Grant{Everywhere: true, Permissions: mfa.Permissions()}) || !p.AllowDisable || p.Lockout != 5 || p.BackupCodes != 10 {
		t.Errorf("%+v", p)
	}
}
