package engine

import (
	"errors"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// apart is how long a password reset and a 2FA reset of one user must lie
// apart: whoever does both holds the account (OWASP ASVS 6.4.3).
const apart = 24 * time.Hour

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

// alone refuses to one person what the rule reset_approval leaves to two: a
// reset of the target within a day of one of the others, or any at all.
func (s *scope) alone(others map[string]time.Time) error {
	u := s.target
	if s.second != nil || s.glass {
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

// privileged reports whether an account has permissions over others, or had its
// role changed within a day: nobody escapes a rule by a demotion that is taken
// back afterwards.
func (s *scope) privileged(u *account) bool {
	return u.grant.Privileged() || slices.ContainsFunc(u.Touched, func(t mfa.Touch) bool {
		return t.What == mfa.TouchRole && s.now.Before(t.At.Add(apart))
	})
}

const askHint = "repeat it with --request for a second administrator"

// file keeps what the actor wants done to the target for a second person to
// decide, for an hour. Asking for the same again finds the request that waits.
func (s *scope) file(newCode bool, address string) (_ *mfa.ApprovalInfo, changed bool, _ error) {
	if s.unattended() { // or whoever made the token could be both persons
		return nil, false, mfa.Errorf(mfa.Forbidden, "a token files no request, a person does").WithHint("mfactl login, and no token given")
	}
	a := mfa.Approval{
		CommunityID: s.target.CommunityID, Act: s.rule.Method, TargetID: s.target.ID, Target: s.target.Email,
		NewCode: newCode, Email: address, Requester: s.actor.Email, RequesterID: s.actor.ID, Reason: s.op.reason,
		Status: mfa.ApprovalPending, CreatedAt: s.now, ExpiresAt: s.now.Add(mfa.ApprovalTTL),
	}
	old, err := s.r.Waiting(a, s.now)
	if err != nil {
		return nil, false, err
	}
	if old != nil {
		info, err := s.aboutApproval(*old)
		return &info, false, err
	}
	if !s.op.dry {
		if err := s.keepRequest(&a); err != nil {
			return nil, false, err
		}
	}
	info, err := s.aboutApproval(a)
	return &info, true, err
}

func (s *scope) keepRequest(a *mfa.Approval) (err error) {
	if a.ID, err = newID(s.now, s.rand); err != nil {
		return err
	}
	if err := s.w.PutApproval(a); err != nil {
		return err
	}
	what := wordOf(a.Act)
	if _, err := s.record(mfa.ActRequestFile, what+", request "+a.ID); err != nil {
		return err
	}
	return s.tellAdministrators(s.target.community, mfa.NoticeRequest, what+" of "+a.Target+", request "+a.ID)
}

// request finds a request the actor reaches. NotFound for one of a community
// they do not.
func (s *scope) request(id string) (mfa.Approval, error) {
	none := mfa.Errorf(mfa.NotFound, "no request %s", id).WithHint("mfactl admin requests list")
	a, err := s.r.Approval(id)
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
	in, err := s.reaches(h.Line[0])
	if err == nil && !in {
		err = none
	}
	return a, err
}

// waiting refuses a request that was decided or is out of time.
func (s *scope) waiting(a mfa.Approval) error {
	switch s.statusOf(a) {
	case mfa.ApprovalPending:
		return nil
	case mfa.ApprovalExpired:
		return mfa.Errorf(mfa.Expired, "the request is out of time, it waited one hour").WithHint("whoever asked may ask again")
	default:
		return mfa.Errorf(mfa.Conflict, "the request was decided already: %s by %s", a.Status, a.Decider)
	}
}

func (s *scope) statusOf(a mfa.Approval) mfa.ApprovalStatus {
	if a.Status == mfa.ApprovalPending && !s.now.Before(a.ExpiresAt) {
		return mfa.ApprovalExpired
	}
	return a.Status
}

func (s *scope) aboutApproval(a mfa.Approval) (mfa.ApprovalInfo, error) {
	c, err := s.r.Community(a.CommunityID)
	err = records.Gone(err, "community "+a.CommunityID)
	out := mfa.ApprovalInfo{
		ID: a.ID, Act: wordOf(a.Act), Community: c.Name, Target: a.Target, TargetID: a.TargetID, Email: a.Email,
		Requester: a.Requester, Reason: a.Reason, Status: s.statusOf(a), CreatedAt: a.CreatedAt, ExpiresAt: a.ExpiresAt,
		Decider: a.Decider, Answer: a.Answer,
	}
	if !a.DecidedAt.IsZero() {
		out.DecidedAt = &a.DecidedAt
	}
	return out, err
}
