package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/seal"
)

// TestMain makes this test's own program stand for mfactl in scripts and in
// tests that need processes.
func TestMain(m *testing.M) {
	programs := map[string]func(){"mfactl": testProgram, "testphone": phoneProgram}
	maps.Copy(programs, jobPrograms())
	testscript.Main(m, programs)
}

// testProgram is mfactl with a clock that a file moves, bytes that a file counts, and
// a host of its own. All of them enter by the program, so the program that is shipped
// knows no such files.
func testProgram() {
	a := &program{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Clock: time.Now}
	a.Host, a.Hasher = noHost(), quick()
	if dir := os.Getenv("TEST_HOST"); dir != "" {
		a.Host = config.Host{Socket: filepath.Join(dir, "run", "mfactl.sock"), Data: filepath.Join(dir, "var"), Config: filepath.Join(dir, "etc")}
	}
	if path := os.Getenv("TEST_CLOCK"); path != "" {
		a.Clock = func() time.Time { return clockIn(path) }
	}
	if path := os.Getenv("TEST_DRAWS"); path != "" {
		a.Rand = seeded{path}
	}
	args, end := os.Args[1:], func(int) {}
	if path := os.Getenv("TEST_TRANSCRIPT"); path != "" {
		end = transcribed(a, path, args)
	}
	var status int
	if socket := remoteSocket(os.Getenv); socket != "" {
		status = remotely(a, socket, args)
	} else {
		status = process(a, args)
	}
	end(status)
	os.Exit(status)
}

// quick hashes passwords at little cost; that the program has full cost is a test of
// its own.
func quick() *seal.Hasher { return seal.NewQuickHasher(2, 64) }

// noHost is a host without a server and a store.
func noHost() config.Host {
	return config.Host{Socket: "/dev/null/mfactl.sock", Data: "/dev/null/data", Config: "/dev/null/etc"}
}

// clockIn reads a clock file: a time that stands still.
func clockIn(path string) time.Time {
	b, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	if err != nil {
		panic(err)
	}
	return t
}

// The same scripts on the store itself and against its server: what they write is
// the same, byte for byte.
func TestScript(t *testing.T) {
	near, far, servers := t.TempDir(), t.TempDir(), t.TempDir()
	ok := t.Run("local", func(t *testing.T) { testscript.Run(t, scripts(near, "")) })
	ok = t.Run("remote", func(t *testing.T) { testscript.Run(t, scripts(far, servers)) }) && ok
	if !ok {
		return
	}
	wereServed(t, servers)
	if !testing.Short() {
		sameTranscripts(t, near, far)
	}
}

// scripts are the parameters of a run whose transcripts go to a directory; servers is
// where the sockets of its servers are, or empty.
func scripts(transcripts, servers string) testscript.Params {
	return testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			work := env.WorkDir
			name := strings.TrimPrefix(filepath.Base(work), "script-")
			env.Setenv("HOME", work)
			env.Setenv("TERM", "xterm-256color")
			env.Setenv("MFACTL_STORE", filepath.Join(work, "store.db"))
			env.Setenv("XDG_STATE_HOME", filepath.Join(work, "admin"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(work, "config"))
			env.Setenv("TEST_CLOCK", filepath.Join(work, ".clock"))
			env.Setenv("TEST_DRAWS", filepath.Join(work, ".draws"))
			env.Setenv("TEST_TRANSCRIPT", filepath.Join(work, ".transcript"))
			env.Setenv("TZ", "UTC")
			if servers != "" {
				dir := filepath.Join(servers, name)
				if err := os.Mkdir(dir, 0o700); err != nil {
					return err
				}
				env.Setenv("TEST_REMOTE", dir)
				env.Defer(func() { stopServers(dir) })
			}
			env.Defer(func() {
				if b, err := os.ReadFile(filepath.Join(work, ".transcript")); err == nil {
					_ = os.WriteFile(filepath.Join(transcripts, name), []byte(plain(string(b), work)), 0o600)
				}
			})
			return os.WriteFile(filepath.Join(work, ".clock"), []byte("2026-03-14T09:26:40Z"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"as": as, "clock": clock, "code": code, "exits": exits, "field": field, "sql": runSQL, "request": request, "token": token, "private": private, "settle": settleInScript,
			"founds": founds, "joins": joins, "sets-password": setsPassword, "signs-in": signsInAgain, "recovers": recovers,
		},
	}
}

// as NAME goes on as another person, with a session directory of their own.
func as(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("XDG_STATE_HOME", ts.MkAbs(args[0]))
}

// clock +DURATION moves the clock.
func clock(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(strings.TrimPrefix(args[0], "+"))
	ts.Check(err)
	path := ts.Getenv("TEST_CLOCK")
	ts.Check(os.WriteFile(path, []byte(clockIn(path).Add(d).Format(time.RFC3339)), 0o600))
}

// code ENROLLMENT FILE writes what the phone that scanned an enrollment shows
// now.
func code(ts *testscript.TestScript, _ bool, args []string) {
	p, err := authapp.Scan(value(ts, args[0], "otpauth_uri"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(p.Code(clockIn(ts.Getenv("TEST_CLOCK")))+"\n"), 0o600))
}

// exits N COMMAND... runs a command that must end so.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, not %d", got, want)
	}
}

// field JSON PATH FILE writes one value of a JSON file, such as
// backup_codes.0, to another.
func field(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(value(ts, args[0], args[1])+"\n"), 0o600))
}

// request FILE sets $ID to the name that stands in a file.
func request(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("ID", strings.TrimSpace(ts.ReadFile(args[0])))
}

// token, with a file, acts by the API token in it from here on, and without one by none.
func token(ts *testscript.TestScript, _ bool, args []string) {
	text := ""
	if len(args) > 0 {
		text = ts.ReadFile(args[0])
	}
	ts.Setenv("MFACTL_TOKEN", text)
}

func value(ts *testscript.TestScript, file, path string) string {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &v))
	for key := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			ts.Check(err)
			v = at[i]
		}
	}
	s, ok := v.(string)
	if !ok {
		ts.Fatalf("%s has no text at %s", file, path)
	}
	return s
}

// runSQL, as "sql STATEMENT", reads or writes the store as a person does who has the file but not the
// key, and prints the first value of the result.
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	value, err := withoutTheKey(ts.Getenv("MFACTL_STORE"), args[0])
	ts.Check(err)
	_, err = fmt.Fprintln(ts.Stdout(), value)
	ts.Check(err)
}

// private FILE... fails unless only the owner may read the files.
func private(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if info.Mode().Perm()&0o077 != 0 {
			ts.Fatalf("%s has mode %v", name, info.Mode())
		}
	}
}
