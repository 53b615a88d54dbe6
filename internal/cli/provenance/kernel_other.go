//go:build !linux

package provenance

import (
	"os/user"

	"github.com/mfactl/mfactl/internal/mfa"
)

// loginUID is not known to this kernel.
func loginUID() string { return mfa.LoginUnknown }

// osUserName finds the name of a user; empty for a user without one.
func osUserName(uid string) string {
	u, err := user.LookupId(uid)
	if err != nil {
		return ""
	}
	return u.Username
}
