package admin

import (
	"context"
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
// refuses approval by the requester, by the target, and by anyone who is not independent of
// the requester; and it refuses what the requester may no longer do, and what has changed
// since. It returns the target also with a refusal, once it was found.
func mayApprove(a *act.Act, request mfa.Request) (u *act.Account, b Basis, _ error) {
	if err := waiting(a, request); err != nil {
		return nil, b, err
	}
	if request.RequesterID == a.Actor.ID {
		return nil, b, mfa.Errorf(mfa.PolicyForbids, "the two-person rule: nobody approves what they asked for")
	}
	u, requester, err := still(a, request, true)
	switch {
	case u != nil && u.ID == a.Actor.ID:
		return u, b, act.Yourself("Approve")
	case u != nil && request.Act == actSetPolicy && !a.Actor.Grant.Has(mfa.PolicyWrite):
		return u, b, a.LacksPermission(mfa.PolicyWrite)
	case u != nil && u.CommunityID == request.CommunityID && !a.Actor.Grant.Covers(u.Grant):
		return u, b, act.MoreThanYours(u.Email)
	case err != nil:
		return u, b, err
	}
	asked := []act.Doer{
		{ID: request.RequesterID, Asked: true, Early: act.Early(requester, a.Now)}, {ID: request.TokenCreator, Asked: true},
	}
	if err := mustBeIndependent(a, request, u, asked); err != nil {
		return u, b, err
	}
	return u, Basis{Reason: request.Reason, requester: requester, asked: asked}, nil
}

// mustBeIndependent refuses an approver who is not independent of those who asked, and one who
// did the other half of the account while it is open, or is not independent of those who did.
func mustBeIndependent(a *act.Act, request mfa.Request, u *act.Account, asked []act.Doer) error {
	if err := forbidOtherHalf(a, u, halvesOf(a, u, request)...); err != nil {
		return err
	}
	ids := slices.DeleteFunc(act.IDs(asked), func(id string) bool { return id == "" })
	link, err := act.Link(a, act.IDs(act.Doers(a)), ids)
	if err != nil || link == "" {
		return err
	}
	who, err := couldApprove(a, u)
	if err != nil {
		return err
	}
	how := "you and " + request.Requester + " are not independent"
	if mayName(a) {
		switch names, err := namesOfPeople(a, []string{link}); {
		case err != nil:
			return err
		case link == a.Actor.ID:
			how = "you control " + request.Requester
		case link == request.RequesterID:
			how = request.Requester + " controls your account"
		default:
			how = names[0] + " controls both you and " + request.Requester
		}
	}
	return mfa.Errorf(mfa.PolicyForbids, "the two-person rule: %s, and requester and approver must be independent", how).WithHint("%s", who)
}

// halvesOf are the halves that a request does: a new address of an account with permissions
// over others is both.
func halvesOf(a *act.Act, u *act.Account, request mfa.Request) []mfa.HalfKind {
	switch {
	case request.Act == "Reset":
		return []mfa.HalfKind{mfa.HalfFactor}
	case request.Act == "ResetPassword" || !a.Privileged(u):
		return []mfa.HalfKind{mfa.HalfPassword}
	default:
		return []mfa.HalfKind{mfa.HalfPassword, mfa.HalfFactor}
	}
}

// requester finds who filed a request, and refuses if they could not ask for it any more.
func requester(a *act.Act, request mfa.Request, target *act.Account) (*act.Account, error) {
	no := lapsed(mfa.PolicyForbids, "%s may not ask for this any more", request.Requester)
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
	case actSetPolicy:
		r, err := approvePolicy(a, u, request, b, out.DryRun)
		out.Policy = &r
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
		target, err := targetOf(a, request, false)
		if mfa.Missing(err, nil) != nil {
			return mfa.RequestInfo{}, err
		}
		if err := settleRequest(a, target, &request, Basis{Reason: req.Reason}, mfa.RequestDenied, req.Reason); err != nil {
			return mfa.RequestInfo{}, err
		}
		return requestInfo(a, request)
	})
}
