package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The wire format of Tink: https://developers.google.com/tink/wire-format.
const (
	keySize    = 32          // bytes of every key: AES-256 and HMAC-SHA-256
	tinkPrefix = 0x01        // output prefix type TINK, followed by the key id, big-endian
	prefixSize = 1 + 4       // bytes
	statusOn   = "ENABLED"   // the only status of a key that we write or take
	material   = "SYMMETRIC" // key material type of both key types
	prefixType = "TINK"
)

// comment stands in each key file, for a person who finds one.
const comment = "mfactl key file. Whoever has this file and the store can read every secret in the store; " +
	"without it the store is lost. Keep a copy apart from the store's backups."

// key is one key of a keyset.
type key struct {
	id    uint32
	bytes [keySize]byte
	macs  *sync.Pool // of HMACs under the key: most that a request does is to make and check MACs
}

func newKey(id uint32, value []byte) key {
	k := key{id: id, macs: &sync.Pool{New: func() any { return hmac.New(sha256.New, value) }}}
	copy(k.bytes[:], value)
	return k
}

// prefix is what stands in front of everything made under the key.
func (k key) prefix() []byte {
	return binary.BigEndian.AppendUint32([]byte{tinkPrefix}, k.id)
}

// keyset is the keys of one use.
type keyset struct {
	use     Use
	primary uint32
	keys    []key
}

// add draws a key and makes it the primary one. The slice is copied, so that a
// keyring that shares it stays as it is.
func (s *keyset) add(id uint32) {
	value := make([]byte, keySize)
	_, _ = rand.Read(value) // never fails: the program ends if there is no randomness
	s.keys = append(slices.Clone(s.keys), newKey(id, value))
	s.primary = id
}

// find returns the key of an id.
func (s keyset) find(id uint32) (key, bool) {
	for _, k := range s.keys {
		if k.id == id {
			return k, true
		}
	}
	return key{}, false
}

// first returns the primary key. New and Parse see to it that there is one.
func (s keyset) first() key {
	k, ok := s.find(s.primary)
	if !ok {
		panic("seal: keyring without keys; take one from New or Parse")
	}
	return k
}

// keyType is what Tink says of a key: the name of its protocol buffer, and the
// bytes of that buffer in front of the key itself. Tink writes fields in order
// and leaves out zeros, so these bytes are always the same.
type keyType struct{ url, head string }

func (u Use) keyType() keyType {
	if u == UseMAC {
		// HmacKey{params: {hash: SHA256, tag_size: 32}, key_value: 32 bytes}
		return keyType{"type.googleapis.com/google.crypto.tink.HmacKey", "\x12\x04\x08\x03\x10\x20\x1a\x20"}
	}
	// AesGcmKey{key_value: 32 bytes}
	return keyType{"type.googleapis.com/google.crypto.tink.AesGcmKey", "\x1a\x20"}
}

// fileJSON is a key file. Sum is the hexadecimal SHA-256 of the two keysets as
// we write them: a flipped bit in a key would otherwise give another good key.
type fileJSON struct {
	Comment string     `json:"comment"`
	AEAD    keysetJSON `json:"aead"`
	MAC     keysetJSON `json:"mac"`
	Sum     string     `json:"sha256"`
}

// keysetJSON is a cleartext keyset in Tink's JSON format.
type keysetJSON struct {
	PrimaryKeyID uint32    `json:"primaryKeyId"`
	Key          []keyJSON `json:"key"`
}

type keyJSON struct {
	KeyData          keyDataJSON `json:"keyData"`
	Status           string      `json:"status"`
	KeyID            uint32      `json:"keyId"`
	OutputPrefixType string      `json:"outputPrefixType"`
}

type keyDataJSON struct {
	TypeURL         string `json:"typeUrl"`
	Value           string `json:"value"` // base64 of the protocol buffer
	KeyMaterialType string `json:"keyMaterialType"`
}

