package admin

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Approve implements [mfa.Requests]. The act is done in the approver's name,
// and its code is theirs alone.
func (e *Part) Approve(ctx context.Context, req mfa.ApproveRequest) (mfa.Approved, error) {
	o := act.Spec{Method: "Approve", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.Approved, error) {
		out := mfa.Approved{DryRun: req.DryRun}
		request, err := request(a, req.ID)
		if err != nil {
			return out, err
		}
		u, b, err := mayApprove(a, request)
		if err != nil {
			return out, act.RefusedAbout(err, act.Event{User: u, Reason: req.Reason})
		}
		if err := approved(a, u, request, b, &out); err != nil {
			return out, act.RefusedAbout(err, b.Event("", u, ""))
		}
		if !req.DryRun {
			if err := settleRequest(a, u, &request, b, mfa.RequestApproved, req.Reason); err != nil {
				return out, err
			}
		}
		out.Request, err = requestInfo(a, request)
		return out, err
	})
}

// mayApprove finds the target of a request, and on what ground the actor may approve it. It
// refuses approval by the requester, by the target, and by anyone over whom the requester
// has control; and it refuses what the requester may no longer do. It returns the target
// also with a refusal, once it was found.
func mayApprove(a *act.Act, request mfa.Request) (u *act.Account, b Basis, _ error) {
	if err := waiting(a, request); err != nil {
		return nil, b, err
	}
	if request.RequesterID == a.Actor.ID {
		return nil, b, mfa.Errorf(mfa.PolicyForbids, "the two-person rule: nobody approves what they asked for")
	}
	u, err := a.AccountByID(request.TargetID, true)
	switch {
	case errors.Is(err, mfa.NotFound):
		return nil, b, mfa.Errorf(mfa.Conflict, "%s is gone", request.Target)
	case err != nil:
		return nil, b, err
	case u.ID == a.Actor.ID:
		return u, b, mfa.Errorf(mfa.Forbidden, "you cannot do this to yourself")
	case u.CommunityID != request.CommunityID:
		return u, b, mfa.Errorf(mfa.Conflict, "%s has moved to another community since", request.Target)
	case !a.Actor.Grant.Covers(u.Grant):
		return u, b, mfa.Errorf(mfa.Forbidden, "%s has permissions you lack", u.Email)
	}
	requester, err := requester(a, request, u)
	if err != nil {
		return u, b, err
	}
	if err := independent(a, request, u); err != nil {
		return u, b, err
	}
	// The other way round it is allowed, and nobody is to overlook it.
	linked, err := a.ControlledBy(requester, a.Actor.ID)
	return u, Basis{Reason: request.Reason, requester: requester, linked: linked}, err
}

// independent refuses an approver who holds another part of what the target signs in with,
// or over whom the requester has control.
func independent(a *act.Act, request mfa.Request, u *act.Account) error {
	if changedOtherPart(a, u, request.Act) {
		return mfa.Errorf(mfa.PolicyForbids,
			"the two-person rule: you changed another part of what %s signs in with less than 24 hours ago, and nobody may hold both", u.Email).
			WithHint("ask another administrator")
	}
	controlled, err := a.ControlledBy(a.Actor, request.RequesterID)
	if err == nil && controlled {
		err = mfa.Errorf(mfa.PolicyForbids,
			"the two-person rule: %s made, promoted, moved or reset your account in the last 7 days, or that of somebody who did", request.Requester).
			WithHint("ask another administrator")
	}
	return err
}

// changedOtherPart reports whether the actor, within a day, did to an account another of
// the acts that nobody may do both of: they may still hold what that gave, as they would
// what they approve.
func changedOtherPart(a *act.Act, u *act.Account, method string) bool {
	parts := map[string]mfa.ControlKind{"ResetPassword": mfa.ControlPassword, "Reset": mfa.ControlFactors, "UpdateUser": mfa.ControlAddress}
	return slices.ContainsFunc(u.ControlMarks, func(t mfa.ControlMark) bool {
		other := t.What != parts[method] && slices.Contains(slices.Collect(maps.Values(parts)), t.What)
		return other && t.By == a.Actor.ID && !t.Asked && a.Now.Before(t.At.Add(act.ResetsApart))
	})
}

