package signin

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Login implements [mfa.SignIn].
func (e *Part) Login(ctx context.Context, req mfa.LoginRequest) (mfa.SignedIn, error) {
	address, err := act.CanonicalEmail(req.Email)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	if req.Password.IsZero() {
		return mfa.SignedIn{}, mfa.UsageError("password", "empty")
	}
	if err := e.knownMethod(req.Method); err != nil {
		return mfa.SignedIn{}, err
	}
	same := req
	same.Marker = mfa.Secret{} // a client that saved the answer's marker and no more repeats with it
	o := act.Spec{Method: "Login", Body: same, Password: &req.Password, Marker: req.Marker, Address: address}
	o.Payer = func(a *act.Act) (*act.Account, error) { return byEmail(a, address) }
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.SignedIn, error) {
		a.ActAs(u) // whose password was right
		if err := mayEnter(u); err != nil {
			return mfa.SignedIn{}, err
		}
		switch u.State {
		case mfa.StateOff:
			return Enter(a, u, ""), nil
		case mfa.StateRecovering:
			if err := recoverable(a, u); err != nil {
				return mfa.SignedIn{}, err
			}
		case mfa.StateOn:
		}
		if req.Code.IsZero() {
			if err := answerable(a, u); err != nil {
				return mfa.SignedIn{}, err
			}
			return challenge(a, u, req.Method)
		}
		return answer(a, u, req.Code, req.Method)
	})
}

// Answer implements [mfa.SignIn].
func (e *Part) Answer(ctx context.Context, req mfa.AnswerRequest) (mfa.SignedIn, error) {
	if err := e.knownMethod(req.Method); err != nil {
		return mfa.SignedIn{}, err
	}
	o := act.Spec{Method: "Answer", Body: req, Token: req.Challenge}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.SignedIn, error) {
		if u.State == mfa.StateRecovering {
			if err := recoverable(a, u); err != nil {
				return mfa.SignedIn{}, err
			}
		}
		out, err := answer(a, u, req.Code, req.Method)
		if err != nil {
			return out, err
		}
		a.Wrote(a.Write.DeleteSession(a.Session.Hash))
		return out, nil
	})
}

// Logout implements [mfa.SignIn].
func (e *Part) Logout(ctx context.Context, req mfa.LogoutRequest) (mfa.Done, error) {
	o := act.Spec{Method: "Logout", Body: req, OnBearer: !req.All}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Done, error) {
		done := mfa.Done{User: u.Email, Changed: true, Ended: 1}
		if req.All {
			n, err := a.EndSessions(u.ID, "")
			if err != nil {
				return done, err
			}
			done.Ended = n
			u.Markers = nil
			a.Wrote(a.Write.PutUser(&u.User))
		} else {
			a.Wrote(a.Write.DeleteSession(a.Session.Hash))
		}
		a.Record(act.Event{Action: mfa.ActSessionRevoke, User: u})
		return done, nil
	})
}

// WhoAmI implements [mfa.SignIn].
func (e *Part) WhoAmI(ctx context.Context, req mfa.WhoAmIRequest) (mfa.Identity, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "WhoAmI", Body: req}, func(a *act.Act, u *act.Account) (mfa.Identity, error) {
		permissions, length := append([]mfa.Permission{}, u.Grant.Permissions...), u.PasswordLength()
		if u.Service {
			length = 0 // it has no password
		}
		return mfa.Identity{
			User: u.Email, UserID: u.ID, Community: u.Community.Name, Role: u.Role,
			Permissions: permissions, Level: a.Session.Level, ExpiresAt: a.Session.ExpiresAt, TokenID: a.Token.ID,
			PasswordLength: length,
		}, nil
	})
}

// byEmail finds the user who signs in; nil, nil for an unknown address. A service
// account has no password, and counts as unknown here.
func byEmail(a *act.Act, address string) (*act.Account, error) {
	u, err := a.AccountAt(address)
	if err != nil || u.Service {
		return nil, mfa.Missing(err, nil)
	}
	return u, nil
}

// knownMethod refuses a method that signs in nowhere.
func (e *Part) knownMethod(k mfa.Kind) error {
	if _, ok := e.Kinds.ByName(k); k != "" && (!ok || !mfa.MaySignIn(e.Kinds.Info(k))) {
		return mfa.UsageError("method", "no such kind of factor").WithHint("%s", mfa.KindNames(e.Kinds.Table(), "or", mfa.MaySignIn))
	}
	return nil
}

// mayEnter refuses accounts that may not sign in. A deactivated account gets
// the answer of a wrong password; a locked one is named, since the password was right.
func mayEnter(u *act.Account) error {
	switch u.Status {
	case mfa.UserActive:
		return nil
	case mfa.UserLocked:
		return mfa.Errorf(mfa.Locked, "an administrator locked this account").
			WithHint("ask an administrator").WithDetail(string(mfa.ActAuthFail))
	default:
		return (&mfa.Error{Code: mfa.Rejected}).WithDetail(string(mfa.ActAuthFail))
	}
}

