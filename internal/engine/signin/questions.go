package signin

import (
	"encoding/json"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// questions are the states that kinds need to judge the answers to what they asked, by the
// id of the factor. Most kinds ask for nothing that they must remember.
type questions map[string][]byte

// add remembers what a factor asked.
func (q questions) add(f mfa.Factor, state []byte) {
	if len(state) > 0 {
		q[f.ID] = state
	}
}

// putQuestions seals what was asked into the session that the answers belong to.
func putQuestions(a *act.Act, hash string, q questions) error {
	if len(q) == 0 {
		return nil
	}
	plain, err := json.Marshal(q)
	if err != nil {
		return mfa.Fault(err)
	}
	x, err := a.Read.Session(hash)
	if err != nil {
		return err
	}
	x.Asked = a.Runner.Keys.Seal(askedPlace(a, x), plain)
	a.Wrote(a.Write.PutSession(&x))
	return nil
}

// stateOf returns what a factor asked in the caller's session; nil if it asked nothing
// there, as with a code that comes without a challenge.
func stateOf(a *act.Act, f mfa.Factor) ([]byte, error) {
	if len(a.Session.Asked) == 0 || a.Session.UserID != f.UserID {
		return nil, nil
	}
	plain, err := a.Runner.Keys.Open(askedPlace(a, a.Session), a.Session.Asked)
	if err != nil {
		return nil, err
	}
	var q questions
	if err := json.Unmarshal(plain, &q); err != nil {
		return nil, mfa.Errorf(mfa.Damaged, "what a session asked cannot be read")
	}
	return q[f.ID], nil
}

// askedPlace is the one place where what a session asked may stand.
func askedPlace(a *act.Act, x mfa.Session) seal.Binding {
	return seal.Binding{Instance: a.Read.Instance(), Table: "sessions", Column: "asked", Row: x.Hash, User: x.UserID}
}
