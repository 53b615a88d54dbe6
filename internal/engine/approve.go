package engine

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Approve implements [mfa.Requests]. The act is done in the approver's name,
// and its code is theirs alone.
func (e *Engine) Approve(ctx context.Context, req mfa.ApproveRequest) (mfa.Approved, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.Approved{}, err
	}
	o := spec{method: "Approve", body: req, password: &req.Password, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.Approved, error) {
		out := mfa.Approved{DryRun: req.DryRun}
		a, err := s.request(req.ID)
		if err != nil {
			return out, err
		}
		u, b, err := s.mayApprove(a)
		if err != nil {
			return out, refusedAbout(err, event{user: u, reason: reason})
		}
		if err := s.approved(u, a, b, &out); err != nil {
			return out, refusedAbout(err, b.event("", u, ""))
		}
		if !req.DryRun {
			if err := s.settleRequest(u, &a, b, mfa.RequestApproved, reason); err != nil {
				return out, err
			}
		}
		out.Request, err = s.requestInfo(a)
		return out, err
	})
}

// mayApprove finds the target of a request, and on what ground the actor may approve it. It
// refuses approval by the requester, by the target, and by anyone over whom the requester
// has control; and it refuses what the requester may no longer do. It returns the target
// also with a refusal, once it was found.
func (s *scope) mayApprove(a mfa.Request) (u *account, b basis, _ error) {
	if err := s.waiting(a); err != nil {
		return nil, b, err
	}
	if a.RequesterID == s.actor.ID {
		return nil, b, mfa.Errorf(mfa.PolicyForbids, "the two-person rule: nobody approves what they asked for")
	}
	u, err := s.accountByID(a.TargetID, true)
	switch {
	case errors.Is(err, mfa.NotFound):
		return nil, b, mfa.Errorf(mfa.Conflict, "%s is gone", a.Target)
	case err != nil:
		return nil, b, err
	case u.ID == s.actor.ID:
		return u, b, mfa.Errorf(mfa.Forbidden, "you cannot do this to yourself")
	case u.CommunityID != a.CommunityID:
		return u, b, mfa.Errorf(mfa.Conflict, "%s has moved to another community since", a.Target)
	case !s.actor.grant.Covers(u.grant):
		return u, b, mfa.Errorf(mfa.Forbidden, "%s has permissions you lack", u.Email)
	}
	requester, err := s.requester(a, u)
	if err != nil {
		return u, b, err
	}
	if err := s.independent(a, u); err != nil {
		return u, b, err
	}
	// The other way round it is allowed, and nobody is to overlook it.
	linked, err := s.controlledBy(requester, s.actor.ID)
	return u, basis{reason: a.Reason, requester: requester, linked: linked}, err
}

// independent refuses an approver who holds another part of what the target signs in with,
// or over whom the requester has control.
func (s *scope) independent(a mfa.Request, u *account) error {
	if s.changedOtherPart(u, a.Act) {
		return mfa.Errorf(mfa.PolicyForbids,
			"the two-person rule: you changed another part of what %s signs in with less than 24 hours ago, and nobody may hold both", u.Email).
			WithHint("ask another administrator")
	}
	controlled, err := s.controlledBy(s.actor, a.RequesterID)
	if err == nil && controlled {
		err = mfa.Errorf(mfa.PolicyForbids,
			"the two-person rule: %s made, promoted, moved or reset your account in the last 7 days, or that of somebody who did", a.Requester).
			WithHint("ask another administrator")
	}
	return err
}

// changedOtherPart reports whether the actor, within a day, did to an account another of
// the acts that nobody may do both of: they may still hold what that gave, as they would
// what they approve.
func (s *scope) changedOtherPart(u *account, method string) bool {
	parts := map[string]mfa.ControlKind{"ResetPassword": mfa.ControlPassword, "Reset": mfa.ControlFactors, "UpdateUser": mfa.ControlAddress}
	return slices.ContainsFunc(u.ControlMarks, func(t mfa.ControlMark) bool {
		other := t.What != parts[method] && slices.Contains(slices.Collect(maps.Values(parts)), t.What)
		return other && t.By == s.actor.ID && !t.Asked && s.now.Before(t.At.Add(apart))
	})
}

