package cli_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestAnIdempotencyKeyIsLongEnough(t *testing.T) {
	d := newDesk(t)
	for key, good := range map[string]bool{
		"short": false, strings.Repeat("é", 11): false, strings.Repeat("é", 30): false, strings.Repeat("\t", 30): false, strings.Repeat("k", 21): false, strings.Repeat("k", 22): true,
		strings.Repeat("k", mfa.IdempotencyKeyMax): true, strings.Repeat("k", mfa.IdempotencyKeyMax+1): false,
	} {
		_, stderr, status := d.run("whoami", "--idempotency-key", key)
		if refused := status == 2 && strings.Contains(stderr, "--idempotency-key"); refused == good || good && status != mfa.Unauthenticated.Facts().Exit {
			t.Errorf("%d: exit %d: %s", len(key), status, stderr)
		}
	}
	d.at(answering(t, func(question) any { return "no answer of ours" }))
	drawn := func() string {
		_, stderr, _ := d.run("admin", "users", "lock", "bob@acme.example", "--yes")
		_, key, _ := strings.Cut(strings.TrimSpace(stderr), "--idempotency-key ")
		return key
	}
	if a, b := drawn(), drawn(); a == b || len(a) < 26 || len(b) < 26 {
		t.Errorf("%q and %q were drawn", a, b)
	}
}

// Every key that the flag accepts works with every user name: the key that is sent is within
// the bounds of a store and of a header.
func TestTheLongestIdempotencyKeyWorksWithEveryUserName(t *testing.T) {
	m := newMachine(t)
	longest := strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 59)+".", 3) + "example"
	m.must("admin", "", "admin", "users", "create", longest, "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	key := strings.Repeat("k", mfa.IdempotencyKeyMax)
	m.must("admin", "", "admin", "users", "lock", longest, "--yes", "--idempotency-key", key)
	m.must("admin", "", "admin", "users", "unlock", longest, "--yes", "--password-file", m.path("P"), "--idempotency-key", key)
	at := m.serve(1, "--listen", "127.0.0.1:0").at[0]
	for place, env := range map[string][]string{"store": nil, "server": {"MFACTL_STORE=", "MFACTL_SERVER=http://" + at}} {
		m.extra = env
		m.must(place, "", "login", longest, "--password-file", m.path("PU"), "--idempotency-key", key)
		for _, name := range []string{strings.Repeat("x", 300) + "@acme.example", "bob\n@acme.example", "bob\x00@acme.example", "böb@acme.example"} {
			_, stderr, status := m.run(place, "", "admin", "users", "lock", name, "--yes", "--idempotency-key", key)
			if want := mfa.Forbidden.Facts().Exit; status != want || strings.Contains(stderr, "idempotency") {
				t.Errorf("%.30q at the %s: exit %d, not %d: %s", name, place, status, want, stderr)
			}
		}
	}
}

// The audit trail says from where a call came, as the operating system and a service of
// continuous integration say it.
func TestWhereACallCameFrom(t *testing.T) {
	m := newMachine(t)
	from := func(env ...string) (p mfa.Provenance) {
		t.Helper()
		m.extra = env
		m.must("admin", "", "2fa", "rename", "phone", "phone of "+strconv.Itoa(len(env)))
		m.must("admin", "", "2fa", "rename", "phone of "+strconv.Itoa(len(env)), "phone")
		m.parse(m.must("admin", "", "admin", "audit", "list", "--limit", "1", "--jq", ".items[0].from"), &p)
		return p
	}
	for want, env := range map[string][]string{
		"": nil,
		"ci_job=github%2Facme%2Fapp%2F42%2Fdeploy": {
			"GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/app", "GITHUB_RUN_ID=42", "GITHUB_JOB=deploy",
		},
		"ci_job=gitlab%2Facme%2Fapp%2F99": {"GITLAB_CI=true", "CI_PROJECT_PATH=acme/app", "CI_JOB_ID=99"},
	} {
		if got := from(env...); got.CIJob != "" || got.Claimed != want {
			t.Errorf("%+v, want the claim %q", got, want)
		}
	}
	p := from("SSH_CLIENT=192.0.2.7 50022 22", "SUDO_USER=alice")
	if p.SSHClient != "" || p.SudoUser != "" || p.Claimed != "sudo_user=alice ssh_client=192.0.2.7" || p.PID == 0 || p.UID == "" || p.RequestID == "" || p.LoginUID == "" {
		t.Errorf("%+v", p)
	}
}

// The table of the audit trail names the token by which an act was done, and its creator.
func TestTheTableNamesTheTokenThatActed(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "ci@acme.example", "--service", "--role", "helpdesk", "--password-file", m.path("P"))
	m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must("admin", "", "admin", "tokens", "create", "--name", "deploy", "--for", "ci@acme.example", "--allow", "users:lock", "--save", m.path("T"), "--password-file", m.path("P"))
	m.must("nobody", "", "admin", "users", "lock", "bob@acme.example", "--token-file", m.path("T"))
	if out := m.must("admin", "", "admin", "audit", "list", "--action", "user.lock"); !strings.Contains(out, "token deploy of admin@acme.example") {
		t.Errorf("the table says\n%s", out)
	}
}
