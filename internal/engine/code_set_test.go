package engine_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// set returns one answer of several codes, as a command sends a saved file.
func set(codes ...mfa.Secret) mfa.Secret {
	lines := make([]string, len(codes))
	for i, code := range codes {
		lines[i] = strings.ReplaceAll(code.Reveal(), "-", "")
	}
	return mfa.NewSecret(strings.Join(lines, "\n"))
}

var wrongCode = mfa.NewSecret("0000000000000000")

// counts returns how many wrong answers in a row the counters of a person hold, both ways
// together.
func (p *person) counts() (otp, code int) {
	p.w.edit(p.email, func(u *mfa.User) {
		otp, code = u.OTP.Consecutive+u.VerifyOTP.Consecutive, u.Code.Consecutive+u.VerifyCode.Consecutive
	})
	return otp, code
}

func TestASetOfBackupCodesIsOneAttempt(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	guesses := make([]mfa.Secret, mfa.MaxBackupCodes)
	for i := range guesses {
		guesses[i] = wrongCode
	}
	for i := range 5 {
		code(t, bob.verify(set(guesses...)), mfa.Rejected)
		if otp, code := bob.counts(); otp != 0 || code != i+1 {
			t.Fatalf("after %d sets: %d and %d", i+1, otp, code)
		}
	}
	code(t, bob.verify(set(bob.codes...)), mfa.Locked)
	ok(t, bob.verify(bob.code())) // the other counter
	w.clock.Advance(15 * time.Minute)
	w.admin.refresh()
	out, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: set(bob.codes...)})
	ok(t, err)
	if out.Method != mfa.KindBackup || out.BackupCodesLeft != 9 {
		t.Errorf("%+v", out)
	}
	code(t, bob.verify(set(bob.codes[0], wrongCode)), mfa.Rejected) // a replay counts as wrong
	if _, code := bob.counts(); code != 1 {
		t.Errorf("%d wrong in a row", code)
	}
	ok(t, bob.verify(bob.codes[1]))
}

// An answer that does not have the exact form of a set counts as a wrong one-time password.
func TestWhatIsNoSetIsCountedAsAOneTimePassword(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	given := set(bob.codes[0]).Reveal()
	for i, answer := range []string{
		given + "\n", "\n" + given, given + "\n\n" + given, strings.Repeat(given+"\n", mfa.MaxBackupCodes) + given,
		given + "\n" + bob.code().Reveal(), bob.code().Reveal() + "\n" + bob.code().Reveal(), bob.code().Reveal() + "\n", "# mine\n" + given,
	} {
		if i%4 == 3 { // before the fifth locks
			ok(t, bob.verify(bob.code()))
			w.clock.Advance(30 * time.Second)
		}
		otp, _ := bob.counts()
		code(t, bob.verify(mfa.NewSecret(answer)), mfa.Rejected)
		if after, backup := bob.counts(); after != otp+1 || backup != 0 {
			t.Errorf("%q: %d and %d wrong in a row", answer, after, backup)
		}
	}
	ok(t, bob.verify(bob.codes[0]))
}

func TestASetIsTakenWhereverALookUpCodeIs(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	if out, err := bob.try(set(bob.codes...)); err != nil || out.Level != mfa.LevelMFA || *out.BackupCodesLeft != 9 {
		t.Fatalf("%+v, %v", out, err)
	}
	challenge, err := bob.try(mfa.Secret{})
	ok(t, err)
	out, err := w.Answer(t.Context(), mfa.AnswerRequest{Challenge: challenge.Token, Code: set(bob.codes...)})
	ok(t, err)
	if *out.BackupCodesLeft != 8 {
		t.Errorf("%d left", *out.BackupCodesLeft)
	}
	_, err = w.CheckCode(w.admin.ctx(), mfa.CheckCodeRequest{User: bob.email, Code: set(bob.codes...)})
	code(t, err, mfa.Usage) // this check is for codes of the phone
	recovery := bob.reset().RecoveryCode
	code(t, bob.verify(set(wrongCode, recovery)), mfa.Rejected) // verify never takes it
	if out, err := bob.try(set(wrongCode, recovery)); err != nil || out.Level != mfa.LevelEnroll {
		t.Errorf("%+v, %v", out, err)
	}
	made, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "carol@acme.example", Role: mfa.RoleMember})
	ok(t, err)
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{
		Email: "carol@acme.example", Code: set(wrongCode, made.Code), NewPassword: mfa.NewSecret("a password of her own"),
	})
	ok(t, err)
}

// Each answer spends one code of the set, also if all answers come at once.
func TestASetSpendsOneCodeAnAnswer(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	other := w.beside()
	var right atomic.Int32
	var all sync.WaitGroup
	for i := range 6 {
		on := []*world{w, other}[i%2]
		all.Go(func() {
			if _, err := on.Verify(on.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: set(bob.codes...)}); err == nil {
				right.Add(1)
			}
		})
	}
	all.Wait()
	for i, given := range bob.codes {
		want := mfa.Rejected
		if i >= 6 {
			want = ""
		}
		if i == 4 { // before the fifth locks
			ok(t, bob.verify(bob.codes[9]))
		}
		if i < 9 {
			code(t, bob.verify(given), want)
		}
	}
	if right.Load() != 6 {
		t.Errorf("%d of 6 were right", right.Load())
	}
}
