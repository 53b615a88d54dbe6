package cli_test

import (
	"bytes"
	"strings"
	"testing"
)

// refused runs a command that must be refused before anything is opened, and returns what it says.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	var out, talk bytes.Buffer
	home := t.TempDir()
	a := &program{
		In: strings.NewReader(""), Out: &out, Err: &talk, Env: func(name string) string { return map[string]string{"HOME": home}[name] },
		Context: t.Context(),
	}
	if status := run(a, append(args, "--no-input")...); status != 2 || out.Len() > 0 {
		t.Errorf("%q: exit %d: %s%s", args, status, out.String(), talk.String())
	}
	return talk.String()
}

func TestAWrongValueNamesItsFlagAndSaysWhyInWords(t *testing.T) {
	for command, want := range map[string]string{
		"admin tokens create --expires 0":               "mfactl: --expires: must be longer than nothing",
		"admin tokens create --expires 0d":              "mfactl: --expires: must be longer than nothing",
		"admin tokens rotate X --expires 0s":            "mfactl: --expires: must be longer than nothing",
		"admin tokens create --expires -5d":             `mfactl: --expires: no length of time such as 30d, 12h or 90m: "-5d"`,
		`admin tokens create --expires x"for"--no`:      `mfactl: --expires: no length of time such as 30d`,
		"admin users list --limit x":                    "mfactl: --limit: not a number",
		"admin users list --limit 99999999999999999999": "mfactl: --limit: too large a number",
		"admin users lock x --yes=maybe":                "mfactl: --yes: neither true nor false",
		"admin users list --nope":                       "mfactl: --nope: unknown flag: --nope",
	} {
		if said := refused(t, strings.Fields(command)...); !strings.HasPrefix(said, want) || strings.Contains(said, "strconv") {
			t.Errorf("%s: %s", command, said)
		}
	}
}

// A person knows the flags that they typed, and not the fields of the wire.
func TestAnErrorNamesTheFlagThatWasGiven(t *testing.T) {
	m := newMachine(t)
	for command, want := range map[string]string{
		"admin tokens create --allow nonsense --reveal":                "--allow: ",
		"admin users create x@acme.example --role nonsense --reveal":   "--role: ",
		"admin users list --community nonsense --server ftp://x":       "--server: ",
		"admin tokens create --allow users:read --expires 1s --save t": "--expires: ",
		"admin policy set nonsense=1 --password-file P":                "rule: ",
	} {
		_, said, status := m.run("admin", "", strings.Fields(command)...)
		if status != 2 || !strings.Contains(said, ": "+want) {
			t.Errorf("%s: exit %d: %s", command, status, said)
		}
	}
	_, said, _ := m.run("admin", "", "admin", "users", "lock", "-", "--max", "0")
	if !strings.HasSuffix(said, "mfactl: hint: mfactl admin users lock --help\n") {
		t.Errorf("%s", said)
	}
}