// requester finds who filed a request, and refuses if they could not ask for it any more.
func (s *scope) requester(a mfa.Request, target *account) (*account, error) {
	no := mfa.Errorf(mfa.PolicyForbids, "the two-person rule: %s may not ask for this any more", a.Requester)
	u, err := s.accountByID(a.RequesterID, false)
	if errors.Is(err, mfa.NotFound) {
		return nil, no
	}
	if err != nil {
		return nil, err
	}
	rule, ok := mfa.RuleOf(a.Act)
	h, err := s.r.Lineage(target.CommunityID)
	if err != nil {
		return nil, err
	}
	may := ok && u.Status == mfa.UserActive && u.State == mfa.StateOn && u.grant.Has(rule.Permission) &&
		u.grant.Covers(target.grant) && (u.grant.Everywhere || h.Below(u.CommunityID))
	if !may {
		return nil, no
	}
	return u, nil
}

// approved does what was asked for.
func (s *scope) approved(u *account, a mfa.Request, b basis, out *mfa.Approved) error {
	switch a.Act {
	case "Reset":
		r, err := s.resetNow(u, mfa.ResetRequest{NewCode: a.NewCode, Change: mfa.Change{DryRun: out.DryRun}}, b)
		out.Reset = &r
		return err
	case "ResetPassword":
		r, err := s.resetPasswordNow(u, b, out.DryRun)
		out.Password = &r
		return err
	case "UpdateUser":
		r, err := s.update(u, mfa.UpdateUserRequest{Email: a.Email, Change: mfa.Change{DryRun: out.DryRun}}, b)
		out.User = &r
		return err
	default:
		return mfa.Errorf(mfa.Damaged, "request %s asks for something unknown", a.ID)
	}
}

// settleRequest writes what became of a request and notifies the requester. u is the target,
// nil if it is gone.
func (s *scope) settleRequest(u *account, a *mfa.Request, b basis, status mfa.RequestStatus, answer string) error {
	a.Status, a.DecidedAt, a.DecidedBy, a.Decider, a.Answer = status, s.now, s.actor.ID, s.actor.Email, answer
	if err := s.w.PutRequest(a); err != nil {
		return err
	}
	action := mfa.ActRequestDeny
	if status == mfa.RequestApproved {
		action = mfa.ActRequestApprove
	}
	note := wordOf(a.Act) + ", request " + a.ID + ", asked for by " + a.Requester
	if b.linked {
		note += ", whose account the approver made, promoted, moved or reset in the last 7 days"
	}
	if _, err := s.record(b.event(action, u, note)); err != nil {
		return err
	}
	requester, err := s.accountByID(a.RequesterID, false)
	if errors.Is(err, mfa.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.notify(requester, b.notice(mfa.NoticeDecided, string(status)+": "+wordOf(a.Act)+" of "+a.Target))
}

// Deny implements [mfa.Requests].
func (e *Engine) Deny(ctx context.Context, req mfa.DenyRequest) (mfa.RequestInfo, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.RequestInfo{}, err
	}
	o := spec{method: "Deny", body: req, reason: reason}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.RequestInfo, error) {
		a, err := s.request(req.ID)
		if err != nil {
			return mfa.RequestInfo{}, err
		}
		if a.RequesterID != s.actor.ID && !s.actor.grant.Has(mfa.RequestsApprove) {
			return mfa.RequestInfo{}, s.lacksPermission(mfa.RequestsApprove)
		}
		if err := s.waiting(a); err != nil {
			return mfa.RequestInfo{}, err
		}
		target, err := s.accountByID(a.TargetID, false)
		if err != nil && !errors.Is(err, mfa.NotFound) {
			return mfa.RequestInfo{}, err
		}
		if err := s.settleRequest(target, &a, basis{reason: reason}, mfa.RequestDenied, reason); err != nil {
			return mfa.RequestInfo{}, err
		}
		return s.requestInfo(a)
	})
}
