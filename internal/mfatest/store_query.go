package mfatest

import (
	"fmt"
	"iter"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func pageUsers(s *storeTest) {
	s.community()
	s.update(func(tx mfa.Tx) error {
		if err := tx.PutCommunity(&mfa.Community{ID: "c2", Name: "Other"}); err != nil {
			return err
		}
		for i, email := range []string{"é@x", "b@x", "a@x", "Z@x", "d@x", "c@x", "a_@x"} {
			u := mfa.User{ID: fmt.Sprint("u", i), CommunityID: fmt.Sprint("c", 1+i%2), Email: email}
			switch email {
			case "a@x":
				u.Role, u.Status = "desk", mfa.UserActive
			case "b@x":
				u.Role, u.Status = "desk", mfa.UserLocked
			case "c@x":
				u.Role, u.Status, u.Service = "desk", mfa.UserActive, true
			}
			if err := tx.PutUser(&u); err != nil {
				return err
			}
		}
		return nil
	})
	tests := []struct {
		query mfa.UserQuery
		want  []string
	}{
		{mfa.UserQuery{}, []string{"Z@x", "a@x", "a_@x", "b@x", "c@x", "d@x", "é@x"}},
		{mfa.UserQuery{Limit: 2}, []string{"Z@x", "a@x"}},
		{mfa.UserQuery{After: "a@x", Limit: 3}, []string{"a_@x", "b@x", "c@x"}},
		{mfa.UserQuery{After: "aa"}, []string{"b@x", "c@x", "d@x", "é@x"}},
		{mfa.UserQuery{After: "é@x"}, nil},
		{mfa.UserQuery{CommunityIDs: []string{"c2"}}, []string{"Z@x", "b@x", "c@x"}},
		{mfa.UserQuery{CommunityIDs: []string{"c2"}, After: "Z@x", Limit: 1}, []string{"b@x"}},
		{mfa.UserQuery{CommunityIDs: []string{"c1", "c2", "c3"}, Limit: 1}, []string{"Z@x"}},
		{mfa.UserQuery{CommunityIDs: []string{}}, nil},
		{mfa.UserQuery{Roles: []mfa.Role{"desk"}}, []string{"a@x", "b@x", "c@x"}},
		{mfa.UserQuery{Roles: []mfa.Role{"desk"}, CanSignIn: true}, []string{"a@x"}},
	}
	s.view(func(r mfa.Reader) error {
		for _, tt := range tests {
			users, err := r.Users(tt.query)
			if err != nil {
				return err
			}
			address := func(u mfa.User) string { return u.Email }
			s.same(pluck(users, address), tt.want)
			if tt.query.Limit == 0 {
				tt.query.Limit = 2 // the size of a page of the walk, which goes on to the end
				s.same(keys(s, r.EachUserOf(tt.query), address), tt.want)
			}
		}
		return nil
	})
}

func pageEvents(s *storeTest) {
	s.update(func(tx mfa.Tx) error {
		for i := 1; i <= 6; i++ {
			e := mfa.Event{
				Seq: int64(i), At: at(i), ActorID: fmt.Sprint("u", i%3), TargetID: fmt.Sprint("u", i%2),
				Action:  []mfa.Action{mfa.ActReset, mfa.ActEnable, mfa.ActDisable}[i%3],
				Outcome: []mfa.Outcome{mfa.OutcomeOK, mfa.OutcomeRefused}[i%2], CommunityID: fmt.Sprint("c", 1+i/4),
			}
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
	tests := []struct {
		query mfa.EventQuery
		want  []int64
	}{
		{mfa.EventQuery{}, []int64{6, 5, 4, 3, 2, 1}},
		{mfa.EventQuery{Limit: 2}, []int64{6, 5}},
		{mfa.EventQuery{Before: 5, Limit: 2}, []int64{4, 3}},
		{mfa.EventQuery{Before: 1}, nil},
		{mfa.EventQuery{ActorID: "u1"}, []int64{4, 1}},
		{mfa.EventQuery{TargetID: "u0", Before: 6}, []int64{4, 2}},
		{mfa.EventQuery{Actions: []mfa.Action{mfa.ActReset, mfa.ActEnable}}, []int64{6, 4, 3, 1}},
		{mfa.EventQuery{Actions: []mfa.Action{}}, []int64{6, 5, 4, 3, 2, 1}},
		{mfa.EventQuery{Outcome: mfa.OutcomeRefused}, []int64{5, 3, 1}},
		{mfa.EventQuery{CommunityIDs: []string{"c2"}, Limit: 2}, []int64{6, 5}},
		{mfa.EventQuery{CommunityIDs: []string{}}, nil},
		{mfa.EventQuery{Since: at(2), Until: at(5)}, []int64{4, 3, 2}},
		{mfa.EventQuery{
			CommunityIDs: []string{"c1", "c2"}, ActorID: "u0", TargetID: "u1", Actions: []mfa.Action{mfa.ActReset},
			Outcome: mfa.OutcomeRefused, Since: at(1), Until: at(9), Before: 6, Limit: 9,
		}, []int64{3}},
	}
	s.view(func(r mfa.Reader) error {
		for _, tt := range tests {
			events, err := r.Events(tt.query)
			if err != nil {
				return err
			}
			s.same(pluck(events, func(e mfa.Event) int64 { return e.Seq }), tt.want)
		}
		return nil
	})
}

func oldestFirst(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	s.user("u2", "b@acme.example")
	s.update(func(tx mfa.Tx) error {
		for i, id := range []string{"x3", "x1", "x2", "y1"} {
			user, created := []string{"u1", "u2"}[i/3], at(3-i)
			n := mfa.Notice{ID: id, UserID: user, CreatedAt: created}
			if i == 1 {
				n.SentAt = at(9)
			}
			if err := first(tx.PutNotice(n),
				tx.PutFactor(&mfa.Factor{ID: id, UserID: user, Label: id, CreatedAt: created}),
				tx.PutSession(&mfa.Session{Hash: id, UserID: user, CreatedAt: created})); err != nil {
				return err
			}
		}
		return nil
	})
	notices := func(r mfa.Reader, q mfa.NoticeQuery) []string {
		list, err := r.Notices(q)
		if err != nil {
			s.Error(describe(err))
		}
		return pluck(list, func(n mfa.Notice) string { return n.ID })
	}
	s.view(func(r mfa.Reader) error {
		s.same(notices(r, mfa.NoticeQuery{}), []string{"y1", "x2", "x1", "x3"})
		s.same(notices(r, mfa.NoticeQuery{UserID: "u1"}), []string{"x2", "x1", "x3"})
		s.same(notices(r, mfa.NoticeQuery{Unsent: true}), []string{"y1", "x2", "x3"})
		s.same(notices(r, mfa.NoticeQuery{UserID: "u1", Unsent: true, Limit: 1}), []string{"x2"})
		factors, err := r.Factors("u1")
		s.same(pluck(factors, func(f mfa.Factor) string { return f.ID }), []string{"x2", "x1", "x3"})
		sessions, err2 := r.Sessions("u1")
		s.same(pluck(sessions, func(v mfa.Session) string { return v.Hash }), []string{"x2", "x1", "x3"})
		return first(err, err2)
	})
}

func sweep(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	s.update(func(tx mfa.Tx) error {
		for hash, n := range map[string]int{"old": 4, "edge": 5, "new": 6} {
			if err := first(tx.PutSession(&mfa.Session{Hash: hash, UserID: "u1", ExpiresAt: at(n)}),
				tx.PutToken(&mfa.Token{Hash: hash, ID: hash, UserID: "u1", Name: hash, ExpiresAt: at(n)})); err != nil {
				return err
			}
		}
		return first(tx.PutSession(&mfa.Session{Hash: "ever", UserID: "u1"}),
			tx.PutToken(&mfa.Token{Hash: "ever", ID: "ever", UserID: "u1", Name: "ever"}))
	})
	s.update(func(tx mfa.Tx) error { return tx.Sweep(at(5)) })
	s.view(func(r mfa.Reader) error {
		for _, hash := range []string{"edge", "new", "ever"} {
			if err := first(errOf(r.Session(hash)), errOf(r.Token(hash))); err != nil {
				s.Errorf("%s is gone: %s", hash, describe(err))
			}
		}
		s.code(errOf(r.Session("old")), mfa.NotFound)
		s.code(errOf(r.Token("old")), mfa.NotFound)
		return nil
	})
}

// sweepFormer: a sweep looks at so many of the oldest, and takes those from before a time.
func sweepFormer(s *storeTest) {
	s.update(func(tx mfa.Tx) error {
		for _, id := range []string{"g3", "g1", "g4", "g2"} { // in no order
			n := int(id[1] - '0')
			if err := tx.PutFormerAccount(&mfa.FormerAccount{ID: id, AccountID: "u1", Email: id, At: at(n), MAC: []byte{1}}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		before, most, left int
	}{{1, 9, 4}, {9, 1, 3}, {3, 9, 2}, {4, 2, 1}} {
		s.update(func(tx mfa.Tx) error { return tx.SweepFormerAccounts(at(c.before), c.most) })
		s.view(func(r mfa.Reader) error {
			rows, err := r.FormerAccounts(mfa.FormerQuery{AccountID: "u1"})
			s.same(len(rows), c.left)
			return err
		})
	}
}

// sweepReplies: a sweep takes as many of the oldest as it may, and those that follow a
// name in the period of which only the beginning is over.
func sweepReplies(s *storeTest) {
	oldest := at(0)
	name := func(period, i int) string { return fmt.Sprintf("%d-%02d", period, i) }
	s.update(func(tx mfa.Tx) error {
		for _, period := range []int{2, 0, 1} { // in no order
			for i := range 10 {
				kept := oldest.Add(time.Duration(period) * mfa.ReplyTTL)
				if err := tx.PutReply(mfa.Reply{Period: mfa.ReplyPeriod(kept), Name: name(period, i), At: kept}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	left := func() (n [3]int) {
		s.view(func(r mfa.Reader) error {
			for period := range n {
				for i := range 10 {
					in := mfa.ReplyPeriods{mfa.ReplyPeriod(oldest) + int64(period)}
					if _, err := r.Reply(name(period, i), in, time.Time{}); err == nil {
						n[period]++
					}
				}
			}
			return nil
		})
		return n
	}
	sweep := func(before time.Time, beside string, most int) (n int) {
		s.update(func(tx mfa.Tx) (err error) {
			n, err = tx.SweepReplies(before, beside, most)
			return err
		})
		return n
	}
	s.same(sweep(oldest.Add(-time.Microsecond), "", 100), 0)
	last := oldest.Add(2*mfa.ReplyTTL - time.Microsecond) // of the second period
	s.same(sweep(last, "", 4), 14)                        // four of the first period, and all that stand beside of the second
	s.same(left(), [3]int{6, 0, 10})
	s.same(sweep(last, "", 100), 6)
	s.same(sweep(oldest.Add(2*mfa.ReplyTTL), name(2, 4), 100), 5)
	s.same(left(), [3]int{0, 0, 5})
	s.same(sweep(oldest.Add(2*mfa.ReplyTTL-time.Microsecond), "", 100), 0)
	s.same(left(), [3]int{0, 0, 5})
}

func walks(s *storeTest) {
	s.community()
	for _, id := range []string{"u2", "u3", "u1"} {
		s.user(id, "of-"+id+"@acme.example")
	}
	s.update(func(tx mfa.Tx) error {
		return first(tx.PutCommunity(&mfa.Community{ID: "c0", Name: "Zeta"}),
			tx.PutRequest(&mfa.Request{ID: "b"}), tx.PutRequest(&mfa.Request{ID: "a"}),
			tx.AppendEvent(mfa.Event{Seq: 1}), tx.AppendEvent(mfa.Event{Seq: 2}),
			tx.PutToken(&mfa.Token{Hash: "g", ID: "t2", UserID: "u2", Name: "b"}), tx.PutToken(&mfa.Token{Hash: "h", ID: "t1", UserID: "u2", Name: "a"}), tx.PutFactor(&mfa.Factor{ID: "f2", UserID: "u2"}))
	})
	s.view(func(r mfa.Reader) error {
		var factors []string
		for u, err := range r.EachUser() {
			rows, err2 := r.Factors(u.ID)
			if err := first(err, err2); err != nil {
				return err
			}
			factors = append(factors, u.ID)
			factors = append(factors, pluck(rows, func(f mfa.Factor) string { return f.ID })...)
		}
		s.same(factors, []string{"u1", "u2", "f2", "u3"})
		s.same(keys(s, r.EachCommunity(), func(c mfa.Community) string { return c.ID }), []string{"c0", "c1"})
		s.same(keys(s, r.EachToken(), func(k mfa.Token) string { return k.ID }), []string{"t1", "t2"})
		s.same(keys(s, r.EachRequest(), func(a mfa.Request) string { return a.ID }), []string{"a", "b"})
		s.same(keys(s, r.EachEvent(), func(e mfa.Event) int64 { return e.Seq }), []int64{1, 2})
		return nil
	})
}

// keys walks through all rows of a sort.
func keys[T, K any](s *storeTest, rows iter.Seq2[T, error], key func(T) K) (out []K) {
	s.Helper()
	for row, err := range rows {
		if err != nil {
			s.Error(describe(err))
		}
		out = append(out, key(row))
	}
	return out
}