// recoverable answers Expired where only another reset helps: the codes that stand in for a
// factor are out of time or gone. A spent one is left to be refused as a replay.
func recoverable(a *act.Act, u *act.Account) error {
	rows, err := codeRows(a, u, mfa.StandIn)
	if err != nil || slices.ContainsFunc(rows, func(f mfa.Factor) bool { return !Ended(f, a.Now) }) {
		return err
	}
	return recoveryOver("is out of time")
}

// answerable answers Expired where no code that could be given signs in: each code that
// stands in for a factor was used.
func answerable(a *act.Act, u *act.Account) error {
	if u.State != mfa.StateRecovering {
		return nil
	}
	rows, err := codeRows(a, u, mfa.StandIn)
	unused := func(f mfa.Factor) bool { return f.LastUsedAt.IsZero() }
	if err != nil || len(rows) == 0 || slices.ContainsFunc(rows, unused) {
		return err
	}
	return recoveryOver("has been used")
}

func recoveryOver(why string) error {
	return mfa.Errorf(mfa.Expired, "the recovery code %s", why).
		WithHint("ask an administrator for another reset").WithDetail(string(mfa.ActRecoveryExpire))
}

// codeRows returns the user's rows of the kinds of a class.
func codeRows(a *act.Act, u *act.Account, class mfa.KindClass) ([]mfa.Factor, error) {
	rows, err := a.Read.Factors(u.User)
	return slices.DeleteFunc(rows, func(f mfa.Factor) bool { return ClassOf(a, f.Kind) != class }), err
}

// challenge asks for the code a right password still owes.
func challenge(a *act.Act, u *act.Account, method mfa.Kind) (mfa.SignedIn, error) {
	prompts, states, err := prompts(a, u, method)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	out := a.OpenSession(u, mfa.LevelChallenge, "")
	out.Prompts = prompts
	_, hash, _ := act.ParseBearer(out.Token)
	if err := putQuestions(a, hash, states); err != nil {
		return out, err
	}
	a.Record(act.Event{Action: mfa.ActSessionCreate, User: u, Note: "challenge: the password was right, a code is owed"})
	return out, nil
}

// prompts says what may answer, the preferred factor first, and what the kinds need to
// judge the answers.
func prompts(a *act.Act, u *act.Account, method mfa.Kind) ([]mfa.Prompt, questions, error) {
	rows, err := a.Read.Factors(u.User)
	if err != nil {
		return nil, nil, err
	}
	var first, rest []mfa.Prompt
	states := questions{}
	for _, f := range rows {
		if !signsIn(a, u, f.Kind) || Ended(f, a.Now) || method != "" && method != f.Kind {
			continue
		}
		state, p, err := prompt(a, u, f)
		if err != nil {
			return nil, nil, err
		}
		states.add(f, state)
		if f.ID == u.PreferredID {
			first = append(first, p)
		} else {
			rest = append(rest, p)
		}
	}
	return append(first, rest...), states, nil
}

// answer checks the code of a sign-in and opens the session it is worth: mfa,
// or after a recovery code one that may only enroll.
func answer(a *act.Act, u *act.Account, code mfa.Secret, method mfa.Kind) (mfa.SignedIn, error) {
	got, err := secondFactor(a, u, atLogin(u), code, method)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	out := Enter(a, u, got.kind)
	if ClassOf(a, got.kind) == mfa.LookUpSet {
		out.BackupCodesLeft = &got.left
	}
	return out, nil
}

// signsIn reports whether a kind of code signs in to the account: in the 2FA state that its
// row names, and a backup code only if the policy allows backup codes.
func signsIn(a *act.Act, u *act.Account, kind mfa.Kind) bool {
	k := a.Runner.Kinds.Info(kind)
	return u.State != mfa.StateOff && k.SignsIn == u.State && (k.Class != mfa.LookUpSet || TakesBackupCodes(u))
}

// isBarred reports whether the policy bars a kind of factor.
func isBarred(a *act.Act, u *act.Account, kind mfa.Kind) bool {
	return u.Policy.Bars(a.Runner.Kinds.Info(kind))
}

// Enter opens the session that the proof is worth. The level starts as enroll
// and rises only where the state, the proof and the policy say so.
func Enter(a *act.Act, u *act.Account, proved mfa.Kind) mfa.SignedIn {
	level := mfa.LevelEnroll
	switch {
	case u.State == mfa.StateOn && a.Runner.Kinds.Info(proved).SecondFactor && !isBarred(a, u, proved):
		level = mfa.LevelMFA
	case u.State == mfa.StateOff && !u.Needs2FA():
		level = mfa.LevelPassword
	}
	act.SignIn(u, a.Now, a.Runner.Kinds.Info(proved).SecondFactor)
	marker := act.RememberDevice(a, u)
	a.Wrote(a.Write.PutUser(&u.User))
	out := a.OpenSession(u, level, proved)
	out.Marker = marker
	_, hash, _ := act.ParseBearer(out.Token)
	a.Record(act.Event{Action: mfa.ActAuthOK, User: u, Factor: proved, Note: string(level), Session: hash})
	return out
}
