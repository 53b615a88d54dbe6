package seal

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	tinkkeyset "github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
)

// handles reads the two keysets of a key file with Tink itself.
func handles(t *testing.T, file []byte) (a, m *tinkkeyset.Handle) {
	t.Helper()
	var parts struct{ AEAD, MAC json.RawMessage }
	if err := json.Unmarshal(file, &parts); err != nil {
		t.Fatal(err)
	}
	read := func(b []byte) *tinkkeyset.Handle {
		h, err := insecurecleartextkeyset.Read(tinkkeyset.NewJSONReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	return read(parts.AEAD), read(parts.MAC)
}

func TestTinkReadsOurKeysAndValuesAndWeReadTinks(t *testing.T) {
	k := New()
	k.AddKeys() // two keys each, the second primary
	a, m := handles(t, k.Marshal())
	tinkAEAD, err := aead.New(a)
	if err != nil {
		t.Fatal(err)
	}
	tinkMAC, err := mac.New(m)
	if err != nil {
		t.Fatal(err)
	}
	place := Place{Instance: "i", Table: "factors", Column: "sealed", Row: "r", User: "u", Kind: "totp"}
	plain, err := tinkAEAD.Decrypt(k.Seal(place, []byte("secret")), place.bytes())
	if err != nil || string(plain) != "secret" {
		t.Errorf("tink opens ours: %q, %v", plain, err)
	}
	sealed, err := tinkAEAD.Encrypt([]byte("secret"), place.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := k.Open(place, sealed); err != nil || string(plain) != "secret" {
		t.Errorf("we open tink's: %q, %v", plain, err)
	}
	if err := tinkMAC.VerifyMAC(k.MAC("label", []byte("data")), labelled("label", []byte("data"))); err != nil {
		t.Errorf("tink verifies ours: %v", err)
	}
	tag, err := tinkMAC.ComputeMAC(labelled("label", []byte("data")))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.VerifyMAC("label", []byte("data"), tag); err != nil {
		t.Errorf("we verify tink's: %v", err)
	}
}

func TestWeReadKeysetsThatTinkWrote(t *testing.T) {
	write := func(template *tinkkeyset.Handle) json.RawMessage {
		var b bytes.Buffer
		if err := insecurecleartextkeyset.Write(template, tinkkeyset.NewJSONWriter(&b)); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	a, err := tinkkeyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	m, err := tinkkeyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(map[string]any{"comment": "", "aead": write(a), "mac": write(m)})
	if err != nil {
		t.Fatal(err)
	}
	k, err := Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := k.Open(Place{}, k.Seal(Place{}, []byte("x"))); err != nil || string(plain) != "x" {
		t.Error(err)
	}
}
