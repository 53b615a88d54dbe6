package mfatest

import (
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

func pageTokens(s *storeTest) {
	s.community()
	s.update(func(tx mfa.Tx) error {
		return first(tx.PutCommunity(&mfa.Community{ID: "c2", Name: "Other"}),
			tx.PutUser(&mfa.User{ID: "u1", CommunityID: "c1", Email: "a@acme.example"}),
			tx.PutUser(&mfa.User{ID: "u2", CommunityID: "c2", Email: "b@acme.example"}))
	})
	s.update(func(tx mfa.Tx) error {
		for i, id := range []string{"t4", "t2", "t1", "t3"} { // t4 and t1 are of the first user
			k := mfa.Token{Hash: fmt.Sprint("h", i), ID: id, UserID: fmt.Sprint("u", 1+i%2), Name: id, ExpiresAt: at(i + 1)}
			if err := tx.PutToken(&k); err != nil {
				return err
			}
		}
		return nil
	})
	tests := []struct {
		query mfa.TokenQuery
		want  []string
	}{
		{mfa.TokenQuery{}, []string{"t1", "t2", "t3", "t4"}},
		{mfa.TokenQuery{Limit: 2}, []string{"t1", "t2"}},
		{mfa.TokenQuery{After: "t2"}, []string{"t3", "t4"}},
		{mfa.TokenQuery{UserID: "u1"}, []string{"t1", "t4"}},
		{mfa.TokenQuery{CommunityIDs: []string{"c2"}}, []string{"t2", "t3"}},
		{mfa.TokenQuery{CommunityIDs: []string{"c2"}, UserID: "u1"}, nil},
		{mfa.TokenQuery{CommunityIDs: []string{}}, nil},
		{mfa.TokenQuery{Alive: at(2)}, []string{"t1", "t3"}},
		{mfa.TokenQuery{CommunityIDs: []string{"c1", "c2"}, UserID: "u1", Alive: at(0), After: "t1", Limit: 1}, []string{"t4"}},
	}
	const one, next, other = "01KKNTQJDG3WFBQ8BBPHGNNKKV", "01KKNTZZZZ3WFBQ8BBPHGNAAAA", "01KKNTQJDGT409WBW6C4DAC2B1"
	s.update(func(tx mfa.Tx) error {
		for _, id := range []string{one, next, other} {
			if err := tx.PutToken(&mfa.Token{Hash: id, ID: id, UserID: "u1", Name: id, ChainStart: at(3), ExpiresAt: at(9)}); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r mfa.Reader) error {
		chain, err := r.Tokens(mfa.TokenQuery{Chain: mfa.ChainOf(one)})
		s.same(pluck(chain, func(k mfa.Token) string { return k.ID }), []string{one, next})
		s.same(chain[0].ChainStart, at(3))
		return err
	})
	s.update(func(tx mfa.Tx) error { return first(tx.DeleteToken(one), tx.DeleteToken(next), tx.DeleteToken(other)) })
	s.view(func(r mfa.Reader) error {
		for _, tt := range tests {
			tokens, err := r.Tokens(tt.query)
			if err != nil {
				return err
			}
			s.same(pluck(tokens, func(k mfa.Token) string { return k.ID }), tt.want)
		}
		return nil
	})
}
