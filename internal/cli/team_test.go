package cli_test

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// Commands of the scripts of teams, team-of-*.txtar: every honest task of a team has a way in
// its first month, and each refusal names it. Each person has a name, the address
// NAME@acme.example, and files: the password in NAME.pw, the enrollment in NAME.json, the
// backup codes in NAME.codes, and a directory for the saved session.

// teammate runs commands of one person.
type teammate struct {
	ts   *testscript.TestScript
	name string
}

func teammateOf(ts *testscript.TestScript, name string) teammate {
	p := teammate{ts, name}
	as(ts, false, []string{name})
	return p
}

func (p teammate) address() string { return p.name + "@acme.example" }

func (p teammate) file(suffix string) string { return p.name + "." + suffix }

// write writes one of the files of the person, also in place of another.
func (p teammate) write(suffix, text string) {
	p.ts.Check(os.WriteFile(p.ts.MkAbs(p.file(suffix)), []byte(text+"\n"), 0o600))
}

func (p teammate) mfactl(args ...string) {
	p.ts.Check(p.ts.Exec("mfactl", args...))
}

// choosePassword writes the person's next password to NAME.pw.
func (p teammate) choosePassword() {
	old, _ := os.ReadFile(p.ts.MkAbs(p.file("pw")))
	p.write("pw", strings.TrimSpace(string(old)+" a long password of "+p.name))
}

// enroll sets up 2FA in the person's session.
func (p teammate) enroll() {
	p.mfactl("2fa", "enable", "--pending", "--label", "phone", "--password-file", p.file("pw"), "--reveal", "-o", "json")
	p.write("json", p.ts.ReadFile("stdout"))
	code(p.ts, false, []string{p.file("json"), p.file("code")})
	_ = os.Remove(p.ts.MkAbs(p.file("codes")))
	p.mfactl("2fa", "confirm", "--code-file", p.file("code"), "--save", p.file("codes"))
}

// founds, as "founds NAME", creates the store: NAME is its first operator.
func founds(ts *testscript.TestScript, _ bool, args []string) {
	p := teammateOf(ts, args[0])
	p.choosePassword()
	p.mfactl("init", "--community", "Acme", "--email", p.address(), "--password-file", p.file("pw"), "--no-enable")
	p.enroll()
}

// joins, as "joins NAME CODE", is the first day of NAME, who got a set-password code.
func joins(ts *testscript.TestScript, _ bool, args []string) {
	setsPassword(ts, false, args)
	p := teammateOf(ts, args[0])
	p.mfactl("login", p.address(), "--password-file", p.file("pw"))
	p.enroll()
}

// setsPassword, as "sets-password NAME CODE", chooses another password with a set-password code.
func setsPassword(ts *testscript.TestScript, _ bool, args []string) {
	p := teammateOf(ts, args[0])
	p.choosePassword()
	p.mfactl("password", "set", "--email", p.address(), "--code-file", args[1], "--new-password-file", p.file("pw"))
}

// signsInAgain, as "signs-in NAME", signs in with the password and a code of the app, a minute later, so that
// the code is a new one.
func signsInAgain(ts *testscript.TestScript, _ bool, args []string) {
	p := teammateOf(ts, args[0])
	clock(ts, false, []string{"+1m"})
	code(ts, false, []string{p.file("json"), p.file("code")})
	p.mfactl("login", p.address(), "--password-file", p.file("pw"), "--code-file", p.file("code"))
}

// recovers, as "recovers NAME CODE", signs in with a recovery code and sets up 2FA again.
func recovers(ts *testscript.TestScript, _ bool, args []string) {
	p := teammateOf(ts, args[0])
	p.mfactl("login", p.address(), "--password-file", p.file("pw"), "--code-file", args[1])
	p.enroll()
}
