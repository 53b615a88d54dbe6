package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// wrongCodeText is the one answer of a verify that says no, also of nobody.
const wrongCodeText = "wrong code"

// Verify implements [mfa.Verification]. Any state but on is a no, in the same
// words as a wrong code.
func (e *Engine) Verify(ctx context.Context, req mfa.VerifyRequest) (mfa.Verdict, error) {
	if err := e.knownMethod(req.Method); err != nil {
		return mfa.Verdict{}, err
	}
	o := op{method: "Verify", body: req, user: req.User}
	return do(ctx, e, o, func(s *scope) (mfa.Verdict, error) {
		u := s.target
		out := mfa.Verdict{User: u.Email}
		no := (&mfa.Error{Code: mfa.Rejected, Message: wrongCodeText}).WithDetail(string(mfa.ActOTPFail))
		if u.Status != mfa.UserActive {
			return out, no
		}
		if u.State == mfa.StateOff && req.IfEnrolled {
			out.OK, out.Method = true, mfa.MethodNone
			return out, nil
		}
		if u.State != mfa.StateOn {
			return out, no
		}
		got, err := s.secondFactor(u, req.Code, req.Method)
		if e := mfa.AsError(err); err != nil && e.Code == mfa.Rejected {
			return out, no.WithDetail(e.Detail)
		}
		if err != nil {
			return out, err
		}
		out.OK, out.Method, out.BackupCodesLeft = true, got.kind, got.left
		return out, nil
	})
}
