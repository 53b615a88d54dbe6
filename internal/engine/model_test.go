package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

// errCrash is what a process that died says.
var errCrash = errors.New("crashed")

// dying is a store whose process dies at one update: before the commit, so that
// nothing happened, or right after it, so that nobody heard of it.
type dying struct {
	mfa.Store
	at    int // which update
	after bool
	seen  int
}

func (d *dying) Update(ctx context.Context, f func(mfa.Tx) error) error {
	d.seen++
	if d.seen != d.at {
		return d.Store.Update(ctx, f)
	}
	err := d.Store.Update(ctx, func(tx mfa.Tx) error {
		if err := f(tx); err != nil || d.after {
			return err
		}
		return errCrash
	})
	if err == nil {
		return errCrash
	}
	return err
}

// story is one random history of one account, and what its 2FA state must be.
type story struct {
	*world
	t       *rapid.T
	bob     *person
	state   mfa.State
	damaged bool
	code    mfa.Secret // the live recovery code
	n       int
}

// No sequence of acts, crashes and row deletions lets the password alone sign
// in to an account that was on and was not disabled by its owner.
func TestNoSequenceLetsAPasswordAloneIn(t *testing.T) {
	quickly(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		w := newWorld(t)
		s := &story{world: w, t: rt, bob: w.user(fmt.Sprintf("bob%d@acme.example", n), mfa.RoleMember), state: mfa.StateOff}
		rt.Repeat(map[string]func(*rapid.T){
			"enable":     func(*rapid.T) { s.enable() },
			"sign in":    func(*rapid.T) { s.signIn() },
			"reset":      func(*rapid.T) { s.reset() },
			"recover":    func(*rapid.T) { s.recover() },
			"disable":    func(*rapid.T) { s.disable() },
			"generate":   func(*rapid.T) { s.generate() },
			"delete row": func(*rapid.T) { s.deleteRows() },
			"wait": func(rt *rapid.T) {
				s.wait(rapid.SampledFrom([]time.Duration{time.Minute, 20 * time.Minute, 25 * time.Hour}).Draw(rt, "wait"))
			},
			"": func(*rapid.T) { s.holds() },
		})
	})
}

