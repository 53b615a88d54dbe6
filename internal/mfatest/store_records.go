package mfatest

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// at returns times of which no two are alike, in microseconds.
func at(n int) time.Time {
	return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC).Add(time.Duration(n) * 1_000_001 * time.Microsecond)
}

func fullCommunity() mfa.Community {
	return mfa.Community{ID: "c1", Name: "Acme", ParentID: "c0", CreatedAt: at(1), MAC: []byte{1, 0, 255},
		Policy: map[string]string{"require_2fa": "everyone", "exempt": "u1,u2"},
		Roles: []mfa.CustomRole{{Name: "desk", Permissions: []mfa.Permission{mfa.UsersRead}, Note: "<&>", CreatedAt: at(2),
			UpdatedAt: at(3), ControlMarks: []mfa.ControlMark{{What: mfa.ControlRole, By: "u1", At: at(3)}}}, {Name: "none"}},
	}
}

func fullUser() mfa.User {
	return mfa.User{ //nolint:gosec // no credentials
		ID: "u1", CommunityID: "c1", Email: "alice@acme.example", Role: mfa.RoleAdmin, Service: true, Status: mfa.UserLocked,
		State: mfa.StateRecovering, PasswordHash: "$argon2id$x",
		Factors:      []mfa.FactorMark{{ID: "f1", Kind: mfa.KindTOTP}, {ID: "f2", Kind: mfa.KindBackup}},
		PreferredID:  "f1",
		ControlMarks: []mfa.ControlMark{{What: mfa.ControlRole, By: "u0", At: at(14)}},
		OTP: mfa.Attempts{Consecutive: 3, Forgiven: 2, Wrong: []time.Time{at(1), at(2)}, InFlight: []time.Time{at(3)},
			LockedUntil: at(4), NoticeAt: at(5)},
		Code:      mfa.Attempts{Consecutive: 1, Wrong: []time.Time{at(6)}},
		Password:  mfa.Attempts{InFlight: []time.Time{at(7), at(8)}, NoticeAt: at(9)},
		VerifyOTP: mfa.Attempts{Consecutive: 7, Wrong: []time.Time{at(1), at(3)}, LockedUntil: at(5)}, VerifyCode: mfa.Attempts{Consecutive: 8, NoticeAt: at(6)},
		Markers: []mfa.DeviceMarker{
			{Tag: "tag1", EndsAt: at(19), Attempts: mfa.Attempts{Consecutive: 2, Wrong: []time.Time{at(20)}}},
			{Tag: "tag2", EndsAt: at(21)},
		},
		Look:    "a1ice@acme.example",
		ResetAt: at(10), PasswordResetAt: at(11), LastSignInAt: at(12), CreatedAt: at(13), CreatedBy: "u0",
		Halves: []mfa.Half{{What: mfa.HalfFactor, By: []string{"u0", "u9"}, At: at(15), Met: true, Early: true}},
		UsedAt: at(16), OwnPasswordAt: at(17), OwnFactorAt: at(18), DisabledAt: at(19),
		MAC: []byte{2, 0},
	}
}

func fullFactor() mfa.Factor {
	return mfa.Factor{
		ID: "f1", UserID: "u1", Kind: mfa.KindTOTP, Label: "phone", Status: mfa.FactorPending,
		Sealed: []byte{0, 1, 2, 255}, SessionHash: "5e55", Tries: 4, CreatedAt: at(1), ConfirmedAt: at(2),
		ExpiresAt: at(3), LastUsedAt: at(4), MAC: []byte{3},
	}
}

func fullSession() mfa.Session {
	return mfa.Session{
		Hash: "5e55", UserID: "u1", Level: mfa.LevelMFA, Method: mfa.KindTOTP, CreatedAt: at(1),
		ExpiresAt: at(2), LastSeenAt: at(3), Marker: "tag1", Asked: []byte{0, 5}, MAC: []byte{4},
	}
}

func fullToken() mfa.Token {
	return mfa.Token{
		Hash: "70ce", ID: "t1", UserID: "u1", Name: "deploy", Permissions: []mfa.Permission{mfa.UsersRead, mfa.TwoFactorReset},
		CreatedAt: at(1), CreatedBy: "u2", ExpiresAt: at(2), LastUsedAt: at(3), Successor: "t2", MAC: []byte{6},
	}
}

func fullEvent() mfa.Event {
	return mfa.Event{
		Seq: 1, At: at(1), Action: mfa.ActReset, Outcome: mfa.OutcomeRefused, Code: mfa.PolicyForbids,
		ActorID: "u1", Actor: "alice@acme.example", ActorRole: mfa.RoleAdmin, CommunityID: "c1",
		TargetID: "u2", Target: "bob@acme.example", Method: "Reset", Factor: mfa.KindHOTP, Reason: "lost phone",
		Note: "7 left", SessionHash: "5e55", TokenID: "t1", KeyHash: "4e4e",
		From: mfa.Provenance{RequestID: "r", Version: "v", Address: "a", Host: "h", PID: 7, UID: "0", OSUser: "root",
			SudoUser: "s", SSHClient: "c", TTY: "t", CIJob: "j", Claimed: "<&>\u2028",
			LoginUID: "1000", LoginUser: "l", TokenName: "n", TokenCreator: "k"},
		Severity: mfa.SeverityHigh, Notices: []string{"n1", "n2"}, MAC: []byte{5},
	}
}

