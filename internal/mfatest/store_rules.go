package mfatest

import (
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

func notThere(s *storeTest) {
	s.view(func(r mfa.Reader) error {
		for name, err := range map[string]error{
			"meta": errOf(r.Meta("x")), "community": errOf(r.Community("x")), "name": errOf(r.CommunityByName("x")),
			"user": errOf(r.User("x")), "email": errOf(r.UserID("x")), "session": errOf(r.Session("x")),
			"reply": errOf(r.Reply("x", mfa.ReplyPeriods{}, at(0))), "token": errOf(r.Token("x")), "token's id": errOf(r.TokenByID("x")),
		} {
			if !errors.Is(err, mfa.NotFound) {
				s.Errorf("%s: %s", name, describe(err))
			}
		}
		return nil
	})
	s.update(func(tx mfa.Tx) error {
		s.code(errOf(tx.LockUser("x")), mfa.NotFound)
		s.code(tx.DeleteFactor("x"), mfa.NotFound)
		s.code(tx.DeleteSession("x"), mfa.NotFound)
		s.code(tx.DeleteToken("x"), mfa.NotFound)
		return nil
	})
}

func errOf[T any](_ T, err error) error { return err }

func idTaken(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	s.update(func(tx mfa.Tx) error {
		return first(tx.PutFactor(&mfa.Factor{ID: "f1", UserID: "u1", Label: "a"}), tx.PutSession(&mfa.Session{Hash: "h", UserID: "u1"}),
			tx.PutToken(&mfa.Token{Hash: "h", ID: "t1", UserID: "u1", Name: "a"}))
	})
	for _, k := range []mfa.Token{{Hash: "h", ID: "t2", UserID: "u1", Name: "b"}, {Hash: "i", ID: "t1", UserID: "u1", Name: "b"}} {
		s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutToken(&k) })
	}
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutCommunity(&mfa.Community{ID: "c1", Name: "x"}) })
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		return tx.PutUser(&mfa.User{ID: "u1", CommunityID: "c1", Email: "x"})
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		return tx.PutFactor(&mfa.Factor{ID: "f1", UserID: "u1", Label: "b"})
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutSession(&mfa.Session{Hash: "h", UserID: "u1"}) })
}

func staleRev(s *storeTest) {
	s.community()
	u := s.user("u1", "a@acme.example")
	stale := u
	s.update(func(tx mfa.Tx) error {
		u.Role, u.Rev = mfa.RoleAdmin, 1
		return tx.PutUser(&u)
	})
	stale.Role = mfa.RoleOperator
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutUser(&stale) })
	s.same(stale.Rev, int64(1))
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		return tx.PutFactor(&mfa.Factor{ID: "none", UserID: "u1", Rev: 1})
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		return tx.PutSession(&mfa.Session{Hash: "none", UserID: "u1", Rev: 1})
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutToken(&mfa.Token{Hash: "none", UserID: "u1", Rev: 1}) })
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutCommunity(&mfa.Community{ID: "c1", Name: "x", Rev: 2}) })
	s.view(func(r mfa.Reader) error {
		got(s, u)(r.User("u1"))
		return nil
	})
}

func uniqueNames(s *storeTest) {
	s.community()
	a, b := s.user("u1", "a@acme.example"), s.user("u2", "b@acme.example")
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		return tx.PutUser(&mfa.User{ID: "u3", CommunityID: "c1", Email: a.Email})
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		b.Email = a.Email
		return tx.PutUser(&b)
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutCommunity(&mfa.Community{ID: "c2", Name: "Acme"}) })
	s.update(func(tx mfa.Tx) error { return tx.PutCommunity(&mfa.Community{ID: "c2", Name: "acme"}) })
}

