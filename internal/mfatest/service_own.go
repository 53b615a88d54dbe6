package mfatest

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func signsIn(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember).enable()
	in, err := s.login(bob, mfa.Secret{})
	s.ok(err)
	if in.Level != mfa.LevelChallenge || len(in.Prompts) == 0 || in.Prompts[0].Label != "phone" {
		s.Fatalf("%+v is no challenge for the phone", in)
	}
	in, err = s.Answer(s.as(nil), mfa.AnswerRequest{Challenge: in.Token, Code: bob.code()})
	s.ok(err)
	if in.Level != mfa.LevelMFA || in.Method != mfa.KindTOTP {
		s.Fatalf("%+v is no session of both factors", in)
	}
	s.Clock.Advance(30 * time.Second)
	in, err = s.login(bob, bob.code())
	s.ok(err)
	bob.token = in.Token
	who, err := s.WhoAmI(s.as(bob), mfa.WhoAmIRequest{})
	s.ok(err)
	if who.User != bob.email || who.Level != mfa.LevelMFA || !who.ExpiresAt.Equal(in.ExpiresAt) {
		s.Errorf("%+v", who)
	}
	_, err = s.Logout(s.as(bob), mfa.LogoutRequest{})
	s.ok(err)
	_, err = s.WhoAmI(s.as(bob), mfa.WhoAmIRequest{})
	s.code(err, mfa.Unauthenticated)
}

func oneAnswer(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember).enable()
	locked := s.member("eve", mfa.RoleMember)
	_, err := s.LockUser(s.as(s.admin), mfa.LockUserRequest{User: locked.email})
	s.ok(err)
	wrong := *bob
	wrong.password = mfa.NewSecret("not the password at all")
	unknown := *bob
	unknown.email = "nobody@acme.example"
	_, err1 := s.login(&wrong, bob.code())
	_, err2 := s.login(&unknown, bob.code())
	_, err3 := s.login(bob, bob.wrong())
	locked.password = wrong.password
	_, err4 := s.login(locked, mfa.Secret{})
	first := s.refusal(err1, mfa.Rejected)
	for _, err := range []error{err2, err3, err4} {
		if e := s.refusal(err, mfa.Rejected); e.Error() != first.Error() || e.HintText() != first.HintText() || !e.RetryAt.Equal(first.RetryAt) {
			s.Errorf("%v (%s) is not %v (%s)", e, e.HintText(), first, first.HintText())
		}
	}
}

func codeOnce(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember).enable()
	code := bob.code()
	v, err := s.Verify(s.as(s.admin), mfa.VerifyRequest{User: bob.email, Code: code})
	s.ok(err)
	if !v.OK || v.Method != mfa.KindTOTP || v.BackupCodesLeft != 10 {
		s.Errorf("%+v", v)
	}
	_, err = s.Verify(s.as(s.admin), mfa.VerifyRequest{User: bob.email, Code: code})
	s.code(err, mfa.Rejected)
	_, err = s.login(bob, code)
	s.code(err, mfa.Rejected)
}

func backupOnce(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember).enable()
	if len(bob.codes) != 10 {
		s.Fatalf("%d backup codes", len(bob.codes))
	}
	in, err := s.login(bob, bob.codes[3])
	s.ok(err)
	if in.BackupCodesLeft == nil || *in.BackupCodesLeft != 9 {
		s.Errorf("%+v", in)
	}
	_, err = s.login(bob, bob.codes[3])
	s.code(err, mfa.Rejected)
	bob.token = in.Token
	fresh, err := s.GenerateBackupCodes(s.as(bob), mfa.GenerateBackupCodesRequest{Password: bob.password})
	s.ok(err)
	if len(fresh.Codes) != 10 || fresh.Revoked != 9 || fresh.Codes[0].Reveal() == "" {
		s.Errorf("%d codes, %d revoked", len(fresh.Codes), fresh.Revoked)
	}
	_, err = s.login(bob, bob.codes[4])
	s.code(err, mfa.Rejected)
}

func wrongEnrollment(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember)
	_, err := s.Activate(s.as(bob), mfa.ActivateRequest{Code: mfa.NewSecret("123456")})
	s.code(err, mfa.Conflict)
	_, err = s.Enroll(s.as(bob), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "phone", Password: bob.password})
	s.ok(err)
	bob.phone = s.admin.phone
	for range 3 {
		_, err = s.Activate(s.as(bob), mfa.ActivateRequest{Code: bob.wrong()})
		s.code(err, mfa.Rejected)
	}
	_, err = s.Activate(s.as(bob), mfa.ActivateRequest{Code: bob.wrong()})
	s.code(err, mfa.Conflict)
}

func lateEnrollment(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember)
	e, err := s.Enroll(s.as(bob), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "phone", Password: bob.password})
	s.ok(err)
	if e.Factor == nil || e.Factor.Status != mfa.FactorPending || e.Secret.Reveal() == "" || !e.ExpiresAt.Equal(s.Clock.Now().Add(10*time.Minute)) {
		s.Errorf("%+v", e)
	}
	s.Clock.Advance(10 * time.Minute)
	bob.phone = s.admin.phone
	_, err = s.Activate(s.as(bob), mfa.ActivateRequest{Code: bob.wrong()})
	s.code(err, mfa.Expired)
}

func locksOut(s *serviceTest) {
	bob := s.member("bob", mfa.RoleMember).enable()
	for range 5 {
		_, err := s.Verify(s.as(s.admin), mfa.VerifyRequest{User: bob.email, Code: bob.wrong()})
		s.code(err, mfa.Rejected)
	}
	_, err := s.Verify(s.as(s.admin), mfa.VerifyRequest{User: bob.email, Code: bob.code()})
	if e := s.refusal(err, mfa.Locked); !e.RetryAt.Equal(s.Clock.Now().Add(15 * time.Minute)) {
		s.Errorf("locked until %v, and it is %v", e.RetryAt, s.Clock.Now())
	}
}

func passwordCode(s *serviceTest) {
	made, err := s.CreateUser(s.as(s.admin), mfa.CreateUserRequest{Email: "new@acme.example", Role: mfa.RoleMember})
	s.ok(err)
	redeem := mfa.RedeemPasswordRequest{Email: "new@acme.example", Code: made.Code, NewPassword: mfa.NewSecret("a password of my own")}
	_, err = s.RedeemPassword(s.as(nil), redeem)
	s.ok(err)
	_, err = s.RedeemPassword(s.as(nil), redeem)
	s.code(err, mfa.Rejected)
	_, err = s.login(&member{s: s, email: redeem.Email, password: redeem.NewPassword}, mfa.Secret{})
	s.ok(err)
}