func fullRequest() mfa.Request {
	return mfa.Request{
		ID: "a1", CommunityID: "c1", Act: "Reset", TargetID: "u1", Target: "alice@acme.example", NewCode: true,
		Email: "al@acme.example", Requester: "bob@acme.example", RequesterID: "u2", Reason: "lost phone",
		Status: mfa.RequestDenied, CreatedAt: at(1), ExpiresAt: at(2), DecidedAt: at(3), DecidedBy: "u3",
		Decider: "carol@acme.example", Answer: "not asked for", Basis: "{}", TokenCreator: "u4", MAC: []byte{8},
	}
}

func fullFormer() mfa.FormerAccount {
	return mfa.FormerAccount{
		ID: "g1", AccountID: "u7", CommunityID: "c1", Email: "dan@acme.example", Used: true, Deleted: true,
		Marks: []mfa.ControlMark{{What: mfa.ControlCreated, By: "u1", At: at(1), Early: true}}, At: at(2), MAC: []byte{9},
	}
}

func fullNotice() mfa.Notice {
	return mfa.Notice{
		ID: "n1", Kind: mfa.NoticeReset, UserID: "u1", Address: "alice@acme.example", By: "you", Reason: "lost phone",
		Note: "7 left", CreatedAt: at(1), SentAt: at(2), MAC: []byte{6},
	}
}

func fullReply() mfa.Reply {
	return mfa.Reply{
		Period: 7, Name: "4e4e", Sealed: []byte{7, 0}, At: at(1),
	}
}

func everyField(s *storeTest) {
	c, u, f, n := fullCommunity(), fullUser(), fullFactor(), fullNotice()
	session, event, reply, request, token := fullSession(), fullEvent(), fullReply(), fullRequest(), fullToken()
	former := fullFormer()
	s.update(func(tx mfa.Tx) error {
		c, u, f, session = fullCommunity(), fullUser(), fullFactor(), fullSession() // f may run again
		request, token, former = fullRequest(), fullToken(), fullFormer()
		return first(tx.PutCommunity(&c), tx.PutUser(&u), tx.PutFactor(&f), tx.PutSession(&session),
			tx.PutRequest(&request), tx.PutFormerAccount(&former), tx.PutToken(&token), tx.AppendEvent(event), tx.PutNotice(n), tx.PutReply(reply), tx.SetMeta(mfa.MetaInstance, "i1"))
	})
	s.same([]int64{c.Rev, u.Rev, f.Rev, session.Rev, token.Rev}, []int64{1, 1, 1, 1, 1})
	s.view(func(r mfa.Reader) error {
		got(s, c)(r.Community("c1"))
		got(s, c)(r.CommunityByName("Acme"))
		got(s, []mfa.Community{c})(r.Communities())
		got(s, u)(r.User("u1"))
		got(s, "u1")(r.UserID("alice@acme.example"))
		got(s, []mfa.User{u})(r.Users(mfa.UserQuery{}))
		got(s, []mfa.Factor{f})(r.Factors("u1"))
		got(s, session)(r.Session("5e55"))
		got(s, []mfa.Session{session})(r.Sessions("u1"))
		got(s, []mfa.Session{session})(r.SessionList(mfa.SessionQuery{}))
		got(s, token)(r.Token("70ce"))
		got(s, token)(r.TokenByID("t1"))
		got(s, []mfa.Token{token})(r.Tokens(mfa.TokenQuery{}))
		got(s, request)(r.Request("a1"))
		got(s, []mfa.Request{request})(r.Requests(mfa.RequestQuery{}))
		got(s, []mfa.FormerAccount{former})(r.FormerAccounts(mfa.FormerQuery{AccountID: "u7"}))
		got(s, []mfa.FormerAccount{former})(r.FormerAccounts(mfa.FormerQuery{Email: "dan@acme.example", Limit: 1}))
		got(s, []mfa.FormerAccount(nil))(r.FormerAccounts(mfa.FormerQuery{AccountID: "u8"}))
		got(s, []mfa.FormerAccount(nil))(r.FormerAccounts(mfa.FormerQuery{Email: "dan@acme.example", Since: at(2)}))
		got(s, []mfa.Event{event})(r.Events(mfa.EventQuery{}))
		got(s, []mfa.Notice{n})(r.Notices(mfa.NoticeQuery{}))
		got(s, reply)(r.Reply("4e4e", mfa.ReplyPeriods{7}, at(0)))
		got(s, "i1")(r.Meta(mfa.MetaInstance))
		return nil
	})
	s.update(func(tx mfa.Tx) error {
		locked, err := tx.LockUser("u1")
		s.same(locked, u)
		return err
	})
	replaceEveryField(s, c, u, f, session, token)
}

