package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"syscall"
	"testing/iotest"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"

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

// atNine is when these errors are told.
func atNine() time.Time { return time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC) }

func TestEachErrorForPeople(t *testing.T) {
	soon := atNine().Add(15 * time.Minute)
	for _, c := range []struct {
		err  *mfa.Error
		want string
		exit int
	}{
		{
			mfa.Errorf(mfa.Forbidden, "you cannot reset your own"),
			"mfactl: cannot reset 2FA for bob: you cannot reset your own\n", 5,
		},
		{
			mfa.Bad("--reason", "empty").WithHint("say why"),
			"mfactl: cannot reset 2FA for bob: --reason: empty\nmfactl: hint: say why\n", 2,
		},
		{
			(&mfa.Error{Code: mfa.Locked}).Until(soon),
			"mfactl: cannot reset 2FA for bob: too many wrong attempts\nmfactl: try again " + soon.Local().Format("Mon 2 Jan 15:04 MST") + utc(soon) + "in 15 minutes)\n" +
				"mfactl: hint: wait, or ask an administrator\n", 8,
		},
		{
			mfa.Errorf(mfa.NotFound, "no user %s", hostile),
			"mfactl: cannot reset 2FA for bob: no user =1\\x1b[31m\\u009b2J\\u202e\n", 3,
		},
	} {
		d := newDesk(t).at(answering(t, func(question) any { return c.err }))
		var talk strings.Builder
		a := d.app()
		a.Err, a.Clock, a.Context = &talk, func() time.Time { return atNine() }, t.Context()
		if exit := run(a, "admin", "reset-2fa", "bob", "--yes", "--reveal"); exit != c.exit || talk.String() != c.want {
			t.Errorf("%v: exit %d, not %d: %q, not %q", c.err, exit, c.exit, talk.String(), c.want)
		}
	}
}

// utc is what stands between a local time and how far away it is.
func utc(at time.Time) string {
	if _, offset := at.Local().Zone(); offset != 0 {
		return at.UTC().Format(" (15:04 UTC, ")
	}
	return " ("
}

// The end of a run says why it ended: by a signal, or because there was no more time.
func TestTheEndOfARunHasItsExitStatus(t *testing.T) {
	for _, c := range []struct {
		cause error
		exit  int
	}{
		{context.DeadlineExceeded, 11},
		{term.Interrupted{Signal: syscall.SIGINT}, 130},
		{term.Interrupted{Signal: syscall.SIGTERM}, 143},
		{fmt.Errorf("asked: %w", term.Interrupted{Signal: syscall.SIGHUP}), 129},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(c.cause)
		if errors.Is(c.cause, context.DeadlineExceeded) {
			var end context.CancelFunc
			ctx, end = context.WithDeadline(t.Context(), atNine().AddDate(-1, 0, 0))
			defer end()
		}
		a := newDesk(t).at(answering(t, welcomes)).app()
		a.Context = ctx
		if exit := run(a, "whoami"); exit != c.exit {
			t.Errorf("%v: exit %d, not %d", c.cause, exit, c.exit)
		}
	}
}

// faulty runs a command of a program that finds a fault in itself.
func faulty(t *testing.T, fault error, args ...string) (out, said string, status int) {
	t.Helper()
	d := newDesk(t)
	d.write("P", adminPassword)
	var o, talk strings.Builder
	a := d.app()
	a.Out, a.Err, a.Rand, a.Context = &o, &talk, iotest.ErrReader(fault), t.Context()
	status = run(a, append([]string{"init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable"}, args...)...)
	return o.String(), talk.String(), status
}

func TestAFaultNamesTheRequestAndNotItsCause(t *testing.T) {
	_, said, status := faulty(t, errors.New("secret canary"))
	want := regexp.MustCompile(`^mfactl: cannot make a store: internal error \(request [A-Z2-7]{26}\)\nmfactl: hint: run again with -v and report what it prints\n$`)
	if status != 1 || !want.MatchString(said) {
		t.Errorf("exit %d: %s", status, said)
	}
}

func TestAnErrorInJSONIsOneObject(t *testing.T) {
	out, said, status := faulty(t, errors.New("secret canary"), "-o", "json")
	var got map[string]any
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	request, _ := got["request_id"].(string)
	if status != 1 || got["apiVersion"] != "mfactl/v1" || got["kind"] != "Error" || got["code"] != "internal" ||
		got["exit_code"] != 1.0 || len(request) != 26 || strings.Contains(said, "canary") || out != "" {
		t.Errorf("exit %d: %s%s", status, said, out)
	}
}

// A server may be anybody's: what its error says steers no terminal in JSON either, and says
// the same. A name of a request that is none is not repeated.
func TestAnErrorInJSONSteersNoTerminal(t *testing.T) {
	d := newDesk(t).at(answering(t, func(question) any {
		e := mfa.Bad(hostile, "%s", hostile).WithHint("%s", hostile)
		e.Code, e.RequestID = mfa.Internal, hostile
		return e
	}))
	_, said, status := d.run("whoami", "-o", "json")
	var got map[string]any
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	request, _ := got["request_id"].(string)
	if status != 1 || strings.ContainsAny(said, "\x1b\u009b\u202e") || got["field"] != hostile || got["hint"] != hostile || len(request) != 26 {
		t.Errorf("exit %d: %q", status, said)
	}
}

// The cause is shown to a user who asks for it, and steers no terminal.
func TestTheCauseIsToldWithV(t *testing.T) {
	_, text, _ := faulty(t, fmt.Errorf("disk %s with %v", hostile, mfa.NewSecret("canary")), "-v")
	if !strings.Contains(text, "cause=") || !strings.Contains(text, "[redacted]") || strings.ContainsAny(text, "\x1b\u009b\u202e") {
		t.Errorf("%q", text)
	}
}
