package factor

import "github.com/mfactl/mfactl/internal/mfa"

// recovery is a single look-up code that an administrator hands over: the
// recovery code of a reset (NIST SP 800-63B §4.2.1.2) and, under its own name
// and so under other tags, the code that sets a password. When it expires is
// the engine's rule; here it only works once.
type recovery struct{ codes }

// Enroll makes the one code; Subject.Count does not matter.
func (k recovery) Enroll(s Subject) (Cred, mfa.Reveal, error) { return k.draw(s, 1) }
