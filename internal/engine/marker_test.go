package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// knownDevice is a client of a person, which keeps its marker.
type knownDevice struct {
	of     *person
	marker mfa.Secret
}

// device signs in to an account without 2FA from a device that was never seen.
func (p *person) device() *knownDevice {
	p.w.t.Helper()
	d := &knownDevice{of: p}
	d.login()
	if d.marker.IsZero() {
		p.w.t.Fatal("a sign-in gave no marker")
	}
	return d
}

// try signs in from the device with a password.
func (d *knownDevice) try(password mfa.Secret) (mfa.SignedIn, error) {
	out, err := d.of.w.Login(d.of.w.t.Context(), mfa.LoginRequest{Email: d.of.email, Password: password, Marker: d.marker})
	if !out.Marker.IsZero() {
		d.marker = out.Marker
	}
	return out, err
}

// login signs in from the device.
func (d *knownDevice) login() mfa.SignedIn {
	d.of.w.t.Helper()
	out, err := d.try(d.of.password)
	ok(d.of.w.t, err)
	d.of.token = out.Token
	return out
}

// strangers give wrong passwords until one is refused without being counted.
func (p *person) strangers(n int) {
	p.w.t.Helper()
	for range n {
		_, err := p.w.Login(p.w.t.Context(), mfa.LoginRequest{Email: p.email, Password: mfa.NewSecret("not the password")})
		code(p.w.t, err, mfa.Rejected)
	}
}

func TestStrangersLockOutNoDeviceThatSignedIn(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	laptop := bob.device()
	bob.strangers(5)
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected) // from a device that is not known
	if out := laptop.login(); !out.Marker.IsZero() {
		t.Error("a device that is known got another marker")
	}
	for range 5 {
		w.killWhileHashing(bob.email)
	}
	laptop.login()
}

// Within some 41 hours strangers end the password of an account for every device that is not
// known. One that is known signs in each hour, and afterwards, which clears the hundred.
func TestStrangersOf41HoursKeepNoKnownDeviceOut(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	laptop := bob.device()
	exhausted := func() bool {
		w.admin.refresh()
		u, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
		ok(t, err)
		return len(u.Locks) == 1 && u.Locks[0].What == mfa.ExhaustedPassword && u.Locks[0].Until == nil
	}
	hours := 0
	for done := false; hours < 45 && !done; hours++ {
		for range 6 {
			bob.strangers(5)
			w.clock.Advance(10 * time.Minute)
		}
		if done = exhausted(); !done {
			laptop.login()
		}
	}
	if hours < 40 || hours > 42 {
		t.Errorf("the hundred took %d hours", hours)
	}
	w.clock.Advance(48 * time.Hour)
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
	laptop.login()
	bob.login("") // from any device
}

func TestASignInWithAMarkerClearsAHundredWrongPasswords(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	laptop := &knownDevice{of: bob}
	in := func() mfa.SignedIn {
		w.clock.Advance(time.Minute)
		out, err := w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: bob.password, Marker: laptop.marker})
		ok(t, err)
		out, err = w.Answer(t.Context(), mfa.AnswerRequest{Challenge: out.Token, Code: bob.code()})
		ok(t, err)
		return out
	}
	laptop.marker = in().Marker
	bob.hundredWrongPasswords()
	_, err := bob.try(bob.code())
	code(t, err, mfa.Rejected)
	out, err := w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: bob.password, Marker: laptop.marker})
	ok(t, err) // which is not complete yet
	if _, err = bob.try(bob.code()); mfa.AsError(err).Code != mfa.Rejected || out.Level != mfa.LevelChallenge {
		t.Errorf("after half a sign-in: %v", err)
	}
	in()
	w.clock.Advance(time.Minute)
	_, err = bob.try(bob.code())
	ok(t, err)
}

func TestTenWrongPasswordsEndAMarker(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	laptop := bob.device()
	for n := range 10 {
		if n == 5 { // that many lock the device for half an hour
			_, err := laptop.try(bob.password)
			code(t, err, mfa.Rejected)
			bob.login("") // and nothing else
			w.clock.Advance(30 * time.Minute)
		}
		_, err := laptop.try(mfa.NewSecret("not the password"))
		code(t, err, mfa.Rejected)
	}
	w.clock.Advance(time.Hour)
	bob.strangers(5)
	_, err := laptop.try(bob.password)
	code(t, err, mfa.Rejected) // it pays as strangers do
	w.clock.Advance(time.Hour)
	if out := laptop.login(); out.Marker.IsZero() {
		t.Error("the sign-in after it gave no marker")
	}
}