// requester finds who filed a request, and refuses if they could not ask for it any more.
func requester(a *act.Act, request mfa.Request, target *act.Account) (*act.Account, error) {
	no := mfa.Errorf(mfa.PolicyForbids, "the two-person rule: %s may not ask for this any more", request.Requester)
	u, err := a.AccountByID(request.RequesterID, false)
	if err != nil {
		return nil, mfa.Missing(err, no)
	}
	rule, ok := mfa.RuleOf(request.Act)
	h, err := a.Read.Lineage(target.CommunityID)
	if err != nil {
		return nil, err
	}
	may := ok && u.Status == mfa.UserActive && u.State == mfa.StateOn && u.Grant.Has(rule.Permission) &&
		u.Grant.Covers(target.Grant) && (u.Grant.Everywhere || h.Below(u.CommunityID))
	if !may {
		return nil, no
	}
	return u, nil
}

// approved does what was asked for.
func approved(a *act.Act, u *act.Account, request mfa.Request, b Basis, out *mfa.Approved) error {
	switch request.Act {
	case "Reset":
		r, err := ResetNow(a, u, mfa.ResetRequest{NewCode: request.NewCode, Change: mfa.Change{DryRun: out.DryRun}}, b)
		out.Reset = &r
		return err
	case "ResetPassword":
		r, err := ResetPasswordNow(a, u, mfa.ResetPasswordRequest{Change: mfa.Change{DryRun: out.DryRun}}, b)
		out.Password = &r
		return err
	case "UpdateUser":
		r, err := UpdateNow(a, u, mfa.UpdateUserRequest{Email: request.Email, Change: mfa.Change{DryRun: out.DryRun}}, b)
		out.User = &r
		return err
	default:
		return mfa.Errorf(mfa.Damaged, "request %s asks for something unknown", request.ID)
	}
}

// settleRequest writes what became of a request and notifies the requester. u is the target,
// nil if it is gone.
func settleRequest(a *act.Act, u *act.Account, request *mfa.Request, b Basis, status mfa.RequestStatus, answer string) error {
	request.Status, request.DecidedAt, request.DecidedBy, request.Decider, request.Answer = status, a.Now, a.Actor.ID, a.Actor.Email, answer
	a.Wrote(a.Write.PutRequest(request))
	action := mfa.ActRequestDeny
	if status == mfa.RequestApproved {
		action = mfa.ActRequestApprove
	}
	note := wordOf(request.Act) + ", request " + request.ID + ", asked for by " + request.Requester
	if b.linked {
		note += ", whose account the approver made, promoted, moved or reset in the last 7 days"
	}
	a.Record(b.Event(action, u, note))
	requester, err := a.AccountByID(request.RequesterID, false)
	if err != nil {
		return mfa.Missing(err, nil)
	}
	a.Notify(requester, b.Notice(mfa.NoticeDecided, string(status)+": "+wordOf(request.Act)+" of "+request.Target))
	return nil
}

// Deny implements [mfa.Requests].
func (e *Part) Deny(ctx context.Context, req mfa.DenyRequest) (mfa.RequestInfo, error) {
	o := act.Spec{Method: "Deny", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.RequestInfo, error) {
		request, err := request(a, req.ID)
		if err != nil {
			return mfa.RequestInfo{}, err
		}
		if request.RequesterID != a.Actor.ID && !a.Actor.Grant.Has(mfa.RequestsApprove) {
			return mfa.RequestInfo{}, a.LacksPermission(mfa.RequestsApprove)
		}
		if err := waiting(a, request); err != nil {
			return mfa.RequestInfo{}, err
		}
		target, err := a.AccountByID(request.TargetID, false)
		if mfa.Missing(err, nil) != nil {
			return mfa.RequestInfo{}, err
		}
		if err := settleRequest(a, target, &request, Basis{Reason: req.Reason}, mfa.RequestDenied, req.Reason); err != nil {
			return mfa.RequestInfo{}, err
		}
		return requestInfo(a, request)
	})
}
