package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// wantCode fails unless err is of the code and shows none of the secrets.
func wantCode(t *testing.T, err error, code mfa.Code, secrets ...string) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("error %v, want %s", err, code)
	}
	e := mfa.AsError(err)
	for _, text := range []string{e.Error(), e.HintText(), fmt.Sprint(e.Cause)} {
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Fatalf("error shows a secret: %s", text)
			}
		}
	}
}

// keyValues returns every key of a key file as it could show up when printed.
func keyValues(t *testing.T, file []byte) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`"value": "([^"]+)"`).FindAllSubmatch(file, -1) {
		value, err := base64.StdEncoding.DecodeString(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		key := value[len(value)-32:]
		decimal := strings.Trim(fmt.Sprintf("%d", key), "[]")
		all = append(all, string(m[1]), string(m[1][8:24]), string(key), hex.EncodeToString(key),
			decimal, strings.Trim(fmt.Sprintf("%#v", key), "[]byte{}"))
	}
	if len(all) == 0 {
		t.Fatal("no key found in the key file")
	}
	return all
}

func TestKeyringSurvivesItsKeyFile(t *testing.T) {
	place := seal.Binding{Instance: "i", Table: "factors", Column: "sealed", Row: "r", User: "u", Kind: "totp"}
	k := seal.New().AddKey()
	again, err := seal.Parse(k.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(k.Keys(), again.Keys()) {
		t.Errorf("keys %v became %v", k.Keys(), again.Keys())
	}
	if plain, err := again.Open(place, k.Seal(place, []byte("seed"))); err != nil || string(plain) != "seed" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if err := again.VerifyMAC("l", []byte("d"), k.MAC("l", []byte("d"))); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(k.Marshal(), again.Marshal()) {
		t.Error("the key file changed when written again")
	}
}

func TestAddKeyKeepsOldValuesReadable(t *testing.T) {
	place := seal.Binding{Instance: "i", Table: "t", Column: "c", Row: "r"}
	old := seal.New()
	sealed, mac := old.Seal(place, []byte("seed")), old.MAC("l", []byte("d"))
	before := old.Marshal()
	rotated := old.AddKey()

	if !bytes.Equal(before, old.Marshal()) {
		t.Error("AddKey changed the keyring it was called on")
	}
	if plain, err := rotated.Open(place, sealed); err != nil || string(plain) != "seed" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if err := rotated.VerifyMAC("l", []byte("d"), mac); err != nil {
		t.Error(err)
	}
	var primary []uint32
	for _, info := range rotated.Keys() {
		if info.Primary {
			primary = append(primary, info.ID)
		}
	}
	for i, made := range [][]byte{rotated.Seal(place, []byte("x")), rotated.MAC("l", nil)} {
		if id, ok := seal.KeyID(made); !ok || len(primary) != 2 || id != primary[i] {
			t.Errorf("made under key %d, %v; primary keys are %v", id, ok, primary)
		}
	}
	_, err := old.Open(place, rotated.Seal(place, []byte("x")))
	wantCode(t, err, mfa.Damaged)
	wantCode(t, old.VerifyMAC("l", nil, rotated.MAC("l", nil)), mfa.Damaged)
}

func TestNewDrawsDifferentKeys(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		for _, m := range regexp.MustCompile(`"value": "([^"]+)"`).FindAllSubmatch(seal.New().Marshal(), -1) {
			key := string(m[1][len(m[1])-40:])
			if seen[key] {
				t.Fatal("a key was drawn twice")
			}
			seen[key] = true
		}
	}
	if len(seen) != 100 {
		t.Fatalf("%d keys of 50 keyrings, want 100", len(seen))
	}
}

func TestKeyIDIsReportedOnlyWhereThereIsOne(t *testing.T) {
	for _, value := range [][]byte{nil, {}, {1}, {1, 0, 0, 0}, {0, 0, 0, 0, 1, 7}, {2, 0, 0, 0, 1}} {
		if id, ok := seal.KeyID(value); ok || id != 0 {
			t.Errorf("KeyID(%x) = %d, %v", value, id, ok)
		}
	}
	if id, ok := seal.KeyID([]byte{1, 0, 0, 1, 2}); !ok || id != 258 {
		t.Errorf("KeyID = %d, %v, want 258", id, ok)
	}
}

func TestKeyringIsNeverPrinted(t *testing.T) {
	k := seal.New().AddKey()
	secrets := keyValues(t, k.Marshal())
	type outer struct {
		Open   *seal.Keyring
		Value  seal.Keyring
		hidden *seal.Keyring
		value  seal.Keyring
		tagger seal.Tagger
	}
	o := outer{k, *k, k, *k, k.Tagger("l")}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T", "%p"} {
		for _, v := range []any{k, *k, o, &o, []any{k}, map[string]*seal.Keyring{"k": k}, k.Tagger("l")} {
			shown = append(shown, fmt.Sprintf(verb, v))
		}
	}
	for _, v := range []any{k, *k, o, &o, k.Tagger("l")} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "k", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "k", v)
		shown = append(shown, string(b), log.String())
	}
	for _, text := range shown {
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Fatalf("a key is shown: %q", text)
			}
		}
	}
	if got := fmt.Sprintf("%v %s", k, *k); got != "[redacted] [redacted]" {
		t.Errorf("printed %q", got)
	}
}
