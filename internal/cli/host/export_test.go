package host

import "github.com/mfactl/mfactl/internal/mfa"

// Remedies are what doctor tells a user to do, for tests that have the command tree.
func Remedies() (all []string) {
	for _, c := range checks() {
		all = append(all, c.remedy)
	}
	p := &patient{health: mfa.Health{Exhausted: []mfa.Exhausted{{User: "a@b", What: mfa.ExhaustedCodes}, {User: "a@b", What: mfa.ExhaustedPassword}}}}
	for _, f := range p.lockedOut() {
		all = append(all, f.remedy)
	}
	return all
}
