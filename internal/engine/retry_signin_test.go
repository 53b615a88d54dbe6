package engine_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// under carries an idempotency key and no session.
func (w *world) under(key string) context.Context {
	return mfa.WithCall(w.t.Context(), mfa.Call{Key: mfa.NewSecret(key)})
}

// signIn signs in under an idempotency key.
func (p *person) signIn(key, password, code string) (mfa.SignedIn, error) {
	return p.w.Login(p.w.under(key), mfa.LoginRequest{Email: p.email, Password: mfa.NewSecret(password), Code: mfa.NewSecret(code)})
}

// One key must not turn 2,000 guesses into one attempt (OWASP ASVS 6.3.1).
func TestGuessesUnderOneKeyAreCountedAndLocked(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for n := range 2000 {
		out, err := bob.signIn(key, "a wrong password, number "+hex.EncodeToString([]byte{byte(n >> 8), byte(n)}), "")
		code(t, err, mfa.Rejected)
		if !out.Token.IsZero() {
			t.Fatal("a wrong password was given a session")
		}
		if n == 4 {
			if _, err = bob.signIn(key, bob.password.Reveal(), ""); mfa.AsError(err).Code != mfa.Rejected {
				t.Fatalf("after five wrong passwords the right one is answered with %v", err)
			}
		}
	}
	if n := len(w.texts("SELECT seq, '' FROM events WHERE method = 'Login' AND outcome = 'refused'")); n != 2001 {
		t.Errorf("%d events of 2,001 refusals", n)
	}
	w.clock.Advance(time.Hour)
	for _, k := range []string{"a fresh key of the owner", key} {
		_, err := bob.signIn(k, bob.password.Reveal(), "")
		ok(t, err)
	}
}

// A sign-in whose answer was lost is answered again, to the right password only, and wrong
// ones cost an attempt each as they do without a key.
func TestASignInIsRepeatedToItsPasswordAlone(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	first, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	again := func() (mfa.SignedIn, error) { return bob.signIn(key, bob.password.Reveal(), "") }
	for range 4 {
		_, err := bob.signIn(key, "a guess at the password", "")
		code(t, err, mfa.Rejected)
	}
	out, err := again()
	ok(t, err)
	if out.Token != first.Token {
		t.Error("the retry opened another session")
	}
	for range 4 { // the right password does not end the count of wrong ones in a minute
		_, err = bob.signIn(key, "a guess at the password", "")
		code(t, err, mfa.Rejected)
	}
	if out, err = again(); err == nil {
		t.Errorf("the lock was passed by: %+v", out.Level)
	}
	code(t, err, mfa.Rejected)
}

func TestASignInIsNotRepeatedToAPasswordThatWasChanged(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	out, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	fresh := mfa.NewSecret("another password of his own")
	_, err = w.ChangePassword(bob.by(out.Token).ctx(), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: fresh})
	ok(t, err)
	_, err = bob.signIn(key, bob.password.Reveal(), "")
	code(t, err, mfa.Rejected)
}

// A refusal before sign-in is not kept: the next try is judged by itself.
func TestARefusedSignInIsNotKept(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: bob.email})
	ok(t, err)
	_, err = bob.signIn(key, bob.password.Reveal(), "")
	code(t, err, mfa.Locked)
	_, err = w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: bob.email})
	ok(t, err)
	_, err = bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
}

// With the password known, the code in a kept sign-in can be guessed at once, and that
// guess is counted too.
func TestAKeptSignInIsComparedWithOneOtherCode(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	right := bob.code()
	first, err := bob.signIn(key, bob.password.Reveal(), right.Reveal())
	ok(t, err)
	out, err := bob.signIn(key, bob.password.Reveal(), right.Reveal())
	ok(t, err)
	if out.Token != first.Token {
		t.Fatal("the retry is another session")
	}
	_, err = bob.signIn(key, bob.password.Reveal(), bob.wrong().Reveal())
	code(t, err, mfa.Rejected)
	_, err = bob.signIn(key, bob.password.Reveal(), right.Reveal())
	code(t, err, mfa.Rejected) // the kept answer is gone, and the code is spent
	for range 3 {
		_, err = bob.signIn(key, bob.password.Reveal(), bob.wrong().Reveal())
		code(t, err, mfa.Rejected)
	}
	w.clock.Advance(time.Minute)
	_, err = bob.signIn(key, bob.password.Reveal(), bob.code().Reveal())
	code(t, err, mfa.Locked)
}

