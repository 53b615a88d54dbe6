package records

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// keyCopy is the memory that a key was copied, kept among the values of the
// store.
type keyCopy struct {
	KeyID uint32    `json:"key_id" signed:"KeyID"`
	At    time.Time `json:"at" signed:"At"`
	MAC   []byte    `json:"mac" signed:"-"`
}

func keyCopyName(key uint32) string { return "key_copy_" + strconv.FormatUint(uint64(key), 10) }

// KeyCopied reports whether the store remembers, by a record that verifies, that a key was
// copied.
func (r *Reader) KeyCopied(key uint32) bool {
	text, err := r.raw.Meta(keyCopyName(key))
	if err != nil {
		return false
	}
	var c keyCopy
	return json.Unmarshal([]byte(text), &c) == nil && c.KeyID == key &&
		r.verify(sortKeyCopy, keyCopyName(key), "a copy", c, c.MAC, nil) == nil
}

// PutKeyCopy remembers that a key was copied.
func (w *Writer) PutKeyCopy(key uint32, at time.Time) error {
	w.changed = true
	c := keyCopy{KeyID: key, At: at}
	c.MAC = w.sign(sortKeyCopy, c)
	text, err := json.Marshal(c)
	if err != nil {
		return mfa.Fault(err)
	}
	return w.tx.SetMeta(keyCopyName(key), string(text))
}
