package mfatest

import (
	"context"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Operator is the first operator of a fresh store, signed in with both factors.
type Operator struct {
	Email    string
	Password mfa.Secret
	Token    mfa.Secret
	Phone    *authapp.App
}

// World is a Service over a fresh store that takes its time from Clock.
type World struct {
	mfa.Service
	Clock    *Clock
	Operator Operator
}

// TestService is the conformance suite of [mfa.Service], wherever it is. It calls open
// once per test.
func TestService(t *testing.T, open func(t *testing.T) World) {
	tests := []struct {
		name string
		test func(*serviceTest)
	}{
		{"a person signs in in one call or in two", signsIn},
		{"whatever is wrong at sign-in is one answer", oneAnswer},
		{"a code is accepted once", codeOnce},
		{"a backup code is accepted once and counted", backupOnce},
		{"the third wrong code drops an enrollment", wrongEnrollment},
		{"a pending enrollment ends after ten minutes", lateEnrollment},
		{"too many wrong codes lock, and say until when", locksOut},
		{"a reset leads to a new enrollment and nowhere else", resets},
		{"a recovery code ends after 24 hours", lateRecovery},
		{"password and 2FA are not reset by one person", bothAtOnce},
		{"a second person does what was asked for", secondPerson},
		{"a retry has the same answer and no second effect", retries},
		{"another request under a key is a conflict", otherRequest},
		{"a policy holds at the next request", policyHolds},
		{"lists come in pages and are complete", pages},
		{"what is wrong is named", named},
		{"a dry run changes nothing", dryRun},
		{"an event tells who did what to whom", events},
		{"a password code sets a password once", passwordCode},
		{"a code on the phone tells how far the clock is off", checksCode},
		{"an API token does what it may, in its owner's name", tokenActs},
		{"API tokens are listed, each name of an owner once", tokensListed},
		{"an API token replaces itself once", tokenRotates},
		{"an API token that is revoked is out at once", tokenRevoked},
		{"an API token ends to the second", tokenEnds},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.test(newServiceTest(t, open(t)))
		})
	}
}

// serviceTest is one test with people who act.
type serviceTest struct {
	*testing.T
	World
	admin *member
}

// member is a user of the test.
type member struct {
	s        *serviceTest
	email    string
	password mfa.Secret
	token    mfa.Secret
	phone    *authapp.App
	codes    []mfa.Secret
}

func newServiceTest(t *testing.T, w World) *serviceTest {
	w.Service = Proving{Service: w.Service, Of: passwordOf}
	s := &serviceTest{T: t, World: w}
	s.admin = &member{s: s, email: w.Operator.Email, password: w.Operator.Password, token: w.Operator.Token, phone: w.Operator.Phone}
	return s
}

// as is the context of a call by a member; of nil, of a caller who is not signed in.
func (s *serviceTest) as(m *member) context.Context {
	if m == nil {
		return s.Context()
	}
	return mfa.WithCall(context.WithValue(s.Context(), memberKey{}, m), mfa.Call{Token: m.token})
}

type memberKey struct{}

// passwordOf returns the password of the member who calls.
func passwordOf(ctx context.Context) (password mfa.Secret) {
	if m, ok := ctx.Value(memberKey{}).(*member); ok {
		password = m.password
	}
	return password
}

// member makes an account and signs it in.
func (s *serviceTest) member(name string, role mfa.Role) *member {
	s.Helper()
	m := &member{s: s, email: name + "@acme.example", password: mfa.NewSecret("a long password of " + name)}
	_, err := s.CreateUser(s.as(s.admin), mfa.CreateUserRequest{Email: m.email, Role: role, NewPassword: m.password})
	s.ok(err)
	in, err := s.login(m, mfa.Secret{})
	s.ok(err)
	m.token = in.Token
	return m
}

// settled is Bob, a member with 2FA whose account was created long ago: none of its halves is open.
func (s *serviceTest) settled() *member {
	s.Helper()
	m := s.member("bob", mfa.RoleMember).enable()
	s.Clock.Advance(mfa.HalfMax)
	for _, p := range []*member{s.admin, m} {
		in, err := s.login(p, p.code())
		s.ok(err)
		p.token = in.Token
	}
	s.Clock.Advance(30 * time.Second)
	return m
}

// login signs a member in with a code, or with the password alone.
func (s *serviceTest) login(m *member, code mfa.Secret) (mfa.SignedIn, error) {
	s.Helper()
	return s.Login(s.as(nil), mfa.LoginRequest{Email: m.email, Password: m.password, Code: code})
}

// enable turns 2FA on.
func (m *member) enable() *member {
	s := m.s
	s.Helper()
	e, err := s.Enroll(s.as(m), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "phone", Password: m.password})
	s.ok(err)
	if m.phone, err = authapp.Scan(e.OtpauthURI.Reveal()); err != nil {
		s.Fatal(err)
	}
	a, err := s.Activate(s.as(m), mfa.ActivateRequest{Code: m.code()})
	s.ok(err)
	m.token, m.codes = a.Session.Token, a.BackupCodes
	s.Clock.Advance(30 * time.Second)
	return m
}

func (m *member) code() mfa.Secret { return mfa.NewSecret(m.phone.Code(m.s.Clock.Now())) }

func (m *member) wrong() mfa.Secret { return mfa.NewSecret(m.phone.Wrong(m.s.Clock.Now())) }

// ok fails the test if there is an error.
func (s *serviceTest) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%v (cause: %v)", err, mfa.AsError(err).Cause)
	}
}

// code fails the test unless an error has a code; if the code is empty, unless there is no
// error.
func (s *serviceTest) code(err error, want mfa.Code) {
	s.Helper()
	switch {
	case want == "":
		s.ok(err)
	case err == nil:
		s.Fatalf("want %s, got no error", want)
	}
	if got := mfa.AsError(err); want != "" && got.Code != want {
		s.Fatalf("want %s, got %s: %v (cause: %v)", want, got.Code, got, got.Cause)
	}
}

// refusal is want for who reads the words too.
func (s *serviceTest) refusal(err error, code mfa.Code) *mfa.Error {
	s.Helper()
	if err == nil {
		s.Fatalf("no error, want %s", code)
	}
	e := mfa.AsError(err)
	if e.Code != code {
		s.Fatalf("%s: %v (%v), want %q", e.Code, e, e.Cause, code)
	}
	return e
}