func uniqueLabel(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	s.user("u2", "b@acme.example")
	f := mfa.Factor{ID: "f2", UserID: "u1", Kind: mfa.KindHOTP, Label: "key"}
	s.update(func(tx mfa.Tx) error {
		f.Rev = 0
		return first(tx.PutFactor(&mfa.Factor{ID: "f1", UserID: "u1", Kind: mfa.KindTOTP, Label: "phone"}), tx.PutFactor(&f),
			tx.PutFactor(&mfa.Factor{ID: "f3", UserID: "u2", Kind: mfa.KindTOTP, Label: "phone"}),
			tx.PutFactor(&mfa.Factor{ID: "f4", UserID: "u1", Kind: mfa.KindBackup, Label: "phone"}),
			tx.PutFactor(&mfa.Factor{ID: "f5", UserID: "u1", Kind: mfa.KindRecovery, Label: "phone"}))
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		return tx.PutFactor(&mfa.Factor{ID: "f6", UserID: "u1", Kind: mfa.KindHOTP, Label: "phone"})
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error {
		f.Label = "phone"
		return tx.PutFactor(&f)
	})
}

func oneOfAKind(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	s.user("u2", "b@acme.example")
	put := func(id, user string, k mfa.Kind, st mfa.FactorStatus) func(mfa.Tx) error {
		return func(tx mfa.Tx) error {
			return tx.PutFactor(&mfa.Factor{ID: id, UserID: user, Kind: k, Label: id, Status: st})
		}
	}
	s.update(put("r1", "u1", mfa.KindRecovery, mfa.FactorActive))
	s.update(put("r2", "u2", mfa.KindRecovery, mfa.FactorActive))
	s.refused(mfa.Conflict, put("r3", "u1", mfa.KindRecovery, mfa.FactorDisabled))
	s.update(put("s1", "u1", mfa.KindSetPassword, mfa.FactorActive))
	s.refused(mfa.Conflict, put("s2", "u1", mfa.KindSetPassword, mfa.FactorActive))
	s.update(put("p1", "u1", mfa.KindTOTP, mfa.FactorPending))
	s.refused(mfa.Conflict, put("p2", "u1", mfa.KindHOTP, mfa.FactorPending))
	s.update(put("a1", "u1", mfa.KindTOTP, mfa.FactorActive))
	s.update(put("a2", "u1", mfa.KindTOTP, mfa.FactorActive))
	s.update(func(tx mfa.Tx) error {
		return first(tx.DeleteFactor("r1"), put("r4", "u1", mfa.KindRecovery, mfa.FactorActive)(tx))
	})
}

func oneTokenOfAName(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	s.user("u2", "b@acme.example")
	old := mfa.Token{Hash: "h1", ID: "t1", UserID: "u1", Name: "deploy"}
	next := func(tx mfa.Tx) error {
		return tx.PutToken(&mfa.Token{Hash: "h2", ID: "t2", UserID: "u1", Name: "deploy"})
	}
	s.update(func(tx mfa.Tx) error {
		old.Rev = 0
		return first(tx.PutToken(&old), tx.PutToken(&mfa.Token{Hash: "h3", ID: "t3", UserID: "u2", Name: "deploy"}))
	})
	s.refused(mfa.Conflict, next)
	s.update(func(tx mfa.Tx) error {
		old.Successor, old.Rev = "t2", 1
		return first(tx.PutToken(&old), next(tx))
	})
}

func dangling(s *storeTest) {
	s.community()
	s.refused(mfa.NotFound, func(tx mfa.Tx) error { return tx.PutUser(&mfa.User{ID: "u1", CommunityID: "c9", Email: "a"}) })
	s.refused(mfa.NotFound, func(tx mfa.Tx) error { return tx.PutFactor(&mfa.Factor{ID: "f1", UserID: "u9"}) })
	s.refused(mfa.NotFound, func(tx mfa.Tx) error { return tx.PutSession(&mfa.Session{Hash: "h", UserID: "u9"}) })
	s.refused(mfa.NotFound, func(tx mfa.Tx) error { return tx.PutToken(&mfa.Token{Hash: "h", UserID: "u9"}) })
}

// conflictGoesOn commits after a conflict: a refusal is a fact that is committed, and a
// conflict may be one.
func conflictGoesOn(s *storeTest) {
	s.community()
	b := s.user("u2", "b@acme.example")
	s.user("u1", "a@acme.example")
	s.update(func(tx mfa.Tx) error {
		s.code(tx.PutUser(&mfa.User{ID: "u3", CommunityID: "c1", Email: "a@acme.example"}), mfa.Conflict)
		b.Email = "a@acme.example"
		s.code(tx.PutUser(&b), mfa.Conflict)
		return tx.AppendEvent(mfa.Event{Seq: 1, Action: mfa.ActUserCreate, Outcome: mfa.OutcomeRefused})
	})
	s.view(func(r mfa.Reader) error {
		events, err := r.Events(mfa.EventQuery{})
		s.same(len(events), 1)
		return err
	})
}

// keepReply: of two calls under one name in one period one loses, and what is found was
// kept in one of the periods asked for, late enough.
func keepReply(s *storeTest) {
	first := mfa.Reply{Period: 3, Name: "h", Sealed: []byte{1}, At: at(1)}
	s.update(func(tx mfa.Tx) error { return tx.PutReply(first) })
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.PutReply(mfa.Reply{Period: 3, Name: "h", At: at(2)}) })
	next := mfa.Reply{Period: 4, Name: "h", Sealed: []byte{3}, At: at(3)}
	s.view(func(r mfa.Reader) error {
		for i := range 5 {
			var in mfa.ReplyPeriods
			in[i] = 3
			got(s, first)(r.Reply("h", in, at(0)))
		}
		s.code(errOf(r.Reply("h", mfa.ReplyPeriods{3}, at(1))), mfa.NotFound)
		s.code(errOf(r.Reply("h", mfa.ReplyPeriods{2, 4}, at(0))), mfa.NotFound)
		s.code(errOf(r.Reply("g", mfa.ReplyPeriods{3}, at(0))), mfa.NotFound)
		return nil
	})
	s.update(func(tx mfa.Tx) error { return tx.PutReply(next) })
	s.view(func(r mfa.Reader) error {
		got(s, next)(r.Reply("h", mfa.ReplyPeriods{3, 4}, at(1)))
		return nil
	})
	s.update(func(tx mfa.Tx) error { return tx.DeleteReply("h", mfa.ReplyPeriods{2, 4}) })
	s.view(func(r mfa.Reader) error {
		s.code(errOf(r.Reply("h", mfa.ReplyPeriods{4}, at(0))), mfa.NotFound)
		got(s, first)(r.Reply("h", mfa.ReplyPeriods{3, 4}, at(0)))
		return nil
	})
}

