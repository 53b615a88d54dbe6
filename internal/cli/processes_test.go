package cli_test

import (
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// together runs one command in n processes at once and counts exit statuses.
func (m *machine) together(n int, stdin string, args ...string) map[int]int {
	m.t.Helper()
	var wait sync.WaitGroup
	statuses := make([]int, n)
	var failed atomic.Bool
	begin := make(chan struct{})
	for i := range n {
		c := m.cmd("admin", args...)
		c.Stdin = strings.NewReader(stdin)
		wait.Go(func() {
			<-begin
			if _, err := c.CombinedOutput(); err != nil && c.ProcessState == nil {
				failed.Store(true)
				return
			}
			statuses[i] = c.ProcessState.ExitCode()
		})
	}
	close(begin)
	wait.Wait()
	if failed.Load() {
		m.t.Fatal("a process could not be started")
	}
	count := map[int]int{}
	for _, s := range statuses {
		count[s]++
	}
	return count
}

// users is for how many users the races are run: -users 20 for the long form.
var users = flag.Int("users", 2, "users of each race for one code")

// One code, a hundred processes, some users: one process gets in. The first
// replays are refused as wrong, and after the fifth the factor is locked.
func TestOfAHundredProcessesWithOneCodeExactlyOneSucceeds(t *testing.T) {
	processes := 100
	if raceEnabled || testing.Short() {
		processes = 30
	}
	m := newMachine(t)
	for i := range *users {
		u := m.user(fmt.Sprintf("u%d", i))
		m.advance(30 * time.Second)
		for kind, code := range map[string]string{"totp": u.phone.Code(m.now()), "backup": u.codes[0]} {
			got := m.together(processes, code, "verify", u.email, "--code-stdin", "-o", "json")
			busy := got[11] // who waited five seconds for the store in vain
			if got[0] != 1 || got[7] > 5 || got[0]+got[7]+got[8]+busy != processes {
				t.Errorf("%s of %s: exit statuses %v", kind, u.email, got)
			}
		}
	}
}

func TestOfAHundredProcessesWithAWrongCodeFiveAreChecked(t *testing.T) {
	processes := 100
	if raceEnabled || testing.Short() {
		processes = 30
	}
	m := newMachine(t)
	u := m.user("bob")
	got := m.together(processes, u.phone.Wrong(m.now()), "verify", u.email, "--code-stdin", "-o", "json")
	if got[7] != 5 || got[7]+got[8]+got[11] != processes {
		t.Errorf("exit statuses %v", got)
	}
}
