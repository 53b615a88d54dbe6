package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// further enrolls another factor of the person up to its first code.
func (p *person) further(label string) error {
	p.w.t.Helper()
	p.w.clock.Advance(time.Minute) // the last code is spent
	en, err := p.w.Enroll(p.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: label, Password: p.password, Further: true})
	if err == nil {
		p.scan(en)
	}
	return err
}

// confirm gives the first code of the factor that was scanned last.
func (p *person) confirm() error {
	p.w.t.Helper()
	got, err := p.w.Activate(p.ctx(), mfa.ActivateRequest{Code: p.code()})
	if err == nil {
		p.token = got.Session.Token
	}
	return err
}

// A user has ten factors at most; with one removed there is room again.
func TestAUserHasTenFactorsAtMost(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	for n := 2; n < mfa.MaxFactors; n++ {
		ok(t, bob.further(fmt.Sprint("factor ", n)))
		ok(t, bob.confirm())
	}
	ok(t, bob.further("the tenth"))
	ok(t, bob.further("the tenth")) // one that is pending does not count
	ok(t, bob.confirm())
	err := bob.further("another")
	code(t, err, mfa.Conflict)
	if e := mfa.AsError(err); !strings.Contains(e.Message, "10 factors") || !strings.Contains(e.HintText(), "2fa remove") {
		t.Errorf("%s / %s", e.Message, e.HintText())
	}
	_, err = w.RemoveFactor(bob.ctx(), mfa.RemoveFactorRequest{Factor: "factor 2", Password: bob.password})
	ok(t, err)
	ok(t, bob.further("another"))
	ok(t, bob.confirm())
}
