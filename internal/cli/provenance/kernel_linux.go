package provenance

import (
	"bufio"
	"os"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// noLogin is what the kernel says of a process that no login started, such as a service: -1
// in 32 bits.
const noLogin = "4294967295"

// loginUID asks the kernel who signed in to the session of this process. sudo, su and the
// environment do not change it, and without CAP_AUDIT_CONTROL nobody sets it again.
func loginUID() string {
	b, err := os.ReadFile("/proc/self/loginuid")
	if uid := strings.TrimSpace(string(b)); err == nil && uid != "" && uid != noLogin {
		return uid
	}
	return mfa.LoginUnknown
}

// osUserName finds the name of a user in the user database; empty if it has none. Package
// os/user would take the variable USER where the database does not have the caller.
func osUserName(uid string) string {
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Split(lines.Text(), ":"); len(fields) > 2 && fields[2] == uid {
			return fields[0]
		}
	}
	return ""
}