func TestAMarkerEndsWithThePasswordAndTheFactors(t *testing.T) {
	for name, end := range map[string]func(*world, *person) error{
		"a reset of the password": func(w *world, bob *person) error {
			out, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
			if err == nil {
				_, err = w.RedeemPassword(w.t.Context(), mfa.RedeemPasswordRequest{Email: bob.email, Code: out.Code, NewPassword: bob.password})
			}
			return err
		},
		"a new password": func(w *world, bob *person) error {
			old := bob.password
			bob.password = mfa.NewSecret("another one of his own")
			_, err := w.ChangePassword(bob.ctx(), mfa.ChangePasswordRequest{Password: old, NewPassword: bob.password})
			return err
		},
		"a deactivation": func(w *world, bob *person) error {
			_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: mfa.UserDeactivated})
			if err == nil {
				_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: mfa.UserActive})
			}
			return err
		},
		"an end of all sessions": func(w *world, bob *person) error {
			_, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
			return err
		},
		"an end of all sessions where none is left": func(w *world, bob *person) error {
			if _, err := w.Logout(bob.ctx(), mfa.LogoutRequest{}); err != nil {
				return err
			}
			out, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
			if err == nil && !out.Changed {
				err = fmt.Errorf("nothing changed: %+v", out)
			}
			return err
		},
		"a sign-out everywhere": func(w *world, bob *person) error {
			_, err := w.Logout(bob.ctx(), mfa.LogoutRequest{All: true})
			return err
		},
		"90 days": func(w *world, _ *person) error {
			w.clock.Advance(mfa.DeviceMarkerTTL)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.user("bob@acme.example", mfa.RoleMember)
			tablet := bob.device()
			laptop := bob.device()
			ok(t, end(w, bob))
			bob.strangers(5)
			for _, d := range []*knownDevice{laptop, tablet} {
				_, err := d.try(bob.password)
				code(t, err, mfa.Rejected)
			}
		})
	}
}

func TestAMarkerEndsWithAResetOfThe2FA(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	laptop := bob.device()
	bob.enable()
	recovery := bob.reset().RecoveryCode
	bob.strangers(5)
	_, err := w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: bob.password, Code: recovery, Marker: laptop.marker})
	code(t, err, mfa.Rejected)
}

func TestASignOutKeepsTheMarker(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	laptop := bob.device()
	_, err := w.Logout(bob.ctx(), mfa.LogoutRequest{})
	ok(t, err)
	bob.strangers(5)
	laptop.login()
	w.clock.Advance(mfa.DeviceMarkerTTL - time.Second) // since the sign-in before
	bob.strangers(5)
	laptop.login()
}

func TestTheDeviceThatWasNotUsedForLongestIsForgotten(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	first := bob.device()
	var more []*knownDevice
	for range mfa.MaxDeviceMarkers { // and the sign-in that made the account has a marker too
		w.clock.Advance(time.Minute)
		first.login()
		more = append(more, bob.device())
	}
	bob.strangers(5)
	first.login()
	for i, d := range more {
		_, err := d.try(bob.password)
		if forgotten := err != nil; forgotten != (i == 0) {
			t.Errorf("device %d: %v", i, err)
		}
	}
}

// A person who is signed in is asked for the password again: strangers must not prevent that.
func TestStrangersEndNoWorkOfASession(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.admin.refresh()
	w.admin.strangers(5)
	_, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
}

// A marker that is absent, foreign, ended or no marker at all is answered alike, and by the
// same work, which is counted in transactions and hashed passwords.
func TestAMarkerThatIsNoneOfTheAccountTellsNothing(t *testing.T) {
	w := newWorld(t)
	bob, carol := w.user("bob@acme.example", mfa.RoleMember), w.user("carol@acme.example", mfa.RoleMember)
	ended := bob.device().marker
	_, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
	ok(t, err)
	foreign, other := carol.device().marker, newWorld(t)
	twin := other.user("bob@acme.example", mfa.RoleMember).device().marker
	hasher := seal.NewQuickHasher(1, 8)
	counted := &countedStore{Store: w.store}
	of := engine.New(counted, w.keys, engine.Options{Hasher: hasher})
	var first string
	for _, address := range []string{bob.email, "nobody@acme.example"} {
		for _, m := range []mfa.Secret{{}, mfa.NewSecret("no marker"), ended, foreign, twin, carol.token} {
			counted.updates, counted.views = 0, 0
			_, err := of.Login(t.Context(), mfa.LoginRequest{Email: address, Password: mfa.NewSecret("not the password"), Marker: m})
			e := mfa.AsError(err)
			got := fmt.Sprintf("%s %q %q %v, %d and %d transactions", e.Code, e.Error(), e.HintText(), e.RetryAt, counted.updates, counted.views)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s with %q: %s, not %s", address, m.Reveal(), got, first)
			}
			w.clock.Advance(time.Hour)
		}
	}
}

// countedStore counts transactions.
type countedStore struct {
	mfa.Store
	updates, views int
}

func (c *countedStore) Update(ctx context.Context, f func(mfa.Tx) error) error {
	c.updates++
	return c.Store.Update(ctx, f)
}

func (c *countedStore) View(ctx context.Context, f func(mfa.Reader) error) error {
	c.views++
	return c.Store.View(ctx, f)
}
