package ram

import (
	"cmp"
	"iter"

	"github.com/mfactl/mfactl/internal/mfa"
)

// each goes through copies of rows.
func each[T any](rows []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// EachCommunity walks through the communities by id.
func (t *tx) EachCommunity() iter.Seq2[mfa.Community, error] {
	return each(list(t, t.communities, 0, nil, func(a, b *mfa.Community) int { return cmp.Compare(a.ID, b.ID) }))
}

// EachUser walks through the users by id.
func (t *tx) EachUser() iter.Seq2[mfa.User, error] {
	return each(list(t, t.users, 0, nil, func(a, b *mfa.User) int { return cmp.Compare(a.ID, b.ID) }))
}

// EachUserOf walks through the users of a query by e-mail address.
func (t *tx) EachUserOf(q mfa.UserQuery) iter.Seq2[mfa.User, error] {
	q.Limit = 0 // says how many rows are read at a time
	return each(t.Users(q))
}

// EachToken walks through the tokens by id.
func (t *tx) EachToken() iter.Seq2[mfa.Token, error] {
	return each(list(t, t.tokens, 0, nil, func(a, b *mfa.Token) int { return cmp.Compare(a.ID, b.ID) }))
}

// EachRequest walks through the requests by id.
func (t *tx) EachRequest() iter.Seq2[mfa.Request, error] {
	return each(list(t, t.requests, 0, nil, func(a, b *mfa.Request) int { return cmp.Compare(a.ID, b.ID) }))
}

// EachFormerAccount walks through former accounts and addresses by id.
func (t *tx) EachFormerAccount() iter.Seq2[mfa.FormerAccount, error] {
	return each(list(t, t.formers, 0, nil, func(a, b *mfa.FormerAccount) int { return cmp.Compare(a.ID, b.ID) }))
}

// EachEvent walks through the events, oldest first.
func (t *tx) EachEvent() iter.Seq2[mfa.Event, error] {
	return each(list(t, t.events, 0, nil, func(a, b *mfa.Event) int { return cmp.Compare(a.Seq, b.Seq) }))
}

// EachNotice walks through the notices by id.
func (t *tx) EachNotice() iter.Seq2[mfa.Notice, error] {
	return each(list(t, t.notices, 0, nil, func(a, b *mfa.Notice) int { return cmp.Compare(a.ID, b.ID) }))
}
