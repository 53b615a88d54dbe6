package signin

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Verify implements [mfa.Verification]. Any state but on is a no, in the same
// words as a wrong code.
func (e *Part) Verify(ctx context.Context, req mfa.VerifyRequest) (mfa.Verdict, error) {
	ctx, err := e.checked(ctx, req)
	if err != nil {
		return mfa.Verdict{}, err
	}
	o := act.Spec{Method: "Verify", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Verdict, error) { return verify(a, u, req) })
}

// VerifyOnHost is Verify without a session, for the root of the store's host and the store's
// owner, who could read the secrets. The caller has made sure that it is one of them.
func (e *Part) VerifyOnHost(ctx context.Context, req mfa.VerifyRequest) (mfa.Verdict, error) {
	ctx, err := e.checked(ctx, req)
	if err != nil {
		return mfa.Verdict{}, err
	}
	rule := mfa.Rule{Method: "Verify", Changes: true, Action: mfa.ActOTPOK}
	o := act.Spec{Method: rule.Method, Body: req, Address: req.User}
	return act.PerformUnder(ctx, e.Runner, o, rule, func(a *act.Act, _ *act.Account) (mfa.Verdict, error) {
		u, err := a.AccountNamed(req.User)
		if err != nil {
			return mfa.Verdict{}, mfa.Missing(err, mfa.Errorf(mfa.NotFound, "no user %s", req.User))
		}
		out, err := verify(a, u, req)
		if err != nil && mfa.AsError(err).Code == mfa.Locked {
			err = act.RefusedAbout(err, act.Event{User: u})
		}
		return out, err
	})
}

// checked checks the form of a request to verify, and returns the context for its events.
func (e *Part) checked(ctx context.Context, req mfa.VerifyRequest) (context.Context, error) {
	if err := e.knownMethod(req.Method); err != nil {
		return nil, err
	}
	return withPurpose(ctx, req)
}

// verify checks the code of the target.
func verify(a *act.Act, u *act.Account, req mfa.VerifyRequest) (mfa.Verdict, error) {
	out := mfa.Verdict{User: u.Email}
	no := (&mfa.Error{Code: mfa.Rejected, Message: act.WrongCodeText}).WithDetail(string(mfa.ActOTPFail))
	if u.Status != mfa.UserActive {
		return out, act.RefusedAbout(no, act.Event{User: u})
	}
	if u.State == mfa.StateOff && req.IfEnrolled {
		may, err := mayGoWithout(a, u)
		if err != nil {
			return out, err
		}
		if !may {
			return out, act.RefusedAbout(no, act.Event{User: u})
		}
		markUse(a, u)
		a.Record(act.Event{Action: mfa.ActOTPOK, User: u, Factor: mfa.MethodNone, Note: "no code: 2FA is off"})
		out.OK, out.Method = true, mfa.MethodNone
		return out, nil
	}
	if u.State != mfa.StateOn {
		return out, act.RefusedAbout(no, act.Event{User: u})
	}
	got, err := secondFactor(a, u, atVerify(u), req.Code, req.Method)
	if err != nil {
		return out, reworded(err, act.WrongCodeText)
	}
	markUse(a, u)
	out.OK, out.Method, out.BackupCodesLeft = true, got.kind, got.left
	return out, nil
}

// markUse records the first use of an account.
func markUse(a *act.Act, u *act.Account) {
	if u.UsedAt.IsZero() {
		act.Use(u, a.Now)
		a.Wrote(a.Write.PutUser(&u.User))
	}
}

// mayGoWithout reports whether an account whose 2FA is off is right without a code, for an
// application that asks those who have 2FA only. If the user must have 2FA, had it a day
// ago, or took the address of another account, the answer is no: it could be a way around
// the 2FA of the account that the application knows.
func mayGoWithout(a *act.Act, u *act.Account) (bool, error) {
	lost := func(at time.Time) bool { return !at.IsZero() && a.Now.Before(at.Add(mfa.LossTTL)) }
	if u.Service || u.Needs2FA() || lost(u.DisabledAt) || lost(u.ResetAt) {
		return false, nil
	}
	gaveUp, err := a.Read.GivenUp(u.Email, a.Now.Add(-mfa.AddressTTL))
	another := func(f mfa.FormerAccount) bool { return f.AccountID != u.ID }
	return err == nil && !slices.ContainsFunc(gaveUp, another), err
}

