package seal_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/mfactl/mfactl/internal/seal"
)

// tinkKeyring is the same keys in Tink's hands.
type tinkKeyring struct {
	aead tink.AEAD
	mac  tink.MAC
}

// toTink lets Tink read our key file.
func toTink(t *testing.T, file []byte) tinkKeyring {
	t.Helper()
	var f struct{ AEAD, MAC json.RawMessage }
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	handle := func(text []byte) *keyset.Handle {
		h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	return tinkPrimitives(t, handle(f.AEAD), handle(f.MAC))
}

func tinkPrimitives(t *testing.T, a, m *keyset.Handle) tinkKeyring {
	t.Helper()
	var k tinkKeyring
	var err error
	if k.aead, err = aead.New(a); err != nil {
		t.Fatal(err)
	}
	if k.mac, err = mac.New(m); err != nil {
		t.Fatal(err)
	}
	return k
}

// fromTink makes a key file of keysets that Tink drew and wrote, with two keys each.
func fromTink(t *testing.T) (file []byte, _ tinkKeyring) {
	t.Helper()
	var handles []*keyset.Handle
	var texts [][]byte
	for _, template := range []func(*keyset.Manager) (uint32, error){
		func(m *keyset.Manager) (uint32, error) { return m.Add(aead.AES256GCMKeyTemplate()) },
		func(m *keyset.Manager) (uint32, error) { return m.Add(mac.HMACSHA256Tag256KeyTemplate()) },
	} {
		m := keyset.NewManager()
		var id uint32
		var err error
		for range 2 {
			if id, err = template(m); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.SetPrimary(id); err != nil {
			t.Fatal(err)
		}
		h, err := m.Handle()
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&text)); err != nil {
			t.Fatal(err)
		}
		handles, texts = append(handles, h), append(texts, text.Bytes())
	}
	file = summed(t, fmt.Appendf(nil, `{"aead":%s,"mac":%s}`, texts[0], texts[1]))
	return file, tinkPrimitives(t, handles[0], handles[1])
}

// bindingBytes are the bytes that a place and a labeled message stand for, written down once
// more: a program that opens a store with Tink alone needs them.
func bindingBytes(p seal.Binding) []byte {
	b := []byte("mfactl place 1\x00")
	for _, s := range []string{p.Instance, p.Table, p.Column, p.Row, p.User, p.Kind} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

func labeled(label string, data []byte) []byte {
	return append(append(binary.AppendUvarint(nil, uint64(len(label))), label...), data...)
}

func TestWeAndTinkReadEachOther(t *testing.T) {
	ours := seal.New().AddKey()
	file, theirs := fromTink(t)
	read, err := seal.Parse(file)
	if err != nil {
		t.Fatalf("we cannot read Tink's keysets: %v", err)
	}
	for name, pair := range map[string]struct {
		k *seal.Keyring
		t tinkKeyring
	}{
		"our keyset":   {ours, toTink(t, ours.Marshal())},
		"their keyset": {read, theirs},
	} {
		t.Run(name, func(t *testing.T) {
			place := seal.Binding{Instance: "i", Table: "factors", Column: "sealed", Row: "r", User: "u", Kind: "totp"}
			for _, n := range []int{1, 20, 4096} {
				plain := bytes.Repeat([]byte{0xa5}, n)
				if got, err := pair.t.aead.Decrypt(pair.k.Seal(place, plain), bindingBytes(place)); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("Tink does not open what we sealed: %v", err)
				}
				sealed, err := pair.t.aead.Encrypt(plain, bindingBytes(place))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := pair.k.Open(place, sealed); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("we do not open what Tink sealed: %v", err)
				}
			}
			for _, data := range [][]byte{nil, []byte("row")} {
				if err := pair.t.mac.VerifyMAC(pair.k.MAC("users", data), labeled("users", data)); err != nil {
					t.Errorf("Tink does not verify our MAC: %v", err)
				}
				tag, err := pair.t.mac.ComputeMAC(labeled("users", data))
				if err != nil {
					t.Fatal(err)
				}
				if err := pair.k.VerifyMAC("users", data, tag); err != nil {
					t.Errorf("we do not verify Tink's MAC: %v", err)
				}
			}
		})
	}
}

func TestTinkReadsAnOldKeyOfOurs(t *testing.T) {
	place := seal.Binding{Instance: "i", Table: "t", Column: "c", Row: "r"}
	old := seal.New()
	theirs := toTink(t, old.AddKey().Marshal())
	if got, err := theirs.aead.Decrypt(old.Seal(place, []byte("seed")), bindingBytes(place)); err != nil || string(got) != "seed" {
		t.Errorf("Decrypt = %q, %v", got, err)
	}
	if err := theirs.mac.VerifyMAC(old.MAC("l", nil), labeled("l", nil)); err != nil {
		t.Error(err)
	}
}

func TestTinkKeysOfOtherStrengthAreRefused(t *testing.T) {
	file, _ := fromTink(t)
	for name, template := range map[string]func() *keyset.Handle{
		"128-bit AES": func() *keyset.Handle { h, _ := keyset.NewHandle(aead.AES128GCMKeyTemplate()); return h },
		"no prefix":   func() *keyset.Handle { h, _ := keyset.NewHandle(aead.AES256GCMNoPrefixKeyTemplate()); return h },
		"short tag":   func() *keyset.Handle { h, _ := keyset.NewHandle(mac.HMACSHA256Tag128KeyTemplate()); return h },
		"SHA-512":     func() *keyset.Handle { h, _ := keyset.NewHandle(mac.HMACSHA512Tag256KeyTemplate()); return h },
	} {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			if err := insecurecleartextkeyset.Write(template(), keyset.NewJSONWriter(&text)); err != nil {
				t.Fatal(err)
			}
			var f map[string]json.RawMessage
			if err := json.Unmarshal(file, &f); err != nil {
				t.Fatal(err)
			}
			part := "aead"
			if bytes.Contains(text.Bytes(), []byte("HmacKey")) {
				part = "mac"
			}
			f[part] = text.Bytes()
			changed, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			_, err = seal.Parse(summed(t, changed))
			wantCode(t, err, "damaged")
		})
	}
}
