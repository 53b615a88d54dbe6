package signin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// A pending enrollment lives 10 minutes and takes three wrong codes; they touch
// no lockout.
const (
	pendingTTL   = 10 * time.Minute
	pendingTries = 3
)

// Enroll implements [mfa.Enrollments].
func (e *Part) Enroll(ctx context.Context, req mfa.EnrollRequest) (mfa.Enrollment, error) {
	kind, ok := e.Kinds.ByName(req.Kind)
	if !ok || !kind.Info().Enrolls {
		return mfa.Enrollment{}, mfa.UsageError("kind", "no such kind of factor: %q", req.Kind)
	}
	label, err := act.CanonicalName("label", cmp.Or(req.Label, string(req.Kind)))
	if err != nil {
		return mfa.Enrollment{}, err
	}
	o := act.Spec{Method: "Enroll", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Enrollment, error) {
		out := mfa.Enrollment{User: u.Email}
		if u.State == mfa.StateOn && !req.Further && a.Session.Level != mfa.LevelEnroll {
			return out, nil
		}
		if err := mayEnroll(a, u, req, label); err != nil {
			return out, err
		}
		return enroll(a, u, kind, label, req.Params)
	})
}

// mayEnroll refuses what the state, the policy or another label forbids. A
// further factor needs a session that proved the one that is there.
func mayEnroll(a *act.Act, u *act.Account, req mfa.EnrollRequest, label string) error {
	if req.Further && u.State != mfa.StateOn {
		return mfa.Errorf(mfa.Conflict, "2FA is not on").WithHint("mfactl 2fa enable")
	}
	if req.Further && a.Session.Level != mfa.LevelMFA {
		return a.WrongLevel()
	}
	if err := allowed(u, req.Kind); err != nil {
		return err
	}
	return roomFor(a, u, label, "")
}

// roomFor refuses another factor if the user has as many as a user may have, or one of the
// label.
func roomFor(a *act.Act, u *act.Account, label, but string) error {
	rows, err := authenticators(a, u)
	if err != nil {
		return err
	}
	if len(rows) >= mfa.MaxFactors {
		return mfa.Errorf(mfa.Conflict, "you have %d factors, and nobody may have more", len(rows)).
			WithHint("mfactl 2fa list, and mfactl 2fa remove FACTOR for one that you do not use")
	}
	return labelFree(a, u, label, but)
}

// allowed refuses a kind of factor that the policy does not allow, and says which it does.
func allowed(u *act.Account, kind mfa.Kind) error {
	if u.Policy.Allows(kind) {
		return nil
	}
	names := make([]string, len(u.Policy.Methods))
	for i, k := range u.Policy.Methods {
		names[i] = string(k)
	}
	return mfa.Errorf(mfa.PolicyForbids, "the rule methods does not allow %s", kind).
		WithHint("it allows %s: give --kind", strings.Join(names, ", "))
}

// labelFree refuses a label that another factor of the user has.
func labelFree(a *act.Act, u *act.Account, label, but string) error {
	rows, err := authenticators(a, u)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rows, func(f mfa.Factor) bool { return f.Label == label && f.ID != but }) {
		return mfa.Errorf(mfa.Conflict, "you have a factor %q already", label).WithHint("give another --label")
	}
	return nil
}

// authenticators are the confirmed factors of a user, without the codes that stand in for one.
func authenticators(a *act.Act, u *act.Account) ([]mfa.Factor, error) {
	rows, err := a.Read.Factors(u.User)
	return slices.DeleteFunc(rows, func(f mfa.Factor) bool { return !IsFactor(a, f.Kind) }), err
}

// enroll makes the pending factor; a second one replaces the first.
func enroll(a *act.Act, u *act.Account, kind factor.Kind, label string, params mfa.OTPParams) (mfa.Enrollment, error) {
	if err := dropPending(a, u); err != nil {
		return mfa.Enrollment{}, err
	}
	f := mfa.Factor{
		ID: a.NewID(), UserID: u.ID, Kind: kind.Info().Name, Label: label, Status: mfa.FactorPending,
		SessionHash: a.Session.Hash, CreatedAt: a.Now, ExpiresAt: a.Now.Add(pendingTTL),
	}
	subject := subject(a, u, f)
	subject.Params = params
	cred, reveal, err := kind.Enroll(subject)
	if err != nil {
		return mfa.Enrollment{}, err
	}
	state, prompt, err := kind.Ask(subject, cred)
	if err != nil {
		return mfa.Enrollment{}, err
	}
	f.Sealed = a.Runner.Keys.Seal(FactorBinding(a, f), cred)
	a.Wrote(a.Write.PutFactor(&f))
	states := questions{}
	states.add(f, state)
	if err := putQuestions(a, a.Session.Hash, states); err != nil {
		return mfa.Enrollment{}, err
	}
	info := FactorInfo(a, u.User, f)
	a.Record(act.Event{Action: mfa.ActPending, User: u, Factor: f.Kind, Note: "factor " + f.ID})
	return mfa.Enrollment{
		User: u.Email, Changed: true, Factor: &info, Secret: reveal.Secret, OtpauthURI: reveal.OtpauthURI,
		Digits: prompt.Digits, Question: prompt.Question, TriesLeft: pendingTries, ExpiresAt: f.ExpiresAt,
	}, nil
}

// dropPending removes the user's pending enrollment, whichever session began it.
func dropPending(a *act.Act, u *act.Account) error {
	rows, err := a.Read.FactorRows(u.ID)
	if err != nil {
		return err
	}
	for _, f := range rows.Sound {
		if f.Status == mfa.FactorPending {
			a.Wrote(a.Write.DeleteFactor(f.ID))
		}
	}
	for _, d := range rows.Damaged { // those that were confirmed all verify, or nothing may be enrolled
		a.Wrote(a.Write.DeleteFactor(d.ID))
	}
	return nil
}

