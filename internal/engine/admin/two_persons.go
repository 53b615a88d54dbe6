package admin

import (
	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Basis is on what ground an act that may take two persons is done.
type Basis struct {
	Reason     string       // what counts as the reason: of a request, the requester's
	requester  *act.Account // who asked for what the actor approves; nil if nobody did
	asked      []act.Doer   // the requester, and who created the token that asked
	BreakGlass bool         // nobody is signed in, and no second person is asked
}

// Event is an event of an act that is done on this ground.
func (b Basis) Event(action mfa.Action, u *act.Account, note string) act.Event {
	return act.Event{Action: action, User: u, Reason: b.Reason, Note: note, HighSeverity: b.BreakGlass}
}

// Notice is a notice of such an act.
func (b Basis) Notice(kind mfa.NoticeKind, note string) act.Notice {
	return act.Notice{Kind: kind, Reason: b.Reason, Note: note, BreakGlass: b.BreakGlass}
}

// announce records an event of such an act, and notifies the user whom it is about.
func (b Basis) announce(a *act.Act, u *act.Account, action mfa.Action, kind mfa.NoticeKind, note string) {
	a.Record(b.Event(action, u, note))
	a.Notify(u, b.Notice(kind, note))
}

// wordOf names an act that can be asked for, as the commands do.
func wordOf(method string) string {
	switch method {
	case "Reset":
		return "reset-2fa"
	case "ResetPassword":
		return "reset-password"
	case actSetPolicy:
		return "set-policy"
	default:
		return "change-address"
	}
}

// fileRequest keeps what the actor wants done to an account for a second person to
// decide, for an hour. Asking for the same again finds the request that waits. a says what
// is asked for beyond the method, and why; a dry run keeps nothing.
func fileRequest(a *act.Act, u *act.Account, request mfa.Request, dry bool) (_ *mfa.RequestInfo, changed bool, _ error) {
	if a.Unattended() { // or the creator of the token could be both persons
		return nil, false, mfa.Errorf(mfa.Forbidden, "a token files no request, a person does").WithHint("mfactl login, and no token given")
	}
	request.CommunityID, request.Act, request.TargetID, request.Target = u.CommunityID, a.Rule.Method, u.ID, u.Email
	request.Requester, request.RequesterID = a.Actor.Email, a.Actor.ID
	if a.Unattended() {
		request.TokenCreator = a.Token.CreatedBy
	}
	request.Status, request.CreatedAt, request.ExpiresAt = mfa.RequestPending, a.Now, a.Now.Add(mfa.RequestTTL)
	var err error
	if request.Basis, err = basisOf(a, u, a.Actor); err != nil {
		return nil, false, err
	}
	old, err := a.Read.Waiting(request, a.Now)
	switch {
	case err != nil:
		return nil, false, err
	case old != nil:
		request = *old
	case !dry:
		if err := keepRequest(a, u, &request); err != nil {
			return nil, false, err
		}
	}
	info, err := requestInfo(a, request)
	if err == nil {
		info.Approvers, err = couldApprove(a, u)
	}
	return &info, old == nil, err
}

func keepRequest(a *act.Act, u *act.Account, request *mfa.Request) error {
	request.ID = a.NewID()
	a.Wrote(a.Write.PutRequest(request))
	what, b := wordOf(request.Act), Basis{Reason: request.Reason}
	a.Record(b.Event(mfa.ActRequestFile, u, what+", request "+request.ID))
	return act.NotifyAdministrators(a, u.Community, b.Notice(mfa.NoticeRequest, what+" of "+request.Target+", request "+request.ID))
}

// request finds a request the actor reaches. NotFound for one of a community
// they do not.
func request(a *act.Act, id string) (mfa.Request, error) {
	none := mfa.Errorf(mfa.NotFound, "no request %s", id).WithHint("mfactl admin requests list")
	request, err := a.Read.Request(id)
	if err != nil {
		return request, mfa.Missing(err, none)
	}
	in, err := a.Reaches(request.CommunityID)
	if err == nil && !in {
		err = none
	}
	return request, err
}

// waiting refuses a request that was decided or is out of time.
func waiting(a *act.Act, request mfa.Request) error {
	switch statusOf(a, request) {
	case mfa.RequestPending:
		return nil
	case mfa.RequestExpired:
		return mfa.Errorf(mfa.Expired, "the request is out of time, it waited one hour").WithHint("whoever asked may ask again")
	default:
		return mfa.Errorf(mfa.Conflict, "the request was decided already: %s by %s", request.Status, request.Decider)
	}
}

func statusOf(a *act.Act, request mfa.Request) mfa.RequestStatus {
	if request.Status == mfa.RequestPending && (!a.Now.Before(request.ExpiresAt) || records.Foretold(request.CreatedAt, a.Now)) {
		return mfa.RequestExpired
	}
	return request.Status
}

func requestInfo(a *act.Act, request mfa.Request) (mfa.RequestInfo, error) {
	c, err := a.Read.Community(request.CommunityID)
	err = records.MustExist(err, "community "+request.CommunityID)
	out := mfa.RequestInfo{
		ID: request.ID, Act: wordOf(request.Act), Community: c.Name, Target: request.Target, TargetID: request.TargetID, Email: request.Email, Rules: rulesOf(a, request),
		Requester: request.Requester, Reason: request.Reason, Status: statusOf(a, request), CreatedAt: request.CreatedAt, ExpiresAt: request.ExpiresAt,
		Decider: request.Decider, Answer: request.Answer,
	}
	if !request.DecidedAt.IsZero() {
		out.DecidedAt = &request.DecidedAt
	}
	if err == nil && out.Status == mfa.RequestPending {
		if out.Lapsed, err = lapse(a, request); out.Lapsed != "" {
			out.Status = mfa.RequestLapsed
		}
	}
	return out, err
}
