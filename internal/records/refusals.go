package records

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Refusals are the refusals before sign-in in one minute, by the network they came from.
type Refusals struct {
	Minute time.Time          `json:"minute,omitzero"`
	By     map[string]Refused `json:"by,omitempty"`
}

// Refused counts the refusals of one network.
type Refused struct {
	Told int `json:"told"`           // with an event of their own
	More int `json:"more,omitempty"` // with one event for all of them, when the minute is over
}

// refusalsRecord are the counts as they are signed.
type refusalsRecord struct {
	Text string `signed:"Text"`
	MAC  []byte `signed:"-"`
}

// keptRefusals are the counts as they are kept.
type keptRefusals struct {
	Counts string `json:"counts"`
	MAC    string `json:"mac"`
}

// Refusals reads the counts. They are signed: events are written by them.
func (r *Reader) Refusals() (c Refusals, _ error) {
	text, err := r.raw.Meta(mfa.MetaRefusals)
	if err != nil {
		return c, mfa.Missing(err, nil)
	}
	var kept keptRefusals
	mac, bad := []byte(nil), json.Unmarshal([]byte(text), &kept)
	if bad == nil {
		mac, bad = hex.DecodeString(kept.MAC)
	}
	if bad == nil {
		bad = r.verify(sortRefusals, mfa.MetaRefusals, "the counts of refusals", refusalsRecord{Text: kept.Counts}, mac, nil)
	}
	if bad == nil {
		bad = json.Unmarshal([]byte(kept.Counts), &c)
	}
	if bad != nil {
		return Refusals{}, unreadableRecord(mfa.Errorf(mfa.Damaged, "the counts of refusals cannot be read").WithCause(bad),
			sortRefusals, mfa.MetaRefusals, "the counts of", "refusals")
	}
	return c, nil
}

// PutRefusals writes the counts.
func (w *RefusalWriter) PutRefusals(c Refusals) error {
	counts, err := json.Marshal(c)
	if err != nil {
		return mfa.Fault(err)
	}
	text, err := json.Marshal(keptRefusals{string(counts), hex.EncodeToString(w.sign(sortRefusals, refusalsRecord{Text: string(counts)}))})
	if err != nil {
		return mfa.Fault(err)
	}
	return w.tx.SetMeta(mfa.MetaRefusals, string(text))
}
