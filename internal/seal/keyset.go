package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
)

// Every key is 256 bits long.
const keySize = 32

// Names of Tink's key types.
const (
	typeAEAD = "type.googleapis.com/google.crypto.tink.AesGcmKey"
	typeMAC  = "type.googleapis.com/google.crypto.tink.HmacKey"
)

// The protocol buffers of the two key types, up to the key itself: field 3, 32
// bytes; for HMAC before it the parameters SHA-256 and a 32-byte tag.
var (
	headAEAD = []byte{0x1a, keySize}
	headMAC  = []byte{0x12, 4, 0x08, 3, 0x10, 32, 0x1a, keySize}
)

// keyset is an ordered set of keys of one type, one of which is primary: new
// values use it, old ones name theirs.
type keyset struct {
	primary uint32
	keys    map[uint32][]byte
	order   []uint32
}

// add draws a fresh key and makes it primary.
func (k *keyset) add() {
	if k.keys == nil {
		k.keys = map[uint32][]byte{}
	}
	var b [4]byte
	id := uint32(0)
	for id == 0 || k.keys[id] != nil {
		_, _ = rand.Read(b[:]) // never fails since Go 1.24
		id = binary.BigEndian.Uint32(b[:])
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	k.keys[id], k.primary, k.order = key, id, append(k.order, id)
}

// tinkKeyset is the JSON of a Tink keyset in clear.
type tinkKeyset struct {
	Primary uint32    `json:"primaryKeyId"`
	Keys    []tinkKey `json:"key"`
}

type tinkKey struct {
	Data   tinkData `json:"keyData"`
	Status string   `json:"status"`
	ID     uint32   `json:"keyId"`
	Prefix string   `json:"outputPrefixType"`
}

type tinkData struct {
	Type     string `json:"typeUrl"`
	Value    []byte `json:"value"`
	Material string `json:"keyMaterialType"`
}

func (k *keyset) tink(kind string, head []byte) tinkKeyset {
	out := tinkKeyset{Primary: k.primary}
	for _, id := range k.order {
		out.Keys = append(out.Keys, tinkKey{
			Data:   tinkData{Type: kind, Value: append(bytes.Clone(head), k.keys[id]...), Material: "SYMMETRIC"},
			Status: "ENABLED", ID: id, Prefix: "TINK",
		})
	}
	return out
}

var errKeyset = errors.New("not a keyset of ours")

// read takes exactly what tink writes: nothing unknown, nothing disabled,
// nothing twice.
func (k *keyset) read(t tinkKeyset, kind string, head []byte) error {
	k.keys = map[uint32][]byte{}
	for _, key := range t.Keys {
		value, ok := bytes.CutPrefix(key.Data.Value, head)
		sound := key.Data.Type == kind && key.Data.Material == "SYMMETRIC" && key.Status == "ENABLED" &&
			key.Prefix == "TINK" && key.ID != 0
		if !ok || len(value) != keySize || !sound || k.keys[key.ID] != nil {
			return errKeyset
		}
		k.keys[key.ID] = value
		k.order = append(k.order, key.ID)
	}
	if k.keys[t.Primary] == nil {
		return errKeyset
	}
	k.primary = t.Primary
	return nil
}

// strict decodes one JSON value that has no unknown fields and nothing after
// it.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errKeyset // the decoder's words may quote the input
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errKeyset
	}
	return nil
}

// prefix is Tink's wire prefix: a version byte and the key's id.
func prefix(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{1}, id) }

// split takes the prefix off a value.
func split(value []byte) (id uint32, rest []byte, ok bool) {
	if len(value) < 5 || value[0] != 1 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint32(value[1:5]), value[5:], true
}
