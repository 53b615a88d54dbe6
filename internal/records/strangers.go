package records

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

func strangerName(place uint32) string { return fmt.Sprintf("stranger_%04d", place) }

// Stranger reads the counter that stands in a place, which names of no account share. It
// carries no MAC, and one that cannot be read is none: it guards nobody.
func (r *Reader) Stranger(place uint32) (a mfa.Attempts, _ error) {
	text, err := r.raw.Meta(strangerName(place))
	if errors.Is(err, mfa.NotFound) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	if json.Unmarshal([]byte(text), &a) != nil {
		return mfa.Attempts{}, nil
	}
	return a, nil
}

// PutStranger writes the counter that stands in a place.
func (w *RefusalWriter) PutStranger(place uint32, a mfa.Attempts) error {
	text, err := json.Marshal(a)
	if err != nil {
		return mfa.Fault(err)
	}
	return w.tx.SetMeta(strangerName(place), string(text))
}
