package cli_test

import (
	"strings"
	"testing"
	"time"
)

// A caller that wants JSON gets it also for flags that are wrong: the last -o counts, or else
// the environment.
func TestJSONIsWantedBeforeTheFlagsAreKnown(t *testing.T) {
	d := newDesk(t)
	for args, want := range map[string]bool{
		"whoami --bogus -o json": true, "whoami -ojson": true, "whoami -o=jsonl": true, "whoami --output=json": true,
		"whoami --output json": true, "whoami": false, "whoami -o json -o table": false, "verify -- -o json": false, "whoami -o": false,
		"verify -o json": true, "admin bogus -o json": true,
	} {
		command, rest, _ := strings.Cut(args, " ")
		for _, line := range []string{args, command + " --bogus " + rest} {
			out, stderr, status := d.run(strings.Fields(line)...)
			if got := strings.HasPrefix(stderr, `{"apiVersion"`); got != want || status == 0 || out != "" {
				t.Errorf("%s: exit %d: %s%s", line, status, out, stderr)
			}
			if refused := line != args || args == "verify -o json" || args == "admin bogus -o json"; refused && status != 2 {
				t.Errorf("%s: exit %d: %s", line, status, stderr)
			}
		}
	}
	d.env["MFACTL_OUTPUT"] = "json"
	if _, stderr, status := d.run("whoami", "--bogus"); status != 2 || !strings.HasPrefix(stderr, `{"apiVersion"`) {
		t.Errorf("MFACTL_OUTPUT does not count: exit %d: %s", status, stderr)
	}
}

func TestAPanicIsAFaultWithoutItsValue(t *testing.T) {
	d := newDesk(t)
	var talk strings.Builder
	a := d.app()
	a.Err, a.Clock = &talk, func() time.Time { panic("canary") }
	if status := run(a, "admin", "audit", "list", "--since", "1d", "-v"); status != 1 || strings.Contains(talk.String(), "canary") || !strings.Contains(talk.String(), "cause=") {
		t.Errorf("exit %d: %s", status, talk.String())
	}
}
