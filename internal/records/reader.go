package records

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Reader reads the records of one transaction. What it returns was verified: a row that does
// not verify is an error of the code [mfa.Damaged], never a record and never "not there".
// What was verified is not verified again while the store remembers it, see [mfa.Proof].
type Reader struct {
	st       *Store
	raw      mfa.Reader
	tx       mfa.Tx // nil where the transaction only reads
	instance string
	lineages map[string]*Lineage
	held     map[string]mfa.User // users whose rows are held, as they were read or written last
	pending  mfa.Factor          // the pending factor that was read last
}

// Now is the store's clock, see [mfa.Reader].
func (r *Reader) Now() time.Time { return r.raw.Now() }

// Instance is the random id of the store, which is part of every seal.
func (r *Reader) Instance() string { return r.instance }

// verify checks the MAC of a record. Damaged, never "off": an attacker who writes the
// database without the key changes no decision.
func (r *Reader) verify(of sort, id, what string, record any, mac []byte, proof *mfa.Proof) error {
	if proof.Holds() {
		return nil
	}
	if err := r.st.keys.VerifyMAC(of.label, r.st.forms.canonical(r.instance, record), mac); err != nil {
		return mfa.Errorf(mfa.Damaged, "the record of %s does not verify", what).WithCause(&Damaged{of.name, id, err})
	}
	proof.Give()
	return nil
}

func (r *Reader) sign(of sort, record any) []byte {
	return r.st.keys.MAC(of.label, r.st.forms.canonical(r.instance, record))
}

// Sound verifies a record that [Store.Examine] read.
func (r *Reader) Sound(record any) bool {
	var err error
	switch x := record.(type) {
	case mfa.Community:
		err = r.verify(sortCommunity, x.ID, "", x, x.MAC, nil)
	case mfa.User:
		err = r.verify(sortUser, x.ID, "", x, x.MAC, nil)
	case mfa.Factor:
		err = r.verify(sortFactor, x.ID, "", x, x.MAC, nil)
	case mfa.Session:
		err = r.verify(sortSession, x.Hash, "", x, x.MAC, nil)
	case mfa.Token:
		err = r.verify(sortToken, x.ID, "", x, x.MAC, nil)
	case mfa.Request:
		err = r.verify(sortRequest, x.ID, "", x, x.MAC, nil)
	case mfa.FormerAccount:
		err = r.verify(sortFormer, x.ID, "", x, x.MAC, nil)
	case mfa.Event:
		err = r.verify(sortEvent, "", "", x, x.MAC, nil)
	case mfa.Notice:
		err = r.verify(sortNotice, x.ID, "", x, x.MAC, nil)
	default:
		return false
	}
	return err == nil
}
