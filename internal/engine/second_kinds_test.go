package engine_test

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// secondKind is a second kind of a class, which only these tests know: another under a name of
// its own.
type secondKind struct {
	factor.Kind
	name mfa.Kind
}

func (k secondKind) Info() mfa.KindInfo {
	row := k.Kind.Info()
	row.Name = k.name
	return row
}

func (k secondKind) Left(c factor.Cred) (int, error) { return k.Kind.(factor.Counted).Left(c) }

// withSecondKinds is a world whose engine knows a second kind of each class of codes.
func withSecondKinds(t *testing.T) (*world, *act.Runner) {
	t.Helper()
	w := newWorld(t)
	o := quick()
	o.Kinds = factor.All()
	for of, name := range map[mfa.Kind]mfa.Kind{mfa.KindBackup: "printed", mfa.KindRecovery: "pass", mfa.KindSetPassword: "letter"} {
		kind, _ := factor.NewSet(factor.All()).ByName(of)
		o.Kinds = append(o.Kinds, secondKind{kind, name})
	}
	w.Engine = engine.New(w.store, w.keys, o)
	w.serve(t)
	return w, &act.Runner{Records: records.New(w.store, w.keys), Keys: w.keys, Kinds: factor.NewSet(o.Kinds)}
}

// giveCodes gives a person codes of a kind.
func (p *person) giveCodes(run *act.Runner, kind mfa.Kind, n int, life time.Duration) (codes []mfa.Secret) {
	p.w.t.Helper()
	ok(p.w.t, run.Records.Update(p.w.t.Context(), func(w *records.Writer) error {
		a, err := run.BeginMaintenance(w.Reader)
		if err != nil {
			return err
		}
		a.Write, a.Rand = w, rand.Reader
		u, err := a.AccountAt(p.email)
		if err != nil {
			return err
		}
		if _, codes, err = signin.IssueCodes(a, u, kind, n, life); err != nil {
			return err
		}
		return w.PutUser(&u.User)
	}))
	return codes
}

// holds reports whether a person has a factor of a kind.
func (p *person) holds(kind mfa.Kind) (has bool) {
	p.w.t.Helper()
	p.w.edit(p.email, func(u *mfa.User) {
		has = slices.ContainsFunc(u.Factors, func(m mfa.FactorMark) bool { return m.Kind == kind })
	})
	return has
}

func TestASecondSetOfCodesIsCountedAndReplaced(t *testing.T) {
	w, run := withSecondKinds(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	printed := bob.giveCodes(run, "printed", 3, 0)
	out := bob.login(printed[0].Reveal())
	if out.Method != "printed" || out.BackupCodesLeft == nil || *out.BackupCodesLeft != 2 {
		t.Errorf("%+v", out)
	}
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	about, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
	ok(t, err)
	if st.BackupCodesLeft != 12 || about.BackupCodesLeft != 12 {
		t.Errorf("%d and %d codes left, not 12", st.BackupCodesLeft, about.BackupCodesLeft)
	}
	fresh, err := w.GenerateBackupCodes(bob.ctx(), mfa.GenerateBackupCodesRequest{Password: bob.password})
	ok(t, err)
	if fresh.Revoked != 12 || bob.holds("printed") {
		t.Errorf("%d codes were revoked, and the second set is there: %v", fresh.Revoked, bob.holds("printed"))
	}
	code(t, bob.verify(printed[1]), mfa.Rejected)
	ok(t, bob.verify(fresh.Codes[0]))
}

func TestASecondCodeThatStandsInRecovers(t *testing.T) {
	w, run := withSecondKinds(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	bob.reset()
	pass := bob.giveCodes(run, "pass", 1, 48*time.Hour)[0]
	w.clock.Advance(25 * time.Hour) // the recovery code is out of time
	bob.login("")
	bob.login(pass.Reveal())
	_, err := bob.try(mfa.Secret{})
	ok(t, err) // the recovery code was never used
	w.clock.Advance(25 * time.Hour)
	_, err = bob.try(mfa.Secret{})
	code(t, err, mfa.Expired)
}

func TestASpentCodeThatStandsInLeavesAnotherToGive(t *testing.T) {
	w, run := withSecondKinds(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	bob.login(bob.reset().RecoveryCode.Reveal())
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Expired)
	bob.giveCodes(run, "pass", 1, time.Hour)
	_, err = bob.try(mfa.Secret{})
	ok(t, err)
	bob.enable()
	if bob.holds("pass") || bob.holds(mfa.KindRecovery) {
		t.Error("a code that stands in for a factor outlived an enrollment")
	}
	w.recorded(mfa.ActRecoveryRevoke, mfa.OutcomeOK)
}

func TestASecondCodeSetsAPasswordAndEndsTheOther(t *testing.T) {
	w, run := withSecondKinds(t)
	out, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "bob@acme.example", Role: mfa.RoleMember})
	ok(t, err)
	bob := &person{w: w, email: "bob@acme.example", password: mfa.NewSecret("a password of his own")}
	letter := bob.giveCodes(run, "letter", 1, time.Hour)[0]
	redeem := func(given mfa.Secret) error {
		_, err := w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: bob.email, Code: given, NewPassword: bob.password})
		return err
	}
	ok(t, redeem(letter))
	bob.login("")
	code(t, redeem(letter), mfa.Rejected)
	code(t, redeem(out.Code), mfa.Rejected)
}