// Activate implements [mfa.Enrollments].
func (e *Part) Activate(ctx context.Context, req mfa.ActivateRequest) (mfa.Activation, error) {
	o := act.Spec{Method: "Activate", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Activation, error) {
		f, err := pending(a, u)
		if err != nil {
			return mfa.Activation{}, err
		}
		tried := act.Event{User: u, Factor: f.Kind}
		if err := allowed(u, f.Kind); err != nil { // the rule was set after the enrollment began
			a.Wrote(a.Refusals.DropPending())
			return mfa.Activation{}, act.RefusedAbout(err, tried)
		}
		if err := confirm(a, u, &f, req.Code); err != nil {
			return mfa.Activation{}, act.RefusedAbout(err, tried)
		}
		out, err := activate(a, u, f)
		return out, act.RefusedAbout(err, tried)
	})
}

// pending returns the enrollment that belongs to the caller's session. One that
// is out of time is dropped.
func pending(a *act.Act, u *act.Account) (mfa.Factor, error) {
	f, err := a.Read.PendingFactor(u.User, a.Session.Hash)
	if err != nil {
		none := mfa.Errorf(mfa.Conflict, "no enrollment is pending in this session").WithHint("mfactl 2fa enable")
		return f, mfa.Missing(err, none)
	}
	if Ended(f, a.Now) {
		a.Wrote(a.Refusals.DropPending())
		return f, mfa.Errorf(mfa.Expired, "the enrollment is out of time, it lived 10 minutes").WithHint("mfactl 2fa enable")
	}
	return f, nil
}

// confirm checks the first code of a pending factor. The third wrong one drops
// it. The right one spends its step.
func confirm(a *act.Act, u *act.Account, f *mfa.Factor, code mfa.Secret) error {
	err := try(a, u, f, code)
	if !isNo(err) {
		return err
	}
	wrong := (&mfa.Error{Code: mfa.Rejected, Message: "wrong code"}).WithDetail(string(mfa.ActOTPFail))
	f.Tries++
	if f.Tries >= pendingTries {
		a.Wrote(a.Refusals.DropPending())
		return wrong.WithHint("three wrong codes: begin again with mfactl 2fa enable")
	}
	a.Wrote(a.Refusals.PutTries(f.Tries))
	return wrong.WithHint("%d tries left; is the clock of the phone right?", pendingTries-f.Tries)
}

// activate makes the pending factor count: state on, a new session, backup
// codes where none live, and whatever the state before had left is over.
func activate(a *act.Act, u *act.Account, f mfa.Factor) (mfa.Activation, error) {
	first := u.State != mfa.StateOn
	if err := roomFor(a, u, f.Label, f.ID); err != nil {
		return mfa.Activation{}, err
	}
	out := mfa.Activation{User: u.Email, Changed: true}
	rows, err := a.Read.Factors(u.User)
	if err != nil {
		return out, err
	}
	live, err := codesKept(a, rows)
	if err != nil {
		return out, err
	}
	if err := RevokeRecovery(a, u, act.Event{Factor: f.Kind}); err != nil {
		return out, err
	}
	f.Status, f.SessionHash, f.Tries = mfa.FactorActive, "", 0
	f.ConfirmedAt, f.ExpiresAt, f.LastUsedAt = a.Now, time.Time{}, a.Now
	a.Wrote(a.Write.PutConfirmed(&u.User, &f))
	u.State, u.OwnFactorAt = mfa.StateOn, a.Now
	act.Use(u, a.Now)
	if u.PreferredID == "" || prefersBarred(a, u, rows) {
		u.PreferredID = f.ID
	}
	if live == 0 && TakesBackupCodes(u) {
		if out.BackupCodes, _, err = replaceCodes(a, u); err != nil {
			return out, err
		}
	}
	a.Wrote(a.Write.PutUser(&u.User))
	out.Factor = FactorInfo(a, u.User, f)
	if first || a.Session.Level == mfa.LevelEnroll { // every other session is of the time before
		if out.Ended, err = a.EndSessions(u.ID, a.Session.Hash); err != nil {
			return out, err
		}
	}
	a.Wrote(a.Write.DeleteSession(a.Session.Hash))
	out.Session = a.OpenSession(u, mfa.LevelMFA, f.Kind)
	recordActivation(a, u, f, first, len(out.BackupCodes))
	return out, nil
}

// prefersBarred reports whether the preferred factor is of a kind that the policy bars.
func prefersBarred(a *act.Act, u *act.Account, rows []mfa.Factor) bool {
	return slices.ContainsFunc(rows, func(f mfa.Factor) bool { return f.ID == u.PreferredID && isBarred(a, u, f.Kind) })
}

func recordActivation(a *act.Act, u *act.Account, f mfa.Factor, first bool, codes int) {
	action, kind := mfa.ActFactorAdd, mfa.NoticeFactorAdded
	if first {
		action, kind = mfa.ActEnable, mfa.NoticeEnabled
	}
	note := fmt.Sprintf("%s %q", f.Kind, f.Label)
	if codes > 0 {
		note += fmt.Sprintf(", %d backup codes", codes)
	}
	a.Announce(act.Event{Action: action, User: u, Factor: f.Kind, Note: note}, kind)
}

// IsFactor reports whether a kind is an authenticator of its own, and no code
// that stands in for one.
func IsFactor(a *act.Act, k mfa.Kind) bool { return ClassOf(a, k) == mfa.Possession }

// ClassOf says what the codes of a kind are.
func ClassOf(a *act.Act, k mfa.Kind) mfa.KindClass { return a.Runner.Kinds.Info(k).Class }
