package factor

import "github.com/mfactl/mfactl/internal/mfa"

// Recovery is the one code an administrator's reset gives. Its lifetime is the
// row's, so the engine judges it (NIST SP 800-63B §4.2.1.2).
type Recovery struct{}

// Name returns "recovery".
func (Recovery) Name() mfa.Kind { return mfa.KindRecovery }

// Enroll makes one code.
func (Recovery) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	return enrolCodes(s, mfa.KindRecovery, 1)
}

// Fits reports 16 symbols.
func (Recovery) Fits(answer string) bool { return IsLookUp(answer) }

// Ask asks for the code.
func (Recovery) Ask(Subject, Cred) ([]byte, mfa.Prompt, error) {
	return nil, mfa.Prompt{Kind: mfa.KindRecovery}, nil
}

// Check spends the code.
func (Recovery) Check(s Subject, c Cred, _ []byte, answer string) (Cred, error) {
	return checkCode(s, mfa.KindRecovery, c, answer)
}

// SetPassword is the one code that redeems a new password. It is no factor: it
// has the same form, and neither signs in nor touches 2FA.
type SetPassword struct{}

// Name returns "set-password".
func (SetPassword) Name() mfa.Kind { return mfa.KindSetPassword }

// Enroll makes one code.
func (SetPassword) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	return enrolCodes(s, mfa.KindSetPassword, 1)
}

// Fits reports 16 symbols.
func (SetPassword) Fits(answer string) bool { return IsLookUp(answer) }

// Ask asks for the code.
func (SetPassword) Ask(Subject, Cred) ([]byte, mfa.Prompt, error) {
	return nil, mfa.Prompt{Kind: mfa.KindSetPassword}, nil
}

// Check spends the code.
func (SetPassword) Check(s Subject, c Cred, _ []byte, answer string) (Cred, error) {
	return checkCode(s, mfa.KindSetPassword, c, answer)
}