// The answer to a challenge is repeated to the very request, and compared with no second
// one.
func TestAnAnsweredChallengeIsComparedWithOneOtherCode(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	asked := bob.login("")
	right := bob.code()
	answer := func(code mfa.Secret) (mfa.SignedIn, error) {
		return w.Answer(w.under(key), mfa.AnswerRequest{Challenge: asked.Token, Code: code})
	}
	first, err := answer(right)
	ok(t, err)
	out, err := answer(right)
	ok(t, err)
	if out.Token != first.Token {
		t.Error("the retry is another session")
	}
	_, err = answer(bob.wrong())
	code(t, err, mfa.Unauthenticated)
	_, err = answer(right)
	code(t, err, mfa.Unauthenticated)
}

// A stranger who uses a key first, or afterwards, neither gets the owner's answer nor
// keeps the owner from it.
func TestAStrangerOccupiesNoKey(t *testing.T) {
	w := newWorld(t)
	bob, eve := w.user("bob@acme.example", mfa.RoleMember), w.user("eve@acme.example", mfa.RoleMember)
	strange := func() {
		t.Helper()
		_, err := bob.signIn(key, "a password of a stranger", "")
		code(t, err, mfa.Rejected)
		_, err = eve.signIn(key, eve.password.Reveal(), "")
		ok(t, err)
	}
	strange()
	first, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	strange()
	again, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	if again.Token != first.Token {
		t.Error("a stranger took the answer away")
	}
}

// The code of a lost answer is spent, and its repetition is answered all the same; another
// code or password is a wrong attempt, and while the account is locked nothing is compared.
func TestARedeemedCodeIsRepeatedToItsRequestAlone(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	out, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	req := mfa.RedeemPasswordRequest{Email: bob.email, Code: out.Code, NewPassword: mfa.NewSecret("a password bob chose")}
	redeem := func() error {
		_, err := w.RedeemPassword(w.under(key), req)
		return err
	}
	for range 12 { // each is paid for, and given back
		ok(t, redeem())
	}
	guess := req
	guess.NewPassword = mfa.NewSecret("what bob may have chosen")
	_, err = w.RedeemPassword(w.under(key), guess)
	code(t, err, mfa.Rejected)
	for range 4 {
		_, err = w.RedeemPassword(w.under("another key of a stranger"), guess)
		code(t, err, mfa.Rejected)
	}
	code(t, redeem(), mfa.Rejected)
	w.clock.Advance(time.Hour)
	bob.password = req.NewPassword
	bob.login("")
}

// A change of password ends the password that its own repetition brings.
func TestAChangeOfPasswordIsRepeatedToItsRequestAlone(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	req := mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("another password of his own")}
	for range 12 {
		out, err := w.ChangePassword(bob.keyed(key), req)
		ok(t, err)
		if !out.Changed {
			t.Error("it says that nothing was changed")
		}
	}
	for range 5 {
		guess := req
		guess.Password = mfa.NewSecret("a guess at the old password")
		_, err := w.ChangePassword(bob.keyed(key), guess)
		code(t, err, mfa.Rejected)
	}
	_, err := w.ChangePassword(bob.keyed(key), req)
	code(t, err, mfa.Rejected) // locked: nothing is compared
}

// A retry of an act that asked for a password pays for it, so a stolen session finds no
// password under a key that was used.
func TestAPasswordIsPaidForUnderAUsedKey(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	req := mfa.ResetRequest{User: bob.email, Password: w.admin.password}
	_, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	for range 5 {
		guess := req
		guess.Password = mfa.NewSecret("a guess at the password")
		_, err = w.Reset(w.admin.keyed(key), guess)
		code(t, err, mfa.Rejected)
	}
	_, err = w.Reset(w.admin.keyed(key), req)
	code(t, err, mfa.Rejected) // locked: nothing is compared
}

