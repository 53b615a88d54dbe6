package cli

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
	a := &App{
		In: strings.NewReader(""), Out: &out, Err: &talk, Env: func(name string) string { return map[string]string{"HOME": home}[name] },
		heeded: t.Context(),
	}
	if status := a.Run(append(args, "--no-input")); status != 2 || out.Len() > 0 {
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
