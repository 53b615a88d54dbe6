package provenance

import (
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// OfProcess returns what the kernel says of this process, and, as claimed, what its
// environment says: anybody who starts a process sets that.
func OfProcess(env func(string) string) mfa.Provenance {
	p := mfa.Provenance{PID: os.Getpid(), UID: strconv.Itoa(os.Getuid()), LoginUID: loginUID(), Claimed: environmentClaims(env)}
	p.OSUser = osUserName(p.UID)
	p.Host, _ = os.Hostname()
	if p.LoginUID != mfa.LoginUnknown {
		p.LoginUser = osUserName(p.LoginUID)
	}
	return p
}

// maxEnvironmentClaim bounds the value of one variable: a long one would fill the audit trail.
const maxEnvironmentClaim = 60

// environmentClaims returns what the environment says of who acts, and from where.
func environmentClaims(env func(string) string) string {
	client, _, _ := strings.Cut(env("SSH_CLIENT"), " ")
	var parts []string
	for _, said := range [][2]string{
		{"sudo_user", env("SUDO_USER")}, {"ssh_client", client}, {"ssh_connection", env("SSH_CONNECTION")},
		{"ssh_tty", env("SSH_TTY")}, {"ci_job", ciJob(env)},
	} {
		if value := strings.ToValidUTF8(said[1], ""); value != "" {
			parts = append(parts, said[0]+"="+url.QueryEscape(value[:min(len(value), maxEnvironmentClaim)]))
		}
	}
	return strings.Join(parts, " ")
}

// ciJob names the job of a continuous integration service.
func ciJob(env func(string) string) string {
	if env("GITHUB_ACTIONS") == "true" {
		return strings.Join([]string{"github", env("GITHUB_REPOSITORY"), env("GITHUB_RUN_ID"), env("GITHUB_JOB")}, "/")
	}
	if env("GITLAB_CI") != "" {
		return strings.Join([]string{"gitlab", env("CI_PROJECT_PATH"), env("CI_JOB_ID")}, "/")
	}
	return ""
}