// Who copies the database and knows which keys a client may have used learns neither
// which it used nor what it was answered.
func TestACopiedDatabaseOpensNoAnswer(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	const guessable = "deploy-2026-11-30-bob@acme"
	_, err := w.Reset(w.admin.keyed(guessable), mfa.ResetRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	_, err = w.admin.signIn(guessable, w.admin.password.Reveal(), w.admin.code().Reveal())
	ok(t, err)
	client, err := seal.NewClientKey(guessable)
	ok(t, err)
	rows := w.texts("SELECT name, hex(sealed) FROM replies")
	if len(rows) < 2 {
		t.Fatalf("%d answers are kept", len(rows))
	}
	for _, r := range rows {
		sealed, err := hex.DecodeString(r[1])
		ok(t, err)
		for _, context := range []string{r[0], "", "Reset", "Login"} {
			if _, err := client.Open([]byte(context), sealed); err == nil {
				t.Error("an answer opens under the client's key alone")
			}
		}
		for _, drawn := range []string{guessable + "x", "another key of a client"} {
			other, err := seal.NewClientKey(drawn)
			ok(t, err)
			if inner, err := w.keys.Open(w.replyPlace(r[0]), sealed); err != nil {
				t.Error(err)
			} else if _, err := other.Open([]byte(r[0]), inner); err == nil {
				t.Error("an answer opens with the store's key and another client's")
			}
		}
	}
	file, err := os.ReadFile(w.path)
	ok(t, err)
	log, _ := os.ReadFile(w.path + "-wal")
	for _, text := range []string{guessable, "mfactl idempotency key " + guessable} {
		sum := sha256.Sum256([]byte(text))
		if all := append(file, log...); bytes.Contains(all, sum[:]) || bytes.Contains(all, []byte(hex.EncodeToString(sum[:]))) {
			t.Errorf("a plain hash of the key stands in the store")
		}
	}
}

// replyPlace is where an answer is sealed to.
func (w *world) replyPlace(name string) seal.Binding {
	rows := w.texts("SELECT value, '' FROM meta WHERE name = 'instance'")
	return seal.Binding{Instance: rows[0][0], Table: "replies", Column: "sealed", Row: name}
}

// However long ago a busy hour was, what it left is gone soon after.
func TestNoAnswerGetsAnHourOld(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for n := range 300 {
		_, err := bob.signIn("a key of a busy hour "+hex.EncodeToString([]byte{byte(n >> 8), byte(n)}), bob.password.Reveal(), "")
		ok(t, err)
	}
	left := func() int { return len(w.texts("SELECT name, '' FROM replies")) }
	if n := left(); n < 300 {
		t.Fatalf("%d answers are kept", n)
	}
	quiet := w.fork(t)
	for _, later := range []string{"a key that was drawn after 50 minutes", "and one of 100 minutes"} {
		w.clock.Advance(50 * time.Minute)
		_, err := bob.signIn(later, bob.password.Reveal(), "")
		ok(t, err)
	}
	if n := left(); n > 2 {
		t.Errorf("%d answers are kept after another hour", n)
	}
	quiet.clock.Advance(21 * time.Minute)
	ok(t, quiet.Sweep(t.Context()))
	if n := len(quiet.texts("SELECT name, '' FROM replies")); n != 0 {
		t.Errorf("%d answers are kept by a server that swept", n)
	}
}

// A client that was killed after it had saved the device marker of the answer, and before the
// session, repeats with the marker: it is the same sign-in.
func TestASignInIsRepeatedToAClientThatHasTheMarkerAlready(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	code := bob.reset().RecoveryCode
	key := rand.Text()
	req := mfa.LoginRequest{Email: bob.email, Password: bob.password, Code: code}
	first, err := w.Login(w.under(key), req)
	ok(t, err)
	req.Marker = first.Marker
	again, err := w.Login(w.under(key), req)
	if ok(t, err); again.Token.Reveal() != first.Token.Reveal() {
		t.Error("another session")
	}
}