// replaceEveryField puts other values over all of the fields.
func replaceEveryField(s *storeTest, c mfa.Community, u mfa.User, f mfa.Factor, session mfa.Session, token mfa.Token) {
	u2 := mfa.User{ID: "u1", CommunityID: "c2", Email: "al@acme.example", Role: mfa.RoleMember, Status: mfa.UserActive,
		State: mfa.StateOff, Rev: u.Rev}
	f2 := mfa.Factor{ID: "f1", UserID: "u2", Kind: mfa.KindHOTP, Label: "key", Status: mfa.FactorActive, Rev: f.Rev}
	session2 := mfa.Session{Hash: "5e55", UserID: "u2", Level: mfa.LevelEnroll, ExpiresAt: at(9), Rev: session.Rev}
	token2 := mfa.Token{Hash: "70ce", ID: "t9", UserID: "u2", Name: "other", ExpiresAt: at(9), Rev: token.Rev}
	c.Name, c.ParentID, c.CreatedAt, c.MAC = "Acme & Co", "", at(20), []byte{9}
	c.Policy, c.Roles = nil, nil
	s.update(func(tx mfa.Tx) error {
		c.Rev, u2.Rev, f2.Rev, session2.Rev, token2.Rev = 1, 1, 1, 1, 1
		return first(tx.PutCommunity(&c), tx.PutCommunity(&mfa.Community{ID: "c2", Name: "Other"}),
			tx.PutUser(&mfa.User{ID: "u2", CommunityID: "c2", Email: "bob@acme.example"}),
			tx.PutUser(&u2), tx.PutFactor(&f2), tx.PutSession(&session2), tx.PutToken(&token2))
	})
	s.same([]int64{c.Rev, u2.Rev, f2.Rev, session2.Rev, token2.Rev}, []int64{2, 2, 2, 2, 2})
	s.view(func(r mfa.Reader) error {
		got(s, c)(r.Community("c1"))
		got(s, u2)(r.User("u1"))
		got(s, []mfa.Factor{f2})(r.Factors("u2"))
		got(s, session2)(r.Session("5e55"))
		got(s, token2)(r.Token("70ce"))
		return nil
	})
}

func emptyFields(s *storeTest) {
	s.community()
	u := mfa.User{ID: "u1", CommunityID: "c1", Email: "a", Factors: []mfa.FactorMark{}, MAC: []byte{},
		OTP: mfa.Attempts{Wrong: []time.Time{}, InFlight: []time.Time{}}}
	s.update(func(tx mfa.Tx) error {
		u.Rev = 0
		return first(tx.PutUser(&u),
			tx.PutFactor(&mfa.Factor{ID: "f1", UserID: "u1", Sealed: []byte{}}),
			tx.PutSession(&mfa.Session{Hash: "h", UserID: "u1"}),
			tx.PutToken(&mfa.Token{Hash: "h", UserID: "u1", Permissions: []mfa.Permission{}, MAC: []byte{}}),
			tx.AppendEvent(mfa.Event{Seq: 1}),
			tx.PutNotice(mfa.Notice{ID: "n1"}), tx.PutReply(mfa.Reply{Name: "h", At: at(1)}), tx.SetMeta("m", ""))
	})
	s.view(func(r mfa.Reader) error {
		got(s, mfa.User{ID: "u1", CommunityID: "c1", Email: "a", Rev: 1})(r.User("u1"))
		got(s, []mfa.Factor{{ID: "f1", UserID: "u1", Rev: 1}})(r.Factors("u1"))
		got(s, mfa.Session{Hash: "h", UserID: "u1", Rev: 1})(r.Session("h"))
		got(s, mfa.Token{Hash: "h", UserID: "u1", Rev: 1})(r.Token("h"))
		got(s, []mfa.Event{{Seq: 1}})(r.Events(mfa.EventQuery{}))
		got(s, []mfa.Notice{{ID: "n1"}})(r.Notices(mfa.NoticeQuery{}))
		got(s, mfa.Reply{Name: "h", At: at(1)})(r.Reply("h", mfa.ReplyPeriods{}, at(0)))
		got(s, "")(r.Meta("m"))
		got(s, []mfa.Factor(nil))(r.Factors("nobody"))
		return nil
	})
}

// got compares a record that was read with the one that is wanted.
func got[T any](s *storeTest, want T) func(T, error) {
	return func(have T, err error) {
		s.Helper()
		if err != nil {
			s.Errorf("read %T: %s", want, describe(err))
			return
		}
		s.same(have, want)
	}
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
