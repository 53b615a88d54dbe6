package engine_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"io"
	"testing"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// kindDevice is a kind that only these tests know: a device that answers a question with a
// MAC of it, under a secret that it shares with the engine.
const kindDevice = mfa.Kind("device")

// device is the kind. The question is random and is the state that Check needs.
type device struct{}

func (device) Info() mfa.KindInfo {
	return mfa.KindInfo{Name: kindDevice, Class: mfa.Possession, Enrolls: true, SecondFactor: true, SignsIn: mfa.StateOn}
}

func (device) Enroll(s factor.Subject) (factor.Cred, mfa.Reveal, error) {
	secret, err := draw(s.Rand)
	return factor.Cred(secret), mfa.Reveal{Secret: mfa.NewSecret(secret)}, err
}

func (device) Fits(answer string) bool { return len(answer) == 2*sha256.Size }

func (device) Ask(s factor.Subject, _ factor.Cred) ([]byte, mfa.Prompt, error) {
	question, err := draw(s.Rand)
	return []byte(question), mfa.Prompt{Kind: kindDevice, Question: question}, err
}

func (device) Check(_ factor.Subject, c factor.Cred, state []byte, answer string) (factor.Cred, error) {
	if len(state) == 0 || !hmac.Equal([]byte(answer), []byte(answered(string(c), string(state)).Reveal())) {
		return nil, factor.ErrWrong
	}
	return c, nil
}

// answered is what the device answers.
func answered(secret, question string) mfa.Secret {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(question))
	return mfa.NewSecret(hex.EncodeToString(mac.Sum(nil)))
}

// draw returns random text in base32, the form in which secrets travel.
func draw(r io.Reader) (string, error) {
	b := make([]byte, 20)
	_, err := io.ReadFull(r, b)
	return base32.StdEncoding.EncodeToString(b), err
}

// withDevices is a world whose engine knows the kind and whose policy allows it.
func withDevices(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	_, err := w.SetPolicy(w.admin.ctx(), mfa.SetPolicyRequest{
		Password: w.admin.password, Change: mfa.Change{Reason: "try devices"}, Rules: map[string]string{"methods": "device,totp"},
	})
	code(t, err, mfa.Usage) // an engine that does not know the kind
	o := quick()
	o.Kinds = append(factor.All(), device{})
	w.Engine = engine.New(w.store, w.keys, o)
	w.serve(t)
	_, err = w.SetPolicy(w.admin.ctx(), mfa.SetPolicyRequest{
		Password: w.admin.password, Change: mfa.Change{Reason: "try devices"}, Rules: map[string]string{"methods": "device,totp"},
	})
	ok(t, err)
	return w
}

// owner is a person with a device.
type owner struct {
	*person
	secret string
}

// owner makes a user who enrolls and confirms a device.
func (w *world) owner(email string) owner {
	w.t.Helper()
	p := w.user(email, mfa.RoleMember)
	e, err := w.Enroll(p.ctx(), mfa.EnrollRequest{Kind: kindDevice, Label: "fob", Password: p.password})
	ok(w.t, err)
	o := owner{p, e.Secret.Reveal()}
	other := answered(o.secret, "another question")
	_, err = w.Activate(p.ctx(), mfa.ActivateRequest{Code: other})
	code(w.t, err, mfa.Rejected)
	a, err := w.Activate(p.ctx(), mfa.ActivateRequest{Code: answered(o.secret, e.Question)})
	ok(w.t, err)
	if a.Factor.Kind != kindDevice || a.Session.Level != mfa.LevelMFA || len(a.BackupCodes) == 0 {
		w.t.Fatalf("%+v", a)
	}
	p.token, p.codes = a.Session.Token, a.BackupCodes
	return o
}

// asked gives the password, and returns the challenge and the right answer to it.
func (o owner) asked() (challenge, answer mfa.Secret) {
	o.w.t.Helper()
	out, err := o.try(mfa.Secret{})
	ok(o.w.t, err)
	for _, p := range out.Prompts {
		if p.Kind == kindDevice && p.Label == "fob" && p.Question != "" {
			return out.Token, answered(o.secret, p.Question)
		}
	}
	o.w.t.Fatalf("nobody asked the device: %+v", out)
	return mfa.Secret{}, mfa.Secret{}
}

func (o owner) answer(challenge, answer mfa.Secret) (mfa.SignedIn, error) {
	return o.w.Answer(o.w.t.Context(), mfa.AnswerRequest{Challenge: challenge, Code: answer})
}

// All that this kind needs is its type and its row, both of which stand in this file.
func TestAKindThatAsksAQuestionSignsIn(t *testing.T) {
	w := withDevices(t)
	bob := w.owner("bob@acme.example")
	challenge, answer := bob.asked()
	out, err := bob.answer(challenge, answer)
	ok(t, err)
	if out.Level != mfa.LevelMFA || out.Method != kindDevice {
		t.Errorf("signed in as %+v", out)
	}
	bob.token = out.Token
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	if !st.Enabled || len(st.Factors) != 1 || st.Factors[0].Kind != kindDevice || st.Factors[0].Label != "fob" {
		t.Errorf("%+v", st)
	}
	_, err = w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
	ok(t, err)
}

