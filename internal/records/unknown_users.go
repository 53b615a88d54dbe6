package records

import (
	"encoding/json"
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

// unknownUserName is the name of a counter in the store. It keeps the word of the first schema.
func unknownUserName(counter uint32) string { return fmt.Sprintf("stranger_%04d", counter) }

// UnknownUser reads one of the counters that addresses of no account share. It carries no MAC,
// and one that cannot be read counts as zero, since it protects no account.
func (r *Reader) UnknownUser(counter uint32) (a mfa.Attempts, _ error) {
	text, err := r.raw.Meta(unknownUserName(counter))
	if err != nil {
		return a, mfa.Missing(err, nil)
	}
	if json.Unmarshal([]byte(text), &a) != nil {
		return mfa.Attempts{}, nil
	}
	return a, nil
}

// PutUnknownUser writes one of the counters that addresses of no account share.
func (w *RefusalWriter) PutUnknownUser(counter uint32, a mfa.Attempts) error {
	text, err := json.Marshal(a)
	if err != nil {
		return mfa.Fault(err)
	}
	return w.tx.SetMeta(unknownUserName(counter), string(text))
}
