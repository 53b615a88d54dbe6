package direct

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/admin"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Health reads what the records say about how the store is kept. It writes
// nothing, needs no session, and leaves out the accounts that do not verify,
// which [Part.Examine] finds. Damaged where the keys are another store's.
func (e *Part) Health(ctx context.Context) (out mfa.Health, err error) {
	err = e.Records.View(ctx, func(r *records.Reader) error {
		a, err := e.BeginMaintenance(r)
		if err != nil {
			return err
		}
		out = mfa.Health{Clock: a.Clock, HighWater: a.Mark.At, KeysCopied: keysCopied(a)}
		if err := undelivered(a, &out); err != nil {
			return err
		}
		if out.Unpaired, err = admin.Unpaired(a, mfa.MaxDamage); err != nil {
			return err
		}
		return people(a, &out)
	})
	return out, err
}

// Ready reports whether the keys belong to the store. Damaged if they do not,
// Unavailable if it cannot be read.
func (e *Part) Ready(ctx context.Context) error {
	return e.Records.View(ctx, func(r *records.Reader) error {
		_, err := e.BeginMaintenance(r)
		return err
	})
}

// undelivered counts the notices that have waited for too long.
func undelivered(a *act.Act, out *mfa.Health) error {
	rows, err := a.Read.NoticeRows(mfa.NoticeQuery{Unsent: true, Limit: mfa.MaxDamage})
	for _, n := range rows.Sound {
		if a.Now.Before(n.CreatedAt.Add(mfa.NoticePatience)) {
			break // they come oldest first
		}
		if out.Undelivered == 0 {
			out.WaitingSince = n.CreatedAt
		}
		out.Undelivered++
	}
	return err
}

// people counts who could help others, and finds who needs help.
func people(a *act.Act, out *mfa.Health) error {
	for row, err := range a.Read.EachUser() {
		if _, named := records.InDamage(err); named {
			continue
		}
		if err != nil {
			return err
		}
		u, err := a.AccountOf(row)
		if errors.Is(err, mfa.Damaged) {
			continue
		}
		if err != nil {
			return err
		}
		if u.Status != mfa.UserActive {
			continue
		}
		if u.State == mfa.StateOn && u.Role == mfa.RoleOperator {
			out.Operators++
		}
		if u.State == mfa.StateOn && (u.Role == mfa.RoleOperator || u.Role == mfa.RoleAdmin) {
			out.Resetters++
		}
		for _, l := range admin.LocksOf(u, a.Now) {
			if l.Until == nil && len(out.Exhausted) < mfa.MaxDamage {
				out.Exhausted = append(out.Exhausted, mfa.Exhausted{User: u.Email, What: l.What})
			}
		}
	}
	return nil
}
