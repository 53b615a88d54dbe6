package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func TestEachErrorForPeople(t *testing.T) {
	clockwork, _, _ := quiet("table", "")
	soon := time.Date(2026, 3, 14, 9, 41, 40, 0, time.UTC)
	for _, c := range []struct {
		err  error
		want string
		exit int
	}{
		{
			mfa.Errorf(mfa.Forbidden, "you cannot reset your own"),
			"mfactl: cannot reset 2FA for bob: you cannot reset your own\n", 5,
		},
		{
			mfa.UsageError("--reason", "empty").WithHint("say why"),
			"mfactl: cannot reset 2FA for bob: --reason: empty\nmfactl: hint: say why\n", 2,
		},
		{
			(&mfa.Error{Code: mfa.Locked}).Until(soon),
			"mfactl: cannot reset 2FA for bob: too many wrong attempts\nmfactl: try again " + clockwork.TimeInWords(soon) + "\n" +
				"mfactl: hint: wait, or ask an administrator\n", 8,
		},
		{
			errors.New("secret canary"),
			"mfactl: cannot reset 2FA for bob: internal error (request R1)\nmfactl: hint: run again with -v and report what it prints\n", 1,
		},
		{
			mfa.Errorf(mfa.NotFound, "no user %s", hostile),
			"mfactl: cannot reset 2FA for bob: no user =1\\x1b[31m\\u009b2J\\u202e\n", 3,
		},
		{context.DeadlineExceeded, "", 11},
		{term.Interrupted{Signal: syscall.SIGINT}, "", 130},
		{term.Interrupted{Signal: syscall.SIGTERM}, "", 143},
		{fmt.Errorf("asked: %w", term.Interrupted{Signal: syscall.SIGHUP}), "", 129},
	} {
		a, _, talk := quiet("table", "")
		a.Doing, a.request = "reset 2FA for bob", "R1"
		if exit := a.fail(&cobra.Command{}, c.err); exit != c.exit {
			t.Errorf("%v: exit %d, not %d", c.err, exit, c.exit)
		}
		if got := talk.String(); c.want != "" && got != c.want {
			t.Errorf("%v: %q, not %q", c.err, got, c.want)
		}
	}
}

func TestAnErrorInJSONIsOneObject(t *testing.T) {
	a, out, talk := quiet("json", "")
	a.asJSON, a.request = true, "R1"
	a.fail(nil, mfa.Fault(errors.New("secret canary")))
	var got map[string]any
	if err := json.Unmarshal(talk.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, talk)
	}
	if got["apiVersion"] != "mfactl/v1" || got["kind"] != "Error" || got["code"] != "internal" ||
		got["exit_code"] != 1.0 || got["request_id"] != "R1" || strings.Contains(talk.String(), "canary") || out.Len() > 0 {
		t.Errorf("%s", talk)
	}
}

// A server may be anybody's: whatever its error says steers no terminal in JSON
// either, and says the same.
func TestAnErrorInJSONSteersNoTerminal(t *testing.T) {
	a, _, talk := quiet("json", "")
	a.asJSON = true
	e := mfa.UsageError(hostile, "%s", hostile).WithHint("%s", hostile)
	e.Code, e.RequestID = mfa.Internal, hostile
	a.fail(nil, e)
	var got map[string]any
	if err := json.Unmarshal(talk.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, talk)
	}
	if strings.ContainsAny(talk.String(), "\x1b\u009b\u202e") || got["field"] != hostile || got["hint"] != hostile || got["request_id"] != hostile {
		t.Errorf("%q", talk)
	}
}

// The cause is shown with -v, and steers no terminal.
func TestTheCauseIsToldWithV(t *testing.T) {
	a, _, talk := quiet("table", "")
	a.Flags.Verbose = true
	a.fail(nil, mfa.Fault(fmt.Errorf("disk %s with %v", hostile, mfa.NewSecret("canary"))))
	text := talk.String()
	if !strings.Contains(text, "cause=") || !strings.Contains(text, "[redacted]") || strings.ContainsAny(text, "\x1b\u009b\u202e") {
		t.Errorf("%q", text)
	}
}