// Marshal returns the text of the key file: a JSON object with a comment, the
// two Tink keysets and a checksum. It is the one way a key leaves a Keyring;
// the caller answers for where it goes.
func (k *Keyring) Marshal() []byte {
	f := fileJSON{Comment: comment, AEAD: k.held().aead.json(), MAC: k.held().mac.json()}
	f.Sum = f.sum()
	return append(must(json.MarshalIndent(f, "", "  ")), '\n') // strings and numbers always marshal
}

// Parse reads the text of a key file. It takes what [Keyring.Marshal] writes
// and nothing else; any fault is mfa.Damaged and names no key material.
func Parse(file []byte) (*Keyring, error) {
	var f fileJSON
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	// The decoder's own error may quote the text, so it is not passed on.
	if err := d.Decode(&f); err != nil {
		return nil, keyFileFault("it is no JSON object of the right form")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, keyFileFault("something follows the JSON object")
	}
	aead, err := f.AEAD.keyset(UseAEAD)
	if err != nil {
		return nil, err
	}
	mac, err := f.MAC.keyset(UseMAC)
	if err != nil {
		return nil, err
	}
	if f.Sum != f.sum() {
		return nil, keyFileFault("its checksum does not match")
	}
	return ring(sets{aead: aead, mac: mac}), nil
}

// keyFileFault is the error of a key file that cannot be used.
func keyFileFault(format string, args ...any) *mfa.Error {
	return mfa.Errorf(mfa.Damaged, "the key file is damaged: "+format, args...).
		WithHint("restore the copy of the key file; nothing was changed").WithDetail("key.file")
}

// sum is the checksum of the keysets. It is taken over what was read, written
// again, so that order, spacing and repeated names do not matter to it.
func (f fileJSON) sum() string {
	sum := sha256.Sum256(must(json.Marshal([]keysetJSON{f.AEAD, f.MAC}))) // strings and numbers always marshal
	return hex.EncodeToString(sum[:])
}

// json returns the keyset in Tink's form.
func (s keyset) json() keysetJSON {
	t := s.use.keyType()
	j := keysetJSON{PrimaryKeyID: s.primary}
	for _, k := range s.keys {
		value := append([]byte(t.head), k.bytes[:]...)
		j.Key = append(j.Key, keyJSON{
			KeyData: keyDataJSON{
				TypeURL:         t.url,
				Value:           base64.StdEncoding.EncodeToString(value),
				KeyMaterialType: material,
			},
			Status:           statusOn,
			KeyID:            k.id,
			OutputPrefixType: prefixType,
		})
	}
	return j
}

// keyset reads a keyset from Tink's form. Keys of another type, size, hash,
// status or prefix are refused rather than ignored: a key that is silently
// left out is a store that silently does not open.
func (j keysetJSON) keyset(use Use) (keyset, error) {
	s := keyset{use: use, primary: j.PrimaryKeyID}
	for i, kj := range j.Key {
		k, fault := kj.key(use.keyType())
		if fault != "" {
			return keyset{}, keyFileFault("key %d of %q %s", i+1, string(use), fault)
		}
		if _, twice := s.find(k.id); twice {
			return keyset{}, keyFileFault("key %d of %q has the id of another", i+1, string(use))
		}
		s.keys = append(s.keys, k)
	}
	if _, ok := s.find(s.primary); !ok {
		return keyset{}, keyFileFault("%q has no primary key", string(use))
	}
	return s, nil
}

// key reads one key, or says what is wrong with it.
func (j keyJSON) key(t keyType) (_ key, fault string) {
	switch {
	case j.KeyData.TypeURL != t.url:
		return key{}, "is of another type"
	case j.KeyData.KeyMaterialType != material:
		return key{}, "is not symmetric"
	case j.Status != statusOn:
		return key{}, "is not enabled"
	case j.OutputPrefixType != prefixType:
		return key{}, "has another prefix type"
	case j.KeyID == 0:
		return key{}, "has no id"
	}
	value, err := base64.StdEncoding.Strict().DecodeString(j.KeyData.Value)
	if err != nil || len(value) != len(t.head)+keySize || string(value[:len(t.head)]) != t.head {
		return key{}, fmt.Sprintf("has no %d-byte key of the right parameters", keySize)
	}
	return newKey(j.KeyID, value[len(t.head):]), ""
}