// CheckCode implements [mfa.Verification]. A wrong code counts as at sign-in. A
// right one never clears the count: among the codes of four hours a guess is
// five hundred times as likely to be one, so it proves too little.
func (e *Part) CheckCode(ctx context.Context, req mfa.CheckCodeRequest) (mfa.CodeChecked, error) {
	if e.Kinds.LooksUp(req.Code.Reveal()) {
		return mfa.CodeChecked{}, mfa.UsageError("code", "not a one-time password").WithHint("6 or 8 digits, from the app")
	}
	o := act.Spec{Method: "CheckCode", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.CodeChecked, error) {
		if u.State != mfa.StateOn {
			return mfa.CodeChecked{User: u.Email}, mfa.Errorf(mfa.Conflict, "the 2FA of %s is %s", u.Email, u.State)
		}
		if err := admit(a, u, atLogin(u), false); err != nil {
			return mfa.CodeChecked{User: u.Email}, err
		}
		return checkCode(a, u, req.Code)
	})
}

// checkCode asks each factor; the one in reach of sign-in, or else the one least
// off, is what the user reads from.
func checkCode(a *act.Act, u *act.Account, code mfa.Secret) (mfa.CodeChecked, error) {
	rows, err := a.Read.Factors(u.User)
	if err != nil {
		return mfa.CodeChecked{}, err
	}
	out, verdict, replayed := mfa.CodeChecked{User: u.Email}, factor.ErrWrong, mfa.Kind("")
	for _, f := range rows {
		found, err := probe(a, u, &f, code)
		if isNo(err) {
			if errors.Is(err, factor.ErrReplay) {
				verdict, replayed = err, f.Kind
			}
			continue
		}
		if err != nil {
			return out, err
		}
		a.Wrote(a.Write.PutConfirmed(&u.User, &f)) // spent wherever it fits
		if out.Method == "" || found.InReach && !out.InReach {
			out.Method, out.Label, out.InReach = f.Kind, f.Label, found.InReach
			out.Drift, out.Presses = int(found.Drift/time.Second), found.Presses
		}
	}
	if out.Method == "" {
		return out, reworded(reject(a, u, atLogin(u), false, verdict, replayed), wrongSecret(verdict))
	}
	a.Wrote(a.Write.PutUser(&u.User))
	a.Record(act.Event{Action: mfa.ActOTPCheck, User: u, Factor: out.Method, Note: "right secret"})
	return out, nil
}

// wrongSecret says what a code that was not found means: the caller helps the
// user and may know.
func wrongSecret(verdict error) string {
	if errors.Is(verdict, factor.ErrReplay) {
		return "the code was used already: ask for the next one"
	}
	return "wrong secret: the code fits no factor of this user within two hours"
}

// probe asks one factor where a code belongs; ErrWrong where the kind has no
// such codes.
func probe(a *act.Act, u *act.Account, f *mfa.Factor, code mfa.Secret) (factor.Found, error) {
	kind, _ := a.Runner.Kinds.ByName(f.Kind)
	p, ok := kind.(factor.Prober)
	if !ok {
		return factor.Found{}, factor.ErrWrong
	}
	cred, err := a.Runner.Keys.Open(FactorBinding(a, *f), f.Sealed)
	if err != nil {
		return factor.Found{}, err
	}
	found, next, err := p.Probe(subject(a, u, *f), cred, code.Reveal())
	if err != nil && !isNo(err) {
		err = mfa.Errorf(mfa.Damaged, "a factor of %s cannot be read", u.Email).WithCause(err)
	}
	if err == nil {
		f.Sealed = a.Runner.Keys.Seal(FactorBinding(a, *f), next)
	}
	return found, err
}