func TestAnAnswerBelongsToItsChallengeOnly(t *testing.T) {
	w := withDevices(t)
	bob := w.owner("bob@acme.example")
	first, toFirst := bob.asked()
	second, toSecond := bob.asked()
	_, err := bob.answer(first, toSecond)
	code(t, err, mfa.Rejected)
	_, err = bob.try(toSecond) // a code that comes without a challenge
	code(t, err, mfa.Rejected)
	_, err = bob.answer(second, toSecond)
	ok(t, err)
	_, err = bob.answer(second, toSecond)
	code(t, err, mfa.Unauthenticated)
	_, err = bob.answer(first, toSecond)
	code(t, err, mfa.Rejected)
	_, err = bob.answer(first, toFirst) // a wrong answer leaves the question open
	ok(t, err)
}

func TestAQuestionThatWasPutIntoAnotherChallengeIsDamage(t *testing.T) {
	w := withDevices(t)
	bob := w.owner("bob@acme.example")
	first, toFirst := bob.asked()
	second, _ := bob.asked()
	err := w.store.Update(t.Context(), func(tx mfa.Tx) error {
		u, err := tx.UserID(bob.email)
		if err != nil {
			return err
		}
		rows, err := tx.Sessions(u)
		if err != nil {
			return err
		}
		var challenges []mfa.Session
		for _, x := range rows {
			if x.Level == mfa.LevelChallenge {
				challenges = append(challenges, x)
			}
		}
		if len(challenges) != 2 || len(challenges[0].Asked) == 0 {
			return errors.New("there are no two challenges with a question")
		}
		challenges[0].Asked, challenges[1].Asked = challenges[1].Asked, challenges[0].Asked
		return errors.Join(tx.PutSession(&challenges[0]), tx.PutSession(&challenges[1]))
	})
	ok(t, err)
	for _, challenge := range []mfa.Secret{first, second} {
		_, err = bob.answer(challenge, toFirst)
		code(t, err, mfa.Damaged)
	}
}

// What was asked is sealed for its row and its user: signed again by who has the key, as a
// faulty command would, it is still of no use elsewhere.
func TestAQuestionOpensOnlyInItsOwnChallengeAndForItsOwnUser(t *testing.T) {
	tests := map[string]func(w *world, bob, eve owner) (challenge mfa.Secret, by owner){
		"another challenge of the user": func(w *world, bob, _ owner) (mfa.Secret, owner) {
			challenge, _ := bob.asked()
			bob.asked()
			rows := w.challenges(bob.email)
			rows[0].Asked, rows[1].Asked = rows[1].Asked, rows[0].Asked
			w.putSessions(rows)
			return challenge, bob
		},
		"the challenge of another user": func(w *world, bob, eve owner) (mfa.Secret, owner) {
			bob.asked()
			challenge, _ := eve.asked()
			rows := w.challenges(eve.email)
			rows[0].Asked = w.challenges(bob.email)[0].Asked
			w.putSessions(rows)
			return challenge, eve
		},
		"the same challenge, given to another user": func(w *world, bob, eve owner) (mfa.Secret, owner) {
			challenge, _ := bob.asked()
			eve.asked()
			rows := w.challenges(bob.email)
			rows[0].UserID = w.challenges(eve.email)[0].UserID
			w.putSessions(rows)
			return challenge, eve
		},
	}
	for name, move := range tests {
		t.Run(name, func(t *testing.T) {
			w := withDevices(t)
			challenge, by := move(w, w.owner("bob@acme.example"), w.owner("eve@acme.example"))
			_, err := by.answer(challenge, answered(by.secret, "any question"))
			code(t, err, mfa.Damaged)
		})
	}
}

// challenges are a user's sessions that owe an answer.
func (w *world) challenges(email string) (rows []mfa.Session) {
	w.t.Helper()
	ok(w.t, records.New(w.store, w.keys).View(w.t.Context(), func(r *records.Reader) error {
		u, err := r.UserAt(email)
		if err != nil {
			return err
		}
		all, err := r.SessionRows(u.ID)
		for _, x := range all.Sound {
			if x.Level == mfa.LevelChallenge {
				rows = append(rows, x)
			}
		}
		return err
	}))
	return rows
}

// putSessions writes sessions as a command would, with valid MACs.
func (w *world) putSessions(rows []mfa.Session) {
	w.t.Helper()
	ok(w.t, records.New(w.store, w.keys).Update(w.t.Context(), func(wr *records.Writer) error {
		for _, x := range rows {
			if err := wr.PutSession(&x); err != nil {
				return err
			}
		}
		return nil
	}))
}

// A verify of another user has no challenge, so nothing was asked: a kind that needs a
// question says no, and the other factors and codes of the user verify as ever.
func TestAVerifyAsksNoQuestion(t *testing.T) {
	w := withDevices(t)
	bob := w.owner("bob@acme.example")
	_, answer := bob.asked()
	code(t, bob.verify(answer), mfa.Rejected)
	_, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: answer, Method: kindDevice})
	code(t, err, mfa.Rejected)
	ok(t, bob.verify(bob.codes[0]))
}

// What a session asked is no business of who reads the file.
func TestTheFileHoldsNoQuestion(t *testing.T) {
	w := withDevices(t)
	bob := w.owner("bob@acme.example")
	out, err := bob.try(mfa.Secret{})
	ok(t, err)
	w.holdsNone([]string{out.Prompts[0].Question, bob.secret})
}
