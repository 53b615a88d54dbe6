package seal_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

const drawn = "KZ5R2Q7W4M6T3X8Y1N0P"

func TestAnAnswerOpensOnlyUnderItsKeyAndContext(t *testing.T) {
	sealed := seal.SealUnder(drawn, []byte("reset by alice"), []byte("the code"))
	plain, err := seal.OpenUnder(drawn, []byte("reset by alice"), sealed)
	if err != nil || string(plain) != "the code" {
		t.Fatalf("OpenUnder = %q, %v", plain, err)
	}
	if bytes.Equal(sealed, seal.SealUnder(drawn, []byte("reset by alice"), []byte("the code"))) {
		t.Error("the same answer is sealed the same way twice")
	}
	for name, other := range map[string]struct {
		key, context string
		sealed       []byte
	}{
		"another key":     {drawn + "x", "reset by alice", sealed},
		"a short key":     {"short", "reset by alice", sealed},
		"no key":          {"", "reset by alice", sealed},
		"another context": {drawn, "reset by bob", sealed},
		"no context":      {drawn, "", sealed},
		"nothing sealed":  {drawn, "reset by alice", nil},
	} {
		plain, err := seal.OpenUnder(other.key, []byte(other.context), other.sealed)
		if plain != nil {
			t.Errorf("%s opens it", name)
		}
		wantCode(t, err, mfa.Damaged, "the code", drawn)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 0x10
		for _, bad := range [][]byte{changed, sealed[:i]} {
			if plain, err := seal.OpenUnder(drawn, []byte("reset by alice"), bad); err == nil || plain != nil {
				t.Fatalf("a changed answer opens as %q", plain)
			}
		}
	}
}

func TestAFingerprintTellsNothingWithoutTheKey(t *testing.T) {
	data := []byte(`{"password":"correct horse"}`)
	kept := seal.Fingerprint(drawn, data)
	if !bytes.Equal(kept, seal.Fingerprint(drawn, data)) || len(kept) != sha256.Size {
		t.Errorf("fingerprint %x is not 32 bytes that are always the same", kept)
	}
	for _, other := range [][]byte{
		seal.Fingerprint(drawn+"x", data), seal.Fingerprint(drawn, data[1:]), seal.Fingerprint(drawn, nil),
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
	for _, key := range []string{"", "a", "123456789012345", strings.Repeat("x", 257)} {
		wantCode(t, seal.CheckClientKey(key), mfa.Usage)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a key of %d bytes was used", len(key))
				}
			}()
			seal.Fingerprint(key, nil)
		}()
	}
	for _, key := range []string{"1234567890123456", drawn, strings.Repeat("x", 256)} {
		if err := seal.CheckClientKey(key); err != nil {
			t.Error(err)
		}
	}
}