// quickly bounds the search where no flag does: each act costs a password hash.
func quickly(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{"rapid.checks": "6", "rapid.steps": "14"} {
		if f := flag.Lookup(name); f.Value.String() == f.DefValue {
			if err := flag.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// with runs an act on an engine that may die at one of its updates.
func (s *story) with(act func(e *engine.Engine) error) (died bool, _ error) {
	d := &dying{Store: s.store, at: rapid.IntRange(0, 4).Draw(s.t, "dies at"), after: rapid.Bool().Draw(s.t, "after the commit")}
	err := act(engine.New(d, s.keys, quick()))
	return errors.Is(err, errCrash), err
}

// learn reads the state a crash left: it may only be what was or what the act
// would have made of it.
func (s *story) learn(might mfa.State) {
	var now mfa.State
	err := s.store.View(s.world.t.Context(), func(r mfa.Reader) error {
		id, err := r.UserID(s.bob.email)
		if err != nil {
			return err
		}
		u, err := r.User(id)
		now = u.State
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if now != s.state && now != might {
		s.t.Fatalf("a crash left %s, from %s on the way to %s", now, s.state, might)
	}
	s.state = now
}

func (s *story) enable() {
	e, err := s.Enroll(s.bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: s.label(), Password: s.bob.password})
	if err != nil || !e.Changed {
		return
	}
	s.bob.scan(e)
	died, err := s.with(func(en *engine.Engine) error {
		a, err := en.Activate(s.bob.ctx(), mfa.ActivateRequest{Code: s.bob.code()})
		if err == nil {
			s.bob.token, s.bob.codes = a.Session.Token, a.BackupCodes
		}
		return err
	})
	if err == nil {
		s.state, s.damaged = mfa.StateOn, false
	} else if died {
		s.learn(mfa.StateOn)
	}
	s.clock.Advance(30 * time.Second)
}

func (s *story) label() string {
	s.n++
	return fmt.Sprintf("phone %d", s.n)
}

func (s *story) signIn() {
	var code mfa.Secret
	if s.bob.phone != nil {
		code = s.bob.code()
	}
	if len(s.bob.codes) > 0 && rapid.Bool().Draw(s.t, "with a backup code") {
		code, s.bob.codes = s.bob.codes[0], s.bob.codes[1:]
	}
	_, _ = s.with(func(e *engine.Engine) error {
		out, err := e.Login(s.world.t.Context(), mfa.LoginRequest{Email: s.bob.email, Password: s.bob.password, Code: code})
		if err == nil && out.Level != mfa.LevelChallenge {
			s.bob.token = out.Token
		}
		return err
	})
	s.clock.Advance(30 * time.Second)
}

func (s *story) reset() {
	might := s.state
	if might != mfa.StateOff {
		might = mfa.StateRecovering
	}
	died, err := s.with(func(e *engine.Engine) error {
		out, err := e.Reset(s.admin.ctx(), mfa.ResetRequest{User: s.bob.email, Password: s.admin.password, NewCode: true})
		if err == nil && out.Changed {
			s.code = out.RecoveryCode
		}
		return err
	})
	if err == nil {
		s.state = might
		s.damaged = s.damaged && might == mfa.StateOff
	} else if died {
		s.learn(might)
	}
}

func (s *story) recover() {
	_, _ = s.with(func(e *engine.Engine) error {
		out, err := e.Login(s.world.t.Context(), mfa.LoginRequest{Email: s.bob.email, Password: s.bob.password, Code: s.code})
		if err == nil && out.Level == mfa.LevelEnroll {
			s.bob.token = out.Token
		}
		return err
	})
}

func (s *story) disable() {
	died, err := s.with(func(e *engine.Engine) error {
		_, err := e.Disable(s.bob.ctx(), mfa.DisableRequest{Password: s.bob.password})
		return err
	})
	if err == nil {
		s.state, s.damaged = mfa.StateOff, false
	} else if died {
		s.learn(mfa.StateOff)
	}
}

func (s *story) generate() {
	_, _ = s.with(func(e *engine.Engine) error {
		out, err := e.GenerateBackupCodes(s.bob.ctx(), mfa.GenerateBackupCodesRequest{Password: s.bob.password})
		if err == nil {
			s.bob.codes = out.Codes
		}
		return err
	})
}

// deleteRows is what somebody does who has the database and not the key.
func (s *story) deleteRows() {
	which := rapid.SampledFrom([]string{
		"DELETE FROM factors WHERE kind = 'totp'", "DELETE FROM factors WHERE kind = 'backup'",
		"DELETE FROM factors WHERE kind = 'recovery'", "DELETE FROM factors", "DELETE FROM sessions", "DELETE FROM replies",
	}).Draw(s.t, "rows")
	if which != "DELETE FROM sessions" && which != "DELETE FROM replies" {
		which += " " + map[bool]string{true: "WHERE", false: "AND"}[which == "DELETE FROM factors"] +
			" user_id = (SELECT id FROM users WHERE email = '" + s.bob.email + "')"
	}
	s.execute(which)
	s.admin.token = mfa.Secret{}
	s.wait(0)
}

func (s *story) wait(d time.Duration) {
	s.clock.Advance(d + 30*time.Second)
	out, err := s.admin.try(s.admin.code())
	if err != nil {
		s.t.Fatalf("the administrator cannot sign in: %v", err)
	}
	s.admin.token = out.Token
	s.clock.Advance(30 * time.Second)
}

// holds is what must be true after every step: the password alone signs in to
// an account that is off, and to no other.
func (s *story) holds() {
	out, err := s.Login(s.world.t.Context(), mfa.LoginRequest{Email: s.bob.email, Password: s.bob.password})
	alone := err == nil && out.Level != mfa.LevelChallenge
	if alone && s.state != mfa.StateOff {
		s.t.Fatalf("the password alone signs in at state %s", s.state)
	}
	if err == nil && !alone {
		for _, rule := range []string{"WhoAmI", "Enroll"} {
			p := *s.bob
			p.token = out.Token
			if err := p.call(rule, s.bob.email); mfa.AsError(err).Code != mfa.Unauthenticated {
				s.t.Fatalf("a challenge may %s: %v", rule, err)
			}
		}
	}
	if !alone && s.state == mfa.StateOff && mfa.AsError(err).Code != mfa.Damaged {
		s.t.Fatalf("the account is off and the password does not sign in: %v", err)
	}
	if alone && s.bob.token.IsZero() {
		s.bob.token = out.Token
	}
}
