package factor

import (
	"bytes"
	"encoding/json"

	"github.com/mfactl/mfactl/internal/mfa"
)

// decode reads a credential strictly: it is taken only if writing it again
// gives the same bytes. That one rule refuses unknown, missing, repeated and
// differently spelled fields, trailing data and loose base64, all of which
// encoding/json would forgive.
func decode[T any](kind mfa.Kind, c Cred) (T, error) {
	var v, none T
	err := json.Unmarshal(c, &v)
	again, failed := json.Marshal(v)
	if err != nil || failed != nil || !bytes.Equal(again, c) {
		return none, unreadable(kind, "it is not of the expected form")
	}
	return v, nil
}

// encode writes a credential in the one form that decode takes.
func encode[T any](v T) (Cred, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, mfa.Fault(err)
	}
	return b, nil
}

// unreadable is the answer that is neither yes nor no. It carries no cause,
// since what the decoder complains of may be a piece of the secret.
func unreadable(kind mfa.Kind, why string) error {
	return mfa.Errorf(mfa.Damaged, "the %s credential cannot be read: %s", kind, why)
}
