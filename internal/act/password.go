package act

import "github.com/mfactl/mfactl/internal/mfa"

// bringsPassword reports whether a call pays for a password attempt: if the rule always asks
// for one, or may and the call brings one. A dry run takes none.
func (o Spec) bringsPassword(rule mfa.Rule) bool {
	switch {
	case o.change.DryRun:
		return false
	case rule.Password == mfa.PasswordToWiden:
		return o.Password != nil && !o.Password.IsZero()
	default:
		return rule.Password == mfa.PasswordAlways
	}
}

// RequirePassword refuses an act that creates or widens authority, or hands out a credential,
// unless the call has proved the caller's password: Usage, which is not recorded, if it brought
// none, and Forbidden to an API token, which can prove none. A dry run needs no password.
// what completes the sentence "you need your password to".
func RequirePassword(a *Act, what string) error {
	switch {
	case a.Unattended():
		return mfa.Errorf(mfa.Forbidden, "an API token may not %s", what).WithHint("mfactl login, and no token given")
	case a.proved || a.spec.change.DryRun:
		return nil
	}
	a.unproved = true
	return mfa.UsageError("password", "missing: you need your own password to %s", what)
}
