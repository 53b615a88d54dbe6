package cli_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// A process that may hold secrets leaves no core behind.
func TestNoCoreIsDumped(t *testing.T) {
	m := newMachine(t)
	s := m.on("bob", "login", "admin@acme.example")
	s.sees("assword for admin@acme.example")
	limits, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).Match(limits) {
		t.Errorf("%s", limits)
	}
	if _, err := s.f.Write([]byte{3}); err != nil { // ctrl-C
		t.Fatal(err)
	}
	if got := s.ends(); got != 130 {
		t.Errorf("exit status %d", got)
	}
}
