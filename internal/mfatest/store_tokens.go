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
