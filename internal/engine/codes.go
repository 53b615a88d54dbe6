package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// GenerateBackupCodes implements [mfa.Enrollments].
func (e *Engine) GenerateBackupCodes(ctx context.Context, req mfa.GenerateRequest) (mfa.BackupCodes, error) {
	o := spec{method: "GenerateBackupCodes", body: req, password: &req.Password}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.BackupCodes, error) {
		out := mfa.BackupCodes{User: u.Email, Codes: []mfa.Secret{}}
		codes, revoked, err := s.replaceCodes(u)
		if err != nil || !s.w.Changed() { // the user has no codes, and the policy allows none
			return out, err
		}
		out.Codes, out.Revoked = append(out.Codes, codes...), revoked
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		note := fmt.Sprintf("%d new, %d revoked", len(out.Codes), out.Revoked)
		if _, err := s.record(event{action: mfa.ActBackupGenerate, user: u, note: note}); err != nil {
			return out, err
		}
		return out, s.notify(u, notice{kind: mfa.NoticeCodesGenerated, note: note})
	})
}

// freshCodes makes a set of backup codes if the policy allows them and no unused code
// is left. The caller writes the user row, which marks the set.
func (s *scope) freshCodes(u *account, live int) ([]mfa.Secret, error) {
	if live > 0 || !takesBackupCodes(u) {
		return nil, nil
	}
	codes, _, err := s.replaceCodes(u)
	return codes, err
}

// replaceCodes removes the set of backup codes and makes as many new ones as the policy
// says. It returns them and how many unused ones were removed. The caller
// writes the user row, which marks the set.
func (s *scope) replaceCodes(u *account) (fresh []mfa.Secret, removed int, err error) {
	row, err := s.codeRow(u, mfa.KindBackup)
	if err != nil {
		return nil, 0, err
	}
	if row != nil {
		if removed, err = s.codesIn(*row); err != nil {
			return nil, 0, err
		}
		if err := s.w.DeleteFactor(row.ID); err != nil {
			return nil, 0, err
		}
		records.Unmark(&u.User, row.ID)
	}
	if takesBackupCodes(u) {
		_, fresh, err = s.issue(u, mfa.KindBackup, u.policy.BackupCodes, 0)
	}
	return fresh, removed, err
}

// issue makes codes of a kind and marks them in the user row, which the caller
// writes. A zero life means: until used or replaced.
func (s *scope) issue(u *account, kind mfa.Kind, n int, life time.Duration) (mfa.Factor, []mfa.Secret, error) {
	k, ok := s.run.kinds.ByName(kind)
	if !ok {
		return mfa.Factor{}, nil, mfa.Fault(fmt.Errorf("no kind %s", kind))
	}
	id, err := newID(s.now, s.rand)
	if err != nil {
		return mfa.Factor{}, nil, err
	}
	f := mfa.Factor{
		ID: id, UserID: u.ID, Kind: kind, Label: string(kind), Status: mfa.FactorActive,
		CreatedAt: s.now, ConfirmedAt: s.now,
	}
	if life > 0 {
		f.ExpiresAt = s.now.Add(life)
	}
	subject := s.subject(u, f)
	subject.Count = n
	cred, reveal, err := k.Enroll(subject)
	if err != nil {
		return f, nil, err
	}
	f.Sealed = s.run.keys.Seal(s.place(f), cred)
	err = s.w.PutConfirmed(&u.User, &f)
	return f, reveal.Codes, err
}

// dropCode removes a user's codes of a kind and their mark in the user row,
// which the caller writes. It reports whether codes were lost that could still be used.
func (s *scope) dropCode(u *account, kind mfa.Kind) (usable bool, err error) {
	row, err := s.codeRow(u, kind)
	if err != nil || row == nil {
		return false, err
	}
	if err := s.w.DeleteFactor(row.ID); err != nil {
		return false, err
	}
	records.Unmark(&u.User, row.ID)
	return row.LastUsedAt.IsZero() && !ended(*row, s.now), nil
}

// revokeRecovery removes a user's recovery code. If it could still be used, that is an event
// of its own, with the factor, the reason and the severity that ev has. The caller writes the user row.
func (s *scope) revokeRecovery(u *account, ev event) error {
	usable, err := s.dropCode(u, mfa.KindRecovery)
	if err != nil || !usable {
		return err
	}
	ev.action, ev.user = mfa.ActRecoveryRevoke, u
	_, err = s.record(ev)
	return err
}
