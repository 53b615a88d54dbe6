package internal_test

import (
	"os/exec"
	"strings"
	"testing"
)

// steps runs .ci/run with arguments that run no step, and returns what it prints.
func steps(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "bash", append([]string{"../.ci/run"}, args...)...).CombinedOutput()
	return string(out), err
}

func TestEveryStepIsListed(t *testing.T) {
	out, err := steps(t, "list")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"ordinary", "root", "races", "wire", "faults", "lint", "generate", "fuzz"} {
		if !strings.Contains("\n"+out, "\n"+name+" ") {
			t.Errorf("%s is not listed: %s", name, out)
		}
	}
	if strings.Contains(out, "==") {
		t.Errorf("a step ran: %s", out)
	}
}

// A misspelled step must not look like steps that passed.
func TestAStepThatIsNotListedIsRefused(t *testing.T) {
	for _, args := range [][]string{{"lnt"}, {"vet", "lnt"}, {"vet lnt"}, {""}, {"vet", "list"}} {
		out, err := steps(t, args...)
		if err == nil || !strings.Contains(out, "no step is called") || strings.Contains(out, "==") {
			t.Errorf("%q: %v: %s", args, err, out)
		}
	}
}
