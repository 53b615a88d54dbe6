package cli_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestOnlyOneThingReadsStandardInput(t *testing.T) {
	for command, want := range map[string]string{
		"login a@acme.example --password-stdin --code-stdin":                           "--password-stdin: standard input is read by --code-stdin",
		"login a@acme.example --password-file - --code-file /dev/stdin":                "--password-file: standard input is read by --code-file",
		"2fa resync phone --code-stdin --second-code-file /dev/fd/0":                   "--second-code-file: standard input is read by --code-stdin",
		"admin users lock - --token-file -":                                            "--token-file: standard input is read by the list",
		"admin reset-2fa - --password-stdin --yes --reveal":                            "--password-stdin: standard input is read by the list",
		"admin reset-2fa a@acme.example --password-stdin --token-file /proc/self/fd/0": "--token-file: standard input is read by --password-stdin",
		"admin users lock --csv /dev/stdin --token-file /dev/stdin":                    "--token-file: standard input is read by --csv",
	} {
		if said := refused(t, strings.Fields(command)...); !strings.Contains(said, want) {
			t.Errorf("%s: %s", command, said)
		}
	}
}

func TestWithoutATerminalTheMissingFlagIsNamed(t *testing.T) {
	d := newDesk(t)
	d.write("P", adminPassword)
	for command, flag := range map[string]string{
		"login a@acme.example":              "--password-file",
		"password change --password-file P": "--new-password-file",
		"verify a@acme.example":             "--code-stdin",
		"init --no-enable":                  "--community",
		"2fa disable --password-file P":     "--yes",
	} {
		server := answering(t, func(question) any { return mfa.TwoFactor{} })
		args := strings.Fields(strings.Replace(command, "file P", "file "+d.path("P"), 1))
		if args[0] == "init" {
			args = append(args, "--store", d.path("s.db"))
		} else {
			d.env["MFACTL_TOKEN"] = tokenOf(1)
			args = append(args, "--server", server.url)
		}
		if args[0] == "login" || args[0] == "init" {
			delete(d.env, "MFACTL_TOKEN")
		}
		if _, stderr, status := d.run(args...); status != 2 || !strings.Contains(stderr, ": "+flag+": missing") {
			t.Errorf("%s: exit %d: %s", command, status, stderr)
		}
	}
}
