package signin

import (
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Verify implements [mfa.Verification]. Any state but on is a no, in the same
// words as a wrong code.
func (e *Part) Verify(ctx context.Context, req mfa.VerifyRequest) (mfa.Verdict, error) {
	if err := e.knownMethod(req.Method); err != nil {
		return mfa.Verdict{}, err
	}
	o := act.Spec{Method: "Verify", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Verdict, error) {
		out := mfa.Verdict{User: u.Email}
		no := (&mfa.Error{Code: mfa.Rejected, Message: act.WrongCodeText}).WithDetail(string(mfa.ActOTPFail))
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
		got, err := secondFactor(a, u, req.Code, req.Method)
		if err != nil {
			return out, reworded(err, act.WrongCodeText)
		}
		out.OK, out.Method, out.BackupCodesLeft = true, got.kind, got.left
		return out, nil
	})
}
