package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// GenerateBackupCodes implements [mfa.Enrollments].
func (e *Part) GenerateBackupCodes(ctx context.Context, req mfa.GenerateBackupCodesRequest) (mfa.BackupCodes, error) {
	o := act.Spec{Method: "GenerateBackupCodes", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.BackupCodes, error) {
		out := mfa.BackupCodes{User: u.Email, Codes: []mfa.Secret{}}
		codes, revoked, err := replaceCodes(a, u)
		if err != nil || !a.Write.Changed() { // the user has no codes, and the policy allows none
			return out, err
		}
		out.Codes, out.Revoked = append(out.Codes, codes...), revoked
		a.Wrote(a.Write.PutUser(&u.User))
		note := fmt.Sprintf("%d new, %d revoked", len(out.Codes), out.Revoked)
		a.Announce(act.Event{Action: mfa.ActBackupGenerate, User: u, Note: note}, mfa.NoticeCodesGenerated)
		return out, nil
	})
}

// replaceCodes removes the sets of backup codes and makes as many new ones as the policy
// says. It returns them and how many unused ones were removed. The caller
// writes the user row, which marks the set.
func replaceCodes(a *act.Act, u *act.Account) (fresh []mfa.Secret, removed int, err error) {
	rows, err := codeRows(a, u, mfa.LookUpSet)
	if err != nil {
		return nil, 0, err
	}
	for _, f := range rows {
		n, err := CodesIn(a, f)
		if err != nil {
			return nil, 0, err
		}
		removed += n
		dropRow(a, u, f)
	}
	if TakesBackupCodes(u) {
		_, fresh, err = IssueCodes(a, u, mfa.KindBackup, u.Policy.BackupCodes, 0)
	}
	return fresh, removed, err
}

// IssueCodes makes codes of a kind and marks them in the user row, which the caller
// writes. A zero life means: until used or replaced.
func IssueCodes(a *act.Act, u *act.Account, kind mfa.Kind, n int, life time.Duration) (mfa.Factor, []mfa.Secret, error) {
	k, ok := a.Runner.Kinds.ByName(kind)
	if !ok {
		return mfa.Factor{}, nil, mfa.Fault(fmt.Errorf("no kind %s", kind))
	}
	f := mfa.Factor{
		ID: a.NewID(), UserID: u.ID, Kind: kind, Label: string(kind), Status: mfa.FactorActive,
		CreatedAt: a.Now, ConfirmedAt: a.Now,
	}
	if life > 0 {
		f.ExpiresAt = a.Now.Add(life)
	}
	subject := subject(a, u, f)
	subject.Count = n
	cred, reveal, err := k.Enroll(subject)
	if err != nil {
		return f, nil, err
	}
	f.Sealed = a.Runner.Keys.Seal(FactorBinding(a, f), cred)
	a.Wrote(a.Write.PutConfirmed(&u.User, &f))
	return f, reveal.Codes, nil
}

// dropCodes removes a user's codes of a class and their marks in the user row,
// which the caller writes. It reports whether codes were lost that could still be used.
func dropCodes(a *act.Act, u *act.Account, class mfa.KindClass) (usable bool, err error) {
	rows, err := codeRows(a, u, class)
	for _, f := range rows {
		dropRow(a, u, f)
		usable = usable || f.LastUsedAt.IsZero() && !Ended(f, a.Now)
	}
	return usable, err
}

// dropRow removes a factor and its mark in the user row, which the caller writes.
func dropRow(a *act.Act, u *act.Account, f mfa.Factor) {
	a.Wrote(a.Write.DeleteFactor(f.ID))
	records.Unmark(&u.User, f.ID)
}

// RevokeRecovery removes the codes that stand in for a user's factors. If one could still be used,
// that is an event of its own, with the factor, the reason and the severity that ev has. The
// caller writes the user row.
func RevokeRecovery(a *act.Act, u *act.Account, ev act.Event) error {
	usable, err := dropCodes(a, u, mfa.StandIn)
	if err != nil || !usable {
		return err
	}
	ev.Action, ev.User = mfa.ActRecoveryRevoke, u
	a.Record(ev)
	return nil
}

// TakesBackupCodes reports whether backup codes work for the account: under the rule
// backup_codes=0 no set does. The rule changes no set, so that they work again once the
// number is raised, unless they were revoked meanwhile.
func TakesBackupCodes(u *act.Account) bool { return u.Policy.BackupCodes > 0 }

// codesLeft returns how many backup codes of a user can be used now. rows are the user's
// verified factors.
func codesLeft(a *act.Act, u *act.Account, rows []mfa.Factor) (int, error) {
	if !TakesBackupCodes(u) {
		return 0, nil
	}
	return codesKept(a, rows)
}

// codesKept returns how many unused backup codes a user's factors hold, also if the policy
// turns them off. The numbers are remembered, since every answer to a code contains one and
// opening a set takes as long as checking a code.
func codesKept(a *act.Act, rows []mfa.Factor) (kept int, err error) {
	for _, f := range rows {
		if ClassOf(a, f.Kind) != mfa.LookUpSet {
			continue
		}
		n, err := a.Runner.Counts.Of(string(f.MAC), func() (int, error) { return CodesIn(a, f) })
		if err != nil {
			return 0, err
		}
		kept += n
	}
	return kept, nil
}

// CodesIn opens a set of codes and returns how many are unused.
func CodesIn(a *act.Act, f mfa.Factor) (int, error) {
	kind, _ := a.Runner.Kinds.ByName(f.Kind)
	counted, ok := kind.(factor.Counted)
	if !ok {
		return 0, mfa.Fault(fmt.Errorf("kind %s counts no codes", f.Kind))
	}
	cred, err := a.Runner.Keys.Open(FactorBinding(a, f), f.Sealed)
	if err != nil {
		return 0, err
	}
	return counted.Left(cred)
}
