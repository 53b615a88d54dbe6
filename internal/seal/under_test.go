package seal_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

const drawn = "KZ5R2Q7W4M6T3X8Y1N0P7D"

func clientKey(t *testing.T, text string) seal.ClientKey {
	t.Helper()
	k, err := seal.NewClientKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAnAnswerOpensOnlyUnderItsKeyAndContext(t *testing.T) {
	key := clientKey(t, drawn)
	sealed := key.Seal([]byte("reset by alice"), []byte("the code"))
	plain, err := clientKey(t, drawn).Open([]byte("reset by alice"), sealed)
	if err != nil || string(plain) != "the code" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	if bytes.Equal(sealed, key.Seal([]byte("reset by alice"), []byte("the code"))) {
		t.Error("the same answer is sealed the same way twice")
	}
	for name, other := range map[string]struct {
		key, context string
		sealed       []byte
	}{
		"another key":     {drawn + "x", "reset by alice", sealed},
		"another context": {drawn, "reset by bob", sealed},
		"no context":      {drawn, "", sealed},
		"nothing sealed":  {drawn, "reset by alice", nil},
	} {
		plain, err := clientKey(t, other.key).Open([]byte(other.context), other.sealed)
		if plain != nil {
			t.Errorf("%s opens it", name)
		}
		wantCode(t, err, mfa.Damaged, "the code", drawn)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 0x10
		for _, bad := range [][]byte{changed, sealed[:i]} {
			if plain, err := clientKey(t, drawn).Open([]byte("reset by alice"), bad); err == nil || plain != nil {
				t.Fatalf("a changed answer opens as %q", plain)
			}
		}
	}
}

func TestAFingerprintTellsNothingWithoutTheKey(t *testing.T) {
	data := []byte(`{"password":"correct horse"}`)
	kept := clientKey(t, drawn).Fingerprint(data)
	if !bytes.Equal(kept, clientKey(t, drawn).Fingerprint(data)) || len(kept) != sha256.Size {
		t.Errorf("fingerprint %x is not 32 bytes that are always the same", kept)
	}
	for _, other := range [][]byte{
		clientKey(t, drawn+"x").Fingerprint(data), clientKey(t, drawn).Fingerprint(data[1:]), clientKey(t, drawn).Fingerprint(nil),
	} {
		if bytes.Equal(kept, other) {
			t.Error("two requests have one fingerprint")
		}
	}
	if sum := sha256.Sum256(data); bytes.Equal(kept, sum[:]) {
		t.Error("the fingerprint is a plain hash")
	}
}

func TestAWeakClientKeyIsRefused(t *testing.T) {
	for _, key := range []string{"", "a", "123456789012345678901", strings.Repeat("x", 257)} {
		k, err := seal.NewClientKey(key)
		wantCode(t, err, mfa.Usage)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a key of %d bytes was used", len(key))
				}
			}()
			k.Fingerprint(nil)
		}()
	}
	for _, key := range []string{"1234567890123456789012", drawn, strings.Repeat("x", 256)} {
		if shown := fmt.Sprintf("%v %#v %x", clientKey(t, key), clientKey(t, key), clientKey(t, key)); shown != "[redacted] [redacted] [redacted]" {
			t.Errorf("it shows itself as %s", shown)
		}
	}
}

// What was kept before by another version of the program opens, and is known again.
func TestTheKeysOfAClientsKeyAreThoseOfRFC5869(t *testing.T) {
	key, err := hkdf.Key(sha256.New, []byte(drawn), nil, "mfactl idempotency fingerprint 1", 32)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("data"))
	if got := clientKey(t, drawn).Fingerprint([]byte("data")); !bytes.Equal(got, mac.Sum(nil)) {
		t.Errorf("%x", got)
	}
}
