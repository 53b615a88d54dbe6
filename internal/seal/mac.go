package seal

import (
	"crypto/hmac"
	"fmt"
	"hash"
)

// MAC returns a tag over data under the primary MAC key: HMAC-SHA-256 (RFC
// 2104), 37 bytes with prefix and key id. The label says what the data is
// ("users", "backup code"), so that a tag of one sort never passes for one of
// another; label and data are joined unambiguously. Joining the parts of data
// unambiguously is the caller's duty.
func (k *Keyring) MAC(label string, data []byte) []byte {
	first := k.held().mac.first()
	return append(first.prefix(), tag(first, label, data)...)
}

// VerifyMAC checks a tag of MAC under the key it names, in constant time. It
// returns mfa.Damaged if the tag does not belong to label and data, or if its
// key is not in the ring.
func (k *Keyring) VerifyMAC(label string, data, mac []byte) error {
	id, ok := KeyID(mac)
	if !ok {
		return damaged("mac.form", label, "a record was changed: its MAC has no key id")
	}
	key, ok := k.held().mac.find(id)
	if !ok {
		return damaged("mac.foreign_key", label,
			fmt.Sprintf("a record cannot be checked: its MAC key %d is not in the key file", id))
	}
	if !hmac.Equal(tag(key, label, data), mac[prefixSize:]) {
		return damaged("mac.mismatch", label, "a record was changed without the key: its MAC does not match")
	}
	return nil
}

// tag computes HMAC-SHA-256 over label and data.
func tag(k key, label string, data []byte) []byte {
	h := k.macs.Get().(hash.Hash)
	defer k.macs.Put(h)
	h.Reset()
	h.Write(appendPart(nil, label))
	h.Write(data)
	return h.Sum(nil)
}

// Tagger makes and checks tags of one label. It is what package factor asks
// for: look-up secrets are kept as tags under a key that is not in the database
// (NIST SP 800-63B §3.1.2.2).
type Tagger struct {
	ring  *Keyring
	label string
}

// Tagger returns the Tagger of a label.
func (k *Keyring) Tagger(label string) Tagger { return Tagger{ring: k, label: label} }

// Tag returns the tag of data, see [Keyring.MAC].
func (t Tagger) Tag(data []byte) []byte { return t.ring.MAC(t.label, data) }

// VerifyTag reports, in constant time, whether tag is the tag of data under the
// key that it names.
func (t Tagger) VerifyTag(data, tag []byte) bool {
	return t.ring.VerifyMAC(t.label, data, tag) == nil
}
