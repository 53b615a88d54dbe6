package engine

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Health reads what the records say about how the store is kept. It writes
// nothing, needs no session, and leaves out the accounts that do not verify,
// which [Engine.Examine] finds. Damaged where the keys are another store's.
func (e *Engine) Health(ctx context.Context) (out mfa.Health, err error) {
	err = e.records.View(ctx, func(r *records.Reader) error {
		s, err := e.beginMaintenance(r)
		if err != nil {
			return err
		}
		out = mfa.Health{Clock: s.clock, HighWater: s.mark.At, KeysCopied: s.keysCopied()}
		if err := s.undelivered(&out); err != nil {
			return err
		}
		return s.people(&out)
	})
	return out, err
}

// Ready reports whether the keys belong to the store. Damaged if they do not,
// Unavailable if it cannot be read.
func (e *Engine) Ready(ctx context.Context) error {
	return e.records.View(ctx, func(r *records.Reader) error {
		_, err := e.beginMaintenance(r)
		return err
	})
}

// undelivered counts the notices that have waited for too long.
func (s *scope) undelivered(out *mfa.Health) error {
	rows, err := s.r.Notices(mfa.NoticeQuery{Unsent: true, Limit: mfa.MaxDamage})
	for _, n := range rows {
		if s.now.Before(n.CreatedAt.Add(mfa.NoticePatience)) {
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
func (s *scope) people(out *mfa.Health) error {
	for row, err := range s.r.EachUser() {
		if _, named := records.InDamage(err); named {
			continue
		}
		if err != nil {
			return err
		}
		u, err := s.accountOf(row)
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
		for _, l := range locks(u, s.now) {
			if l.Until == nil && len(out.Exhausted) < mfa.MaxDamage {
				out.Exhausted = append(out.Exhausted, mfa.Exhausted{User: u.Email, What: l.What})
			}
		}
	}
	return nil
}
