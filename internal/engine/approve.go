package engine

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Approve implements [mfa.Approvals]. The act is done in the approver's name,
// and its code is theirs alone.
func (e *Engine) Approve(ctx context.Context, req mfa.ApproveRequest) (mfa.Approved, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.Approved{}, err
	}
	o := op{method: "Approve", body: req, password: &req.Password, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.Approved, error) {
		out := mfa.Approved{DryRun: req.DryRun}
		a, err := s.request(req.ID)
		if err != nil {
			return out, err
		}
		if err := s.mayApprove(a); err != nil {
			return out, err
		}
		s.op.reason = a.Reason
		if err := s.approved(a, &out); err != nil {
			return out, err
		}
		if !req.DryRun {
			if err := s.decide(&a, mfa.ApprovalApproved, mfa.ActRequestApprove, reason); err != nil {
				return out, err
			}
		}
		out.Request, err = s.aboutApproval(a)
		return out, err
	})
}

// mayApprove refuses whoever asked, whom it is about, and an account that whoever
// asked had in their hands of late; and it refuses what whoever asked may no
// longer do themselves.
func (s *scope) mayApprove(a mfa.Approval) error {
	if err := s.waiting(a); err != nil {
		return err
	}
	if a.RequesterID == s.actor.ID {
		return mfa.Errorf(mfa.PolicyForbids, "the two-person rule: nobody approves what they asked for")
	}
	target, err := s.account(a.TargetID, true)
	if errors.Is(err, mfa.NotFound) {
		return mfa.Errorf(mfa.Conflict, "%s is gone", a.Target)
	}
	if err != nil {
		return err
	}
	s.target = target
	if target.ID == s.actor.ID {
		return mfa.Errorf(mfa.Forbidden, "you cannot do this to yourself")
	}
	if target.CommunityID != a.CommunityID {
		return mfa.Errorf(mfa.Conflict, "%s has moved to another community since", a.Target)
	}
	if !s.actor.grant.Covers(target.grant) {
		return mfa.Errorf(mfa.Forbidden, "%s has permissions you lack", target.Email)
	}
	if err := s.stillMay(a, target); err != nil {
		return err
	}
	if s.holdsOther(target, a.Act) {
		return mfa.Errorf(mfa.PolicyForbids,
			"the two-person rule: you changed another part of what %s signs in with less than 24 hours ago, and nobody may hold both", target.Email).
			WithHint("ask another administrator")
	}
	held, err := s.heldBy(s.actor, a.RequesterID)
	if err == nil && held {
		err = mfa.Errorf(mfa.PolicyForbids,
			"the two-person rule: %s made, promoted, moved or reset your account in the last 7 days, or that of somebody who did", a.Requester).
			WithHint("ask another administrator")
	}
	if err == nil { // the other way round it is allowed, and nobody is to overlook it
		s.linked, err = s.heldBy(s.second, s.actor.ID)
	}
	return err
}

// holdsOther reports whether the actor, within a day, did to an account another of
// the acts that nobody may do both of: what that gave is in their hands, as what
// they approve would be.
func (s *scope) holdsOther(u *account, act string) bool {
	parts := map[string]mfa.TouchKind{"ResetPassword": mfa.TouchPassword, "Reset": mfa.TouchFactors, "UpdateUser": mfa.TouchAddress}
	return slices.ContainsFunc(u.Touched, func(t mfa.Touch) bool {
		other := t.What != parts[act] && slices.Contains(slices.Collect(maps.Values(parts)), t.What)
		return other && t.By == s.actor.ID && !t.Asked && s.now.Before(t.At.Add(apart))
	})
}

// stillMay makes sure that whoever asked could still ask.
func (s *scope) stillMay(a mfa.Approval, target *account) error {
	no := mfa.Errorf(mfa.PolicyForbids, "the two-person rule: %s may not ask for this any more", a.Requester)
	asker, err := s.account(a.RequesterID, false)
	if errors.Is(err, mfa.NotFound) {
		return no
	}
	if err != nil {
		return err
	}
	rule, ok := mfa.RuleOf(a.Act)
	h, err := s.r.Lineage(target.CommunityID)
	if err != nil {
		return err
	}
	may := ok && asker.Status == mfa.UserActive && asker.State == mfa.StateOn && asker.grant.Has(rule.Permission) &&
		asker.grant.Covers(target.grant) && (asker.grant.Everywhere || h.Below(asker.CommunityID))
	if !may {
		return no
	}
	s.second = asker
	return nil
}

// approved does what was asked for.
func (s *scope) approved(a mfa.Approval, out *mfa.Approved) error {
	switch a.Act {
	case "Reset":
		r, err := s.resetNow(mfa.ResetRequest{NewCode: a.NewCode, Change: mfa.Change{DryRun: s.op.dry}})
		out.Reset = &r
		return err
	case "ResetPassword":
		r, err := s.resetPasswordNow()
		out.Password = &r
		return err
	case "UpdateUser":
		r, err := s.update(mfa.UpdateUserRequest{Email: a.Email, Change: mfa.Change{DryRun: s.op.dry}})
		out.User = &r
		return err
	default:
		return mfa.Errorf(mfa.Damaged, "request %s asks for something unknown", a.ID)
	}
}

// decide writes what became of a request and tells whoever asked.
func (s *scope) decide(a *mfa.Approval, status mfa.ApprovalStatus, action mfa.Action, answer string) error {
	a.Status, a.DecidedAt, a.DecidedBy, a.Decider, a.Answer = status, s.now, s.actor.ID, s.actor.Email, answer
	if err := s.w.PutApproval(a); err != nil {
		return err
	}
	note := wordOf(a.Act) + ", request " + a.ID + ", asked for by " + a.Requester
	if s.linked {
		note += ", whose account the approver made, promoted, moved or reset in the last 7 days"
	}
	if _, err := s.record(action, note); err != nil {
		return err
	}
	asker, err := s.account(a.RequesterID, false)
	if errors.Is(err, mfa.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.notify(asker, mfa.NoticeDecided, string(status)+": "+wordOf(a.Act)+" of "+a.Target)
}

// Deny implements [mfa.Approvals].
func (e *Engine) Deny(ctx context.Context, req mfa.DenyRequest) (mfa.ApprovalInfo, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.ApprovalInfo{}, err
	}
	o := op{method: "Deny", body: req, reason: reason}
	return do(ctx, e, o, func(s *scope) (mfa.ApprovalInfo, error) {
		a, err := s.request(req.ID)
		if err != nil {
			return mfa.ApprovalInfo{}, err
		}
		if a.RequesterID != s.actor.ID && !s.actor.grant.Has(mfa.RequestsApprove) {
			return mfa.ApprovalInfo{}, s.lacks(mfa.RequestsApprove)
		}
		if err := s.waiting(a); err != nil {
			return mfa.ApprovalInfo{}, err
		}
		if s.target, err = s.account(a.TargetID, false); err != nil && !errors.Is(err, mfa.NotFound) {
			return mfa.ApprovalInfo{}, err
		}
		if err := s.decide(&a, mfa.ApprovalDenied, mfa.ActRequestDeny, reason); err != nil {
			return mfa.ApprovalInfo{}, err
		}
		return s.aboutApproval(a)
	})
}
