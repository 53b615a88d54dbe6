package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// MAC returns the tag of data under the primary key. The label keeps what was
// made for one purpose from passing for another.
func (k *Keyring) MAC(label string, data []byte) []byte {
	id := k.mac.primary
	return append(prefix(id), sum(k.mac.keys[id], labelled(label, data))...)
}

// VerifyMAC compares in constant time. Damaged if the tag is not the one MAC
// would have made, with the key it names.
func (k *Keyring) VerifyMAC(label string, data, mac []byte) error {
	id, tag, ok := split(mac)
	if !ok {
		return damaged("a MAC is malformed", nil)
	}
	key := k.mac.keys[id]
	if key == nil {
		return damaged("a MAC names a key that the key file does not have", nil)
	}
	if !hmac.Equal(tag, sum(key, labelled(label, data))) {
		return damaged("a MAC does not match", nil)
	}
	return nil
}

// Tagger makes and checks the tags that stand for look-up codes.
type Tagger struct {
	keys  *Keyring
	label string
}

// Tagger returns one for a purpose.
func (k *Keyring) Tagger(label string) Tagger { return Tagger{k, label} }

// Tag returns the keyed tag of data.
func (t Tagger) Tag(data []byte) []byte { return t.keys.MAC(t.label, data) }

// VerifyTag reports whether the tag is data's, in constant time.
func (t Tagger) VerifyTag(data, tag []byte) bool { return t.keys.VerifyMAC(t.label, data, tag) == nil }

func labelled(label string, data []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(len(label)))
	return append(append(out, label...), data...)
}

func sum(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write(data)
	return h.Sum(nil)
}
