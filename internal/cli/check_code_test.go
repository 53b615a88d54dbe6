package cli_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestACheckedCodeIsToldAsOnThePhone(t *testing.T) {
	var reply mfa.CodeChecked
	d := newDesk(t).at(answering(t, func(question) any { return reply }))
	d.write("code", "123456")
	for _, c := range []struct {
		out  mfa.CodeChecked
		want string
	}{
		{mfa.CodeChecked{Method: mfa.KindTOTP, Label: "phone", InReach: true}, `right secret (totp "phone"), clock right`},
		{mfa.CodeChecked{Method: mfa.KindTOTP, Label: "phone", Drift: -270}, `right secret (totp "phone"), phone 4 min 30 s slow`},
		{mfa.CodeChecked{Method: mfa.KindTOTP, Label: "phone", Drift: 7200}, `right secret (totp "phone"), phone 2 h fast`},
		{mfa.CodeChecked{Method: mfa.KindHOTP, Label: "key", InReach: true}, `right secret (hotp "key"), counter in step`},
		{mfa.CodeChecked{Method: mfa.KindHOTP, Label: "key", Presses: 40}, `right secret (hotp "key"), counter 40 presses ahead`},
	} {
		reply = c.out
		text, stderr, status := d.run("admin", "check-code", "bob@acme.example", "--code-file", d.path("code"))
		if status != 0 || !strings.Contains(text, c.want) {
			t.Errorf("%+v: exit %d: %s%s", c.out, status, text, stderr)
		}
		if strings.Contains(text, "resync") == c.out.InReach {
			t.Errorf("%+v: %s", c.out, text)
		}
	}
}
