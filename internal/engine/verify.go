package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Verify implements [mfa.Verification]. Any state but on is a no, in the same
// words as a wrong code.
func (e *Engine) Verify(ctx context.Context, req mfa.VerifyRequest) (mfa.Verdict, error) {
	if err := e.knownMethod(req.Method); err != nil {
		return mfa.Verdict{}, err
	}
	o := spec{method: "Verify", body: req, user: req.User}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Verdict, error) {
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
		if err != nil {
			return out, reworded(err, wrongCodeText)
		}
		out.OK, out.Method, out.BackupCodesLeft = true, got.kind, got.left
		return out, nil
	})
}
