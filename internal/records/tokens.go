package records

import (
	"fmt"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Token reads an API token by its hash.
func (r *Reader) Token(hash string) (mfa.Token, error) {
	k, err := r.raw.Token(hash)
	return one(k, err, func(k mfa.Token) error { return r.verifyToken(k, "a token") })
}

// TokenByID reads an API token by its id.
func (r *Reader) TokenByID(id string) (mfa.Token, error) {
	k, err := r.raw.TokenByID(id)
	return one(k, err, r.verifyListedToken)
}

// TokenNamed returns the token of an owner that has a name; NotFound if none has, or all were
// replaced. Damaged where the token that has the name does not verify.
func (r *Reader) TokenNamed(owner mfa.User, name string) (mfa.Token, error) {
	all, err := r.raw.Tokens(mfa.TokenQuery{UserID: owner.ID})
	if err != nil {
		return mfa.Token{}, unreadableRecord(err, sortToken, "", "a token of", owner.Email)
	}
	i := slices.IndexFunc(all, func(k mfa.Token) bool { return k.Name == name && k.Successor == "" })
	if i < 0 {
		return mfa.Token{}, &mfa.Error{Code: mfa.NotFound}
	}
	k := all[i]
	if err := r.verifyToken(k, fmt.Sprintf("token %q of %s, %s", k.Name, owner.Email, k.ID)); err != nil {
		return mfa.Token{}, err
	}
	return k, nil
}

// TokenNames returns the names that cannot be given to another token of an owner. A row that
// does not verify keeps its name all the same, since the database holds names apart.
func (r *Reader) TokenNames(ownerID string) (names []string, _ error) {
	all, err := r.raw.Tokens(mfa.TokenQuery{UserID: ownerID})
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names, err
}

// TokenRows returns every token of a user, oldest first.
func (r *Reader) TokenRows(userID string) (Rows[mfa.Token], error) {
	rows, err := r.raw.Tokens(mfa.TokenQuery{UserID: userID})
	return sorted(rows, err, r.verifyListedToken)
}

// TokensOfChain returns every token of the chain to which a token of an id belongs, oldest
// first.
func (r *Reader) TokensOfChain(id string) (rows Rows[mfa.Token], _ error) {
	chain := mfa.ChainOf(id)
	if chain == "" { // a query for it would find all tokens
		return rows, nil
	}
	all, err := r.raw.Tokens(mfa.TokenQuery{Chain: chain})
	return sorted(all, err, r.verifyListedToken)
}

// TokenPage reads tokens, oldest first, q.Limit at most.
func (r *Reader) TokenPage(q mfa.TokenQuery) (Page[mfa.Token], error) {
	return page(&q.Limit, func() ([]mfa.Token, error) { return r.raw.Tokens(q) }, r.verifyListedToken)
}

func (r *Reader) verifyListedToken(k mfa.Token) error { return r.verifyToken(k, "token "+k.ID) }

func (r *Reader) verifyToken(k mfa.Token, what string) error {
	return r.verify(sortToken, k.ID, what, k, k.MAC, k.Proof)
}

// TouchToken writes when a token was last used. One that has been removed stays removed.
func (w *RefusalWriter) TouchToken(hash string, at time.Time) error {
	k, err := w.Token(hash)
	if err != nil {
		return mfa.Missing(err, nil)
	}
	k = BoundedToken(k, at)
	k.LastUsedAt = at
	return w.putToken(&k)
}

// BoundedToken is a token as it is used at a time, see [BoundedSession].
func BoundedToken(k mfa.Token, now time.Time) mfa.Token {
	if Foretold(k.CreatedAt, now) {
		k.ExpiresAt = now.Add(k.ExpiresAt.Sub(k.CreatedAt))
		k.CreatedAt, k.LastUsedAt = now, time.Time{}
	}
	if Foretold(k.ChainStart, now) {
		k.ChainStart = now
	}
	return k
}

func (w *RefusalWriter) putToken(k *mfa.Token) error {
	return put(w, sortToken, k, &k.MAC, &k.Proof, w.tx.PutToken)
}

// PutToken writes a token; Conflict also if the owner has one of that name that was not
// replaced.
func (w *Writer) PutToken(k *mfa.Token) error {
	w.changed = true
	return w.putToken(k)
}

// DeleteTokens removes every token of a user, also those that do not verify.
func (w *Writer) DeleteTokens(userID string) error {
	all, err := w.raw.Tokens(mfa.TokenQuery{UserID: userID})
	if err != nil {
		return err
	}
	for _, k := range all {
		if err := w.DeleteToken(k.Hash); err != nil {
			return err
		}
	}
	return nil
}

// DeleteToken removes a token.
func (w *Writer) DeleteToken(hash string) error {
	w.changed = true
	return w.tx.DeleteToken(hash)
}