func replaced(s *storeTest) {
	n := fullNotice()
	n.SentAt = at(0)
	s.update(func(tx mfa.Tx) error { return first(tx.PutNotice(fullNotice()), tx.SetMeta("m", "1")) })
	s.update(func(tx mfa.Tx) error { return first(tx.PutNotice(n), tx.SetMeta("m", "2")) })
	s.view(func(r mfa.Reader) error {
		got(s, []mfa.Notice{n})(r.Notices(mfa.NoticeQuery{}))
		got(s, "2")(r.Meta("m"))
		return nil
	})
}

func hostileText(s *storeTest) {
	for _, text := range []string{`'; DROP TABLE users; --`, `"x" OR 1=1`, "a\r\nb\t\x1b[2J", "\u202eabc\ufffd", "$1 ?1 :a @b", `\ufffd\u0000`} {
		e := mfa.Event{Seq: 1, Reason: text, TargetID: text, From: mfa.Provenance{Claimed: text}}
		s.update(func(tx mfa.Tx) error {
			seq, err := tx.NextSeq()
			e.Seq = seq
			return first(err, tx.SetMeta(text, text), tx.AppendEvent(e))
		})
		s.view(func(r mfa.Reader) error {
			got(s, text)(r.Meta(text))
			got(s, []mfa.Event{e})(r.Events(mfa.EventQuery{TargetID: text}))
			return nil
		})
	}
	for _, text := range []string{"a\x00b", "a\xffb"} {
		s.refused(mfa.Internal, func(tx mfa.Tx) error { return tx.SetMeta("m", text) })
	}
	s.refused(mfa.Internal, func(tx mfa.Tx) error {
		seq, err := tx.NextSeq()
		return first(err, tx.AppendEvent(mfa.Event{Seq: seq, From: mfa.Provenance{Claimed: "a\xffb"}}))
	})
}
