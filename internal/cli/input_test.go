package cli_test

import (
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/term"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestOnlyOneThingReadsStandardInput(t *testing.T) {
	for command, want := range map[string]string{
		"login a@acme.example --password-stdin --code-stdin":                           "--password-stdin: standard input is read by --code-stdin",
		"login a@acme.example --password-file - --code-file /dev/stdin":                "--password-file: standard input is read by --code-file",
		"2fa resync phone --code-stdin --second-code-file /dev/fd/0":                   "--second-code-file: standard input is read by --code-stdin",
		"admin users lock - --token-file -":                                            "--token-file: standard input is read by the list",
		"admin reset-2fa - --password-stdin --yes --reveal":                            "--password-stdin: standard input is read by the list",
		"admin reset-2fa a@acme.example --password-stdin --token-file /proc/self/fd/0": "--token-file: standard input is read by --password-stdin",
		"admin users lock --csv /dev/stdin --token-file /dev/stdin":                    "--token-file: standard input is read by --csv",
	} {
		if said := refused(t, strings.Fields(command)...); !strings.Contains(said, want) {
			t.Errorf("%s: %s", command, said)
		}
	}
}

func TestWithoutATerminalTheMissingFlagIsNamed(t *testing.T) {
	d := newDesk(t)
	d.write("P", adminPassword)
	for command, flag := range map[string]string{
		"login a@acme.example":              "--password-file",
		"password change --password-file P": "--new-password-file",
		"verify a@acme.example":             "--code-stdin",
		"init --no-enable":                  "--community",
		"2fa disable --password-file P":     "--yes",
	} {
		server := answering(t, func(question) any { return mfa.TwoFactor{} })
		args := strings.Fields(strings.Replace(command, "file P", "file "+d.path("P"), 1))
		if args[0] == "init" {
			args = append(args, "--store", d.path("s.db"))
		} else {
			d.env["MFACTL_TOKEN"] = tokenOf(1)
			args = append(args, "--server", server.url)
		}
		if args[0] == "login" || args[0] == "init" {
			delete(d.env, "MFACTL_TOKEN")
		}
		if _, stderr, status := d.run(args...); status != 2 || !strings.Contains(stderr, ": "+flag+": missing") {
			t.Errorf("%s: exit %d: %s", command, status, stderr)
		}
	}
}

// maxSecretFile bounds what a secret is read from, in bytes.
const maxSecretFile = 64 << 10

// signsIn is the answer of a server that takes every password and every code.
func signsIn(q question) any {
	if q.method == "Verify" {
		return mfa.Verdict{OK: true}
	}
	return mfa.SignedIn{User: "a@acme.example", Level: mfa.LevelMFA, Token: mfa.NewBearer(mfa.SessionPrefix, [mfa.BearerBytes]byte{1})}
}

func TestASecretIsReadAsItStands(t *testing.T) {
	d := newDesk(t)
	server := answering(t, signsIn)
	for text, want := range map[string]string{
		"secret": "secret", "secret\n": "secret", "secret\r\n": "secret", "secret\n\n": "secret\n",
		"secret\r": "secret\r", " secret ": " secret ", "two\nlines\n": "two\nlines",
		"\ufeffsecret\r\n": "secret", "\ufeff\ufeffsecret": "\ufeffsecret", "sec\ufeffret": "sec\ufeffret",
		strings.Repeat("x", maxSecretFile) + "\r\n":            strings.Repeat("x", maxSecretFile),
		"\ufeff" + strings.Repeat("x", maxSecretFile) + "\r\n": strings.Repeat("x", maxSecretFile),
	} {
		_, stderr, status := d.given(text, "login", "a@acme.example", "--password-stdin", "--server", server.url)
		asked := server.questions()
		if status != 0 || len(asked) != 1 || asked[0].body["password"] != want {
			t.Errorf("%.20q: exit %d: %s", text, status, stderr)
		}
	}
}

func TestABadSecretFileNamesTheFlag(t *testing.T) {
	d := newDesk(t)
	server := answering(t, signsIn)
	d.write("P", adminPassword)
	d.write("one", "123456")
	for name, text := range map[string]string{
		"empty": "", "newline": "\r\n", "mark": "\ufeff\n", "marked": "\ufeff" + strings.Repeat("x", maxSecretFile+1) + "\r\n", "long": strings.Repeat("x", maxSecretFile+1),
	} {
		d.write(name, text)
	}
	for _, c := range []struct {
		args []string
		in   string
		flag string
	}{
		{[]string{"--password-file", d.path("none")}, "", "--password-file"},
		{[]string{"--password-file", d.dir}, "", "--password-file"},
		{[]string{"--password-file", d.path("P"), "--code-file", d.path("empty")}, "", "--code-file"},
		{[]string{"--password-file", d.path("P"), "--code-file", d.path("newline")}, "", "--code-file"},
		{[]string{"--password-file", d.path("P"), "--code-file", d.path("mark")}, "", "--code-file"},
		{[]string{"--password-file", d.path("P"), "--code-file", d.path("marked")}, "", "--code-file"},
		{[]string{"--password-file", d.path("P"), "--code-file", d.path("long")}, "", "--code-file"},
		{[]string{"--password-file", d.path("P"), "--code-stdin"}, "", "--code-stdin"},
		{[]string{"--password-file", d.path("P"), "--code-stdin", "--code-file", d.path("one")}, "1", "--code-file"},
	} {
		_, stderr, status := d.given(c.in, append([]string{"login", "a@acme.example", "--server", server.url}, c.args...)...)
		if status != 2 || !strings.Contains(stderr, ": "+c.flag+": ") || len(server.questions()) > 0 {
			t.Errorf("%q: exit %d: %s", c.args, status, stderr)
		}
	}
}

// A pipe that nobody writes to does not keep a signal from ending the command.
func TestASignalEndsReadingASecret(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close() //nolint:errcheck // nothing was written
	a := newDesk(t).app()
	ctx, cancel := context.WithCancelCause(t.Context())
	a.In, a.Context = in, ctx
	time.AfterFunc(10*time.Millisecond, func() { cancel(term.Interrupted{Signal: syscall.SIGTERM}) })
	if status := run(a, "login", "a@acme.example", "--password-stdin", "--server", answering(t, signsIn).url); status != 143 {
		t.Errorf("exit %d", status)
	}
}

func TestACodeIsForgivenItsBlanks(t *testing.T) {
	server := answering(t, signsIn)
	d := newDesk(t).at(server)
	for text, want := range map[string]string{
		"492 039": "492039", "492-039\n": "492039", "7k3f-9qxm-2vtp-hb4d": "7K3F9QXM2VTPHB4D",
	} {
		_, stderr, status := d.given(text, "verify", "a@acme.example", "--code-stdin")
		asked := server.questions()
		if status != 0 || len(asked) != 1 {
			t.Errorf("%q: exit %d, %v: %s", text, status, asked, stderr)
		} else if sent, _ := asked[0].body["code"].(string); strings.ToUpper(sent) != want {
			t.Errorf("%q: %q was sent", text, sent)
		}
	}
}
