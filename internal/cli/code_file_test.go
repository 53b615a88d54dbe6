package cli_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestACodeFileIsReadAsItWasSaved(t *testing.T) {
	const one, two = "7K3F-9QXM-2VTP-HB4D", "0123-4567-89AB-CDEF"
	const oneSent, twoSent = "7K3F9QXM2VTPHB4D", "0123456789ABCDEF"
	server := answering(t, signsIn)
	d := newDesk(t).at(server)
	for text, want := range map[string]string{
		"# codes of bob\n" + one + "\n" + two + "\n":                       oneSent + "\n" + twoSent,
		"\ufeff# codes of bob\r\n\r\n" + one + "\r\n  \r\n" + two + "\r\n": oneSent + "\n" + twoSent,
		"\n\n  # an indented note\n" + one + "\t\n#" + two:                 oneSent,
		"# a code\n123 456\n":                        "123456",
		"\ufeff12345678\r\n":                         "12345678",
		strings.Repeat(one+"\n", mfa.MaxBackupCodes): strings.TrimSuffix(strings.Repeat(oneSent+"\n", mfa.MaxBackupCodes), "\n"),
		"": "", "\n": "", "# a note alone\n": "", "\ufeff\n": "", one + " " + two: "", one + "," + two: "",
		one + "\n123456\n": "", "123456\n654321\n": "", one + "\nno code\n": "", one + "\r" + two: "",
		strings.Repeat(one+"\n", mfa.MaxBackupCodes+1): "",
	} {
		d.write("codes", text)
		_, stderr, status := d.run("verify", "a@acme.example", "--code-file", d.path("codes"))
		asked := server.questions()
		if want == "" {
			message, _, _ := strings.Cut(stderr, "mfactl: hint: ") // which shows a code that nobody has
			if status != 2 || strings.Contains(message, "7K3F") || len(asked) > 0 {
				t.Errorf("%q: exit %d, %v: %s", text, status, asked, stderr)
			}
		} else if status != 0 || len(asked) != 1 || asked[0].body["code"] != want {
			t.Errorf("%q: exit %d, %v: %s", text, status, asked, stderr)
		}
	}
}

// saved runs a command with --save and returns the file.
func (m *machine) saved(who, name string, args ...string) string {
	m.t.Helper()
	m.must(who, "", append(args, "--save", m.path(name))...)
	return m.path(name)
}

// edited is a copy of a file as an editor of another system leaves it.
func (m *machine) edited(path string) string {
	m.t.Helper()
	text := "\ufeff" + strings.ReplaceAll(readFile(m.t, path), "\n", "\r\n") + "\r\n"
	if err := os.WriteFile(path+".edited", []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path + ".edited"
}

// Each secret that --save writes is read unchanged by the flag that takes it.
func TestWhatWasSavedIsReadByTheFlagThatTakesIt(t *testing.T) {
	m := newMachine(t)
	bob := m.user("bob")
	file := m.saved("bob", "codes", "backup-codes", "generate", "--password-file", m.path("PU"), "--yes")
	for i, from := range []string{file, m.edited(file), file} {
		out := m.must("admin", "", "verify", "--code-file", from, "--jq", ".backup_codes_left", "--", bob.email)
		if want := []string{"9\n", "8\n", "7\n"}[i]; out != want {
			t.Errorf("%s: %s backup codes are left", from, out)
		}
	}
	if out := m.must("admin", readFile(t, file), "verify", "--code-stdin", "-o", "json", "--", bob.email); !strings.Contains(out, `"backup_codes_left": 6`) {
		t.Errorf("from standard input: %s", out)
	}
	m.must("bob", "", "login", bob.email, "--password-file", m.path("PU"), "--code-file", file)

	reset := []string{"admin", "reset-2fa", bob.email, "--password-file", m.path("P"), "--yes"}
	m.must("bob", "", "login", bob.email, "--password-file", m.path("PU"), "--code-file", m.saved("admin", "recovery", reset...))
	if level := m.must("bob", "", "whoami", "--jq", ".level"); level != string(mfa.LevelEnroll)+"\n" {
		t.Errorf("signed in at the level %s", level)
	}

	m.write("new", "a password that was never seen")
	m.must("admin", "dora@acme.example\n", "admin", "users", "create", "-", "--save-dir", m.path("people"), "--yes")
	for email, file := range map[string]string{
		"carol@acme.example": m.saved("admin", "first", "admin", "users", "create", "carol@acme.example"),
		"dora@acme.example":  m.path("people/dora@acme.example.txt"),
	} {
		m.must("x", "", "password", "set", "--email", email, "--code-file", file, "--new-password-file", m.path("new"))
	}
	file = m.saved("admin", "second", "admin", "users", "reset-password", "carol@acme.example", "--password-file", m.path("P"), "--yes")
	m.must("x", "", "password", "set", "--email", "carol@acme.example", "--code-file", m.edited(file), "--new-password-file", m.path("new"))

	token := m.saved("admin", "token", "admin", "tokens", "create", "--password-file", m.path("P"), "--name", "job", "--allow", "users:read")
	m.must("job", "", "admin", "users", "list", "--token-file", token)
	m.must("job", "", "admin", "users", "list", "--token-file", m.edited(token))
	m.must("job", "", "admin", "users", "list", "--token-file", m.saved("job", "token.new", "admin", "tokens", "rotate", "--token-file", token))
}

// The first code of a set that is valid is spent, and a set of which none is left is
// refused as a wrong code.
func TestASetOfCodesRunsOut(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "policy", "set", "backup_codes=2", "--password-file", m.path("P"))
	bob := m.user("bob")
	m.write("codes", "# all of them\n"+strings.Join(bob.codes, "\n")+"\n")
	for _, want := range []int{0, 0, 7, 7} {
		if _, stderr, status := m.run("admin", "", "verify", "--code-file", m.path("codes"), "--", bob.email); status != want {
			t.Errorf("exit %d, not %d: %s", status, want, stderr)
		}
	}
	m.advance(30 * time.Second)
	m.must("admin", bob.phone.Code(m.now()), "verify", "--code-stdin", "--", bob.email)
}
