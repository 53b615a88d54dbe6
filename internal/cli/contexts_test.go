package cli_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// What many processes change at once is all there afterwards, made and deleted alike.
func TestContextsThatAreMadeAtOnceAreAllThere(t *testing.T) {
	const many = 20
	m := &machine{t: t, dir: t.TempDir()}
	m.write(".clock", "2026-03-14T09:26:40Z")
	at := func(args func(n int) []string) {
		t.Helper()
		var wait sync.WaitGroup
		for n := range many {
			c := m.cmd("admin", args(n)...)
			wait.Go(func() {
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		wait.Wait()
	}
	count := func() int { return strings.Count(m.must("admin", "", "context", "list", "-o", "name"), "\n") }
	at(func(n int) []string { return []string{"context", "create", fmt.Sprintf("c%d", n), "--store", "s.db"} })
	if n := count(); n != many {
		t.Errorf("%d contexts of %d", n, many)
	}
	at(func(n int) []string {
		switch name := fmt.Sprintf("c%d", n/2); {
		case n%2 == 0:
			return []string{"context", "delete", name}
		case n == 1:
			return []string{"context", "use", fmt.Sprintf("c%d", many-1)}
		default:
			return []string{"context", "create", name + "-too", "--store", "s.db"}
		}
	})
	if n := count(); n != many-1 {
		t.Errorf("%d contexts of %d", n, many-1)
	}
	if out := m.must("admin", "", "context", "list", "-o", "csv"); !strings.Contains(out, fmt.Sprintf("*,c%d,", many-1)) {
		t.Errorf("the one in use was lost: %s", out)
	}
}

// What was done is said also where its answer is lost.
func TestAChangeOfTheContextsIsToldWhereItsAnswerIsLost(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.write(".clock", "2026-03-14T09:26:40Z")
	for _, c := range []struct{ args, want string }{
		{"create lab --store s.db", "the context lab was made, but"}, {"use lab", "the context lab is in use, but"}, {"delete lab", "the context lab was deleted, but"},
		{"delete lab", "the output could not be written"},
	} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		var talk strings.Builder
		cmd := m.cmd("admin", append([]string{"context"}, strings.Fields(c.args)...)...)
		cmd.Stdout, cmd.Stderr = full, &talk
		_ = cmd.Run() // its status is looked at
		_ = full.Close()
		status, done := cmd.ProcessState.ExitCode(), strings.HasSuffix(c.want, "but")
		if !strings.Contains(talk.String(), c.want) || done != (status == 15) || done != strings.Contains(talk.String(), "hint: mfactl context list") || done == strings.Contains(talk.String(), "nothing was changed") {
			t.Errorf("%s: exit %d: %s", c.args, status, talk.String())
		}
	}
}

// Whoever may not change the contexts deletes no session; a context that is deleted leaves
// none.
func TestAContextThatIsNotDeletedKeepsItsSession(t *testing.T) {
	d := newDesk(t)
	if _, stderr, status := d.run("context", "create", "lab", "--store", "s.db"); status != 0 {
		t.Fatal(stderr)
	}
	session := sessionFile(d.app().Env, "context lab")
	d.write(strings.TrimPrefix(session, d.dir), "{}")
	lock := d.path("mfactl/contexts.yaml.lock")
	if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
		t.Fatal(err)
	}
	if out, stderr, status := d.run("context", "delete", "lab"); status == 0 || !there(session) {
		t.Errorf("exit %d: %s%s; the session is there: %v", status, out, stderr, there(session))
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if out, stderr, status := d.run("context", "delete", "lab"); status != 0 || there(session) {
		t.Errorf("exit %d: %s%s; the session is there: %v", status, out, stderr, there(session))
	}
}

// Who deletes the context in use is told where the next command goes.
func TestDeletingTheContextInUseSaysWhereCommandsActThen(t *testing.T) {
	d := newDesk(t)
	for _, args := range [][]string{{"create", "lab", "--store", "s.db", "--use"}, {"create", "two", "--store", "s.db"}} {
		if _, stderr, status := d.run(append([]string{"context"}, args...)...); status != 0 {
			t.Fatal(stderr)
		}
	}
	if out, stderr, status := d.run("context", "delete", "two"); status != 0 || out != "two: deleted\n" || stderr != "" {
		t.Errorf("another one: exit %d: %s%s", status, out, stderr)
	}
	where := "commands now act at " + d.path("mfactl/mfactl.db") + "\n"
	if out, stderr, status := d.run("context", "delete", "lab"); status != 0 || out != "lab: deleted; "+where || stderr != "mfactl: "+where {
		t.Errorf("exit %d: %s%s", status, out, stderr)
	}
	if out, stderr, status := d.run("context", "delete", "lab"); status != 0 || strings.Contains(out, "commands") || stderr != "" {
		t.Errorf("once more: exit %d: %s%s", status, out, stderr)
	}
}

// A variable stands over the context in use: whoever takes one is told which.
func TestTakingAContextInUseWarnsOfVariablesThatStandOverIt(t *testing.T) {
	for name, value := range map[string]string{"MFACTL_SERVER": "https://mfa.acme.example", "MFACTL_STORE": "/other.db", "MFACTL_CONTEXT": "other"} {
		d := newDesk(t)
		d.write("mfactl/contexts.yaml", "contexts:\n- name: lab\n  store: /s.db\n")
		if _, stderr, status := d.run("context", "use", "lab"); status != 0 || stderr != "" {
			t.Errorf("exit %d: %s", status, stderr)
		}
		d.env[name] = value
		for _, args := range [][]string{{"use", "lab"}, {"create", "two", "--store", "s.db", "--use"}} {
			if _, stderr, status := d.run(append([]string{"context"}, args...)...); status != 0 || !strings.Contains(stderr, "warning: "+name+" is set") {
				t.Errorf("%s: exit %d: %s", name, status, stderr)
			}
		}
		if _, stderr, _ := d.run("context", "create", "three", "--store", "s.db"); stderr != "" {
			t.Errorf("%s: one that is not taken in use: %s", name, stderr)
		}
		d.env[name] = "lab"
		if _, stderr, _ := d.run("context", "use", "lab"); (stderr == "") != (name == "MFACTL_CONTEXT") {
			t.Errorf("%s names it: %s", name, stderr)
		}
	}
}

// A file of contexts that could lead to the wrong place leads nowhere.
func TestAFileOfContextsThatNamesTwoPlacesIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a server and a store": "- name: lab\n  server: https://lab.acme.example\n  store: /s.db\n",
		"no place":             "- name: lab\n",
		"no name":              "- store: /s.db\n",
		"one name for two":     "- name: lab\n  store: /s.db\n- name: lab\n  store: /t.db\n",
	} {
		d := newDesk(t)
		d.write("mfactl/contexts.yaml", "current: lab\ncontexts:\n"+text)
		for _, command := range []string{"whoami", "context list"} {
			if _, stderr, status := d.run(strings.Fields(command)...); status != 2 || !strings.Contains(stderr, d.path("mfactl/contexts.yaml")) || !strings.Contains(stderr, "hint: mend the file") {
				t.Errorf("%s, %s: exit %d: %s", name, command, status, stderr)
			}
		}
	}
}

// Contexts are where the help says, whichever settings are read.
func TestContextsAreKeptWhereTheHelpSays(t *testing.T) {
	d := newDesk(t)
	d.write("elsewhere/config.yaml", "output: table\n")
	d.env["MFACTL_CONFIG"] = d.path("elsewhere/config.yaml")
	if _, stderr, status := d.run("context", "create", "lab", "--store", "s.db"); status != 0 {
		t.Fatal(stderr)
	}
	help, _, _ := d.run("help", "environment")
	if !there(d.path("mfactl/contexts.yaml")) || !strings.Contains(help, "$XDG_CONFIG_HOME/mfactl/contexts.yaml") || strings.Contains(help, "beside the settings") {
		t.Errorf("%s", help)
	}
}
