package engine

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// basis is on what ground an act that may take two persons is done.
type basis struct {
	reason     string   // what counts as the reason: of a request, the requester's
	requester  *account // who asked for what the actor approves; nil if nobody did
	linked     bool     // the approver has control over the requester
	breakGlass bool     // nobody is signed in, and no second person is asked
}

// event is an event of an act that is done on this ground.
func (b basis) event(action mfa.Action, u *account, note string) event {
	return event{action: action, user: u, reason: b.reason, note: note, high: b.linked || b.breakGlass}
}

// notice is a notice of such an act.
func (b basis) notice(kind mfa.NoticeKind, note string) notice {
	return notice{kind: kind, reason: b.reason, note: note, breakGlass: b.breakGlass}
}

// wordOf names an act that can be asked for, as the commands do.
func wordOf(method string) string {
	switch method {
	case "Reset":
		return "reset-2fa"
	case "ResetPassword":
		return "reset-password"
	default:
		return "change-address"
	}
}

// requireTwoPersons refuses to one person what the rule reset_approval leaves to two: a
// reset of the target within a day of one of the others, or any at all.
func (s *scope) requireTwoPersons(u *account, b basis, others map[string]time.Time) error {
	if b.requester != nil || b.breakGlass {
		return nil
	}
	switch rule := u.policy.ResetApproval; {
	case rule == mfa.ApproveAlways:
		return mfa.Errorf(mfa.PolicyForbids, "the rule reset_approval asks for a second person").WithHint(askHint)
	case rule == mfa.ApprovePrivileged && s.privileged(u):
		return mfa.Errorf(mfa.PolicyForbids, "the rule reset_approval asks for a second person, since %s has permissions over others, or had them until a day ago", u.Email).
			WithHint(askHint)
	}
	for what, at := range others {
		if until := at.Add(apart); !at.IsZero() && s.now.Before(until) {
			return mfa.Errorf(mfa.PolicyForbids,
				"the rule reset_approval: the %s of %s was reset less than 24 hours ago, and nobody may reset both alone",
				what, u.Email).WithHint(askHint+", or wait until %s", until.Format(time.RFC3339)).Until(until)
		}
	}
	return nil
}

const askHint = "repeat it with --request for a second administrator"

// fileRequest keeps what the actor wants done to an account for a second person to
// decide, for an hour. Asking for the same again finds the request that waits. a says what
// is asked for beyond the method, and why; a dry run keeps nothing.
func (s *scope) fileRequest(u *account, a mfa.Request, dry bool) (_ *mfa.RequestInfo, changed bool, _ error) {
	if s.unattended() { // or whoever made the token could be both persons
		return nil, false, mfa.Errorf(mfa.Forbidden, "a token files no request, a person does").WithHint("mfactl login, and no token given")
	}
	a.CommunityID, a.Act, a.TargetID, a.Target = u.CommunityID, s.rule.Method, u.ID, u.Email
	a.Requester, a.RequesterID = s.actor.Email, s.actor.ID
	a.Status, a.CreatedAt, a.ExpiresAt = mfa.RequestPending, s.now, s.now.Add(mfa.RequestTTL)
	old, err := s.r.Waiting(a, s.now)
	if err != nil {
		return nil, false, err
	}
	if old != nil {
		info, err := s.requestInfo(*old)
		return &info, false, err
	}
	if !dry {
		if err := s.keepRequest(u, &a); err != nil {
			return nil, false, err
		}
	}
	info, err := s.requestInfo(a)
	return &info, true, err
}

func (s *scope) keepRequest(u *account, a *mfa.Request) (err error) {
	if a.ID, err = newID(s.now, s.rand); err != nil {
		return err
	}
	if err := s.w.PutRequest(a); err != nil {
		return err
	}
	what, b := wordOf(a.Act), basis{reason: a.Reason}
	if _, err := s.record(b.event(mfa.ActRequestFile, u, what+", request "+a.ID)); err != nil {
		return err
	}
	return s.notifyAdministrators(u.community, b.notice(mfa.NoticeRequest, what+" of "+a.Target+", request "+a.ID))
}

// request finds a request the actor reaches. NotFound for one of a community
// they do not.
func (s *scope) request(id string) (mfa.Request, error) {
	none := mfa.Errorf(mfa.NotFound, "no request %s", id).WithHint("mfactl admin requests list")
	a, err := s.r.Request(id)
	if errors.Is(err, mfa.NotFound) {
		return a, none
	}
	if err != nil {
		return a, err
	}
	h, err := s.r.Lineage(a.CommunityID)
	if err != nil {
		return a, err
	}
	in, err := s.reaches(h.Communities[0])
	if err == nil && !in {
		err = none
	}
	return a, err
}

// waiting refuses a request that was decided or is out of time.
func (s *scope) waiting(a mfa.Request) error {
	switch s.statusOf(a) {
	case mfa.RequestPending:
		return nil
	case mfa.RequestExpired:
		return mfa.Errorf(mfa.Expired, "the request is out of time, it waited one hour").WithHint("whoever asked may ask again")
	default:
		return mfa.Errorf(mfa.Conflict, "the request was decided already: %s by %s", a.Status, a.Decider)
	}
}

func (s *scope) statusOf(a mfa.Request) mfa.RequestStatus {
	if a.Status == mfa.RequestPending && !s.now.Before(a.ExpiresAt) {
		return mfa.RequestExpired
	}
	return a.Status
}

func (s *scope) requestInfo(a mfa.Request) (mfa.RequestInfo, error) {
	c, err := s.r.Community(a.CommunityID)
	err = records.MustExist(err, "community "+a.CommunityID)
	out := mfa.RequestInfo{
		ID: a.ID, Act: wordOf(a.Act), Community: c.Name, Target: a.Target, TargetID: a.TargetID, Email: a.Email,
		Requester: a.Requester, Reason: a.Reason, Status: s.statusOf(a), CreatedAt: a.CreatedAt, ExpiresAt: a.ExpiresAt,
		Decider: a.Decider, Answer: a.Answer,
	}
	if !a.DecidedAt.IsZero() {
		out.DecidedAt = &a.DecidedAt
	}
	return out, err
}
