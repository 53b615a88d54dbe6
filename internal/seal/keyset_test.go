package seal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// sameKeys reports whether two keyrings open and verify the same things.
func sameKeys(a, b *seal.Keyring) bool {
	place := seal.Binding{Instance: "i", Table: "t", Column: "c", Row: "r"}
	plain, err := b.Open(place, a.Seal(place, []byte("seed")))
	return err == nil && string(plain) == "seed" && b.VerifyMAC("l", nil, a.MAC("l", nil)) == nil &&
		bytes.Equal(a.Marshal(), b.Marshal())
}

func TestAFlippedByteOfAKeyFileNeverGivesOtherKeys(t *testing.T) {
	k := seal.New().AddKey()
	file := k.Marshal()
	secrets := keyValues(t, file)
	for i := range file {
		for _, bit := range []byte{0x01, 0x02, 0x20, 0x80} {
			changed := bytes.Clone(file)
			changed[i] ^= bit
			got, err := seal.Parse(changed)
			if err != nil {
				wantCode(t, err, mfa.Damaged, secrets...)
			} else if !sameKeys(k, got) {
				t.Fatalf("byte %d changed by %#x gives other keys", i, bit)
			}
		}
	}
}

func TestACutKeyFileIsRefused(t *testing.T) {
	file := seal.New().Marshal()
	for n := range len(file) - 1 { // the last byte is a newline
		_, err := seal.Parse(file[:n])
		wantCode(t, err, mfa.Damaged)
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	file := string(seal.New().Marshal())
	other := string(seal.New().Marshal())
	aead := func(s string) string {
		return s[strings.Index(s, `"aead"`):strings.Index(s, `"mac"`)]
	}
	for name, text := range map[string]string{
		"empty":                      "",
		"null":                       "null",
		"no keysets":                 "{}",
		"an array":                   "[]",
		"text behind it":             file + "{}",
		"unknown field":              strings.Replace(file, `"comment"`, `"note": 1, "comment"`, 1),
		"disabled key":               strings.Replace(file, "ENABLED", "DISABLED", 1),
		"raw prefix":                 strings.Replace(file, `"TINK"`, `"RAW"`, 1),
		"asymmetric key":             strings.Replace(file, "SYMMETRIC", "ASYMMETRIC_PRIVATE", 1),
		"another type":               strings.Replace(file, "AesGcmKey", "AesGcmSivKey", 1),
		"keysets of each other's":    strings.NewReplacer("AesGcmKey", "HmacKey", "HmacKey", "AesGcmKey").Replace(file),
		"the AEAD keys of another":   strings.Replace(file, aead(file), aead(other), 1),
		"key id zero":                strings.Replace(file, `"keyId": `, `"keyId": 0, "x": `, 1),
		"base64 with a line break":   strings.Replace(file, `"value": "G`, `"value": "G\n`, 1),
		"negative id":                strings.Replace(file, `"primaryKeyId": `, `"primaryKeyId": -`, 1),
		"an id beyond 32 bits":       strings.Replace(file, `"primaryKeyId": `, `"primaryKeyId": 99999`, 1),
		"no checksum":                file[:strings.Index(file, `"sha256"`)] + `"sha256": ""}`,
		"a private key of something": "-----BEGIN PRIVATE KEY-----",
	} {
		t.Run(name, func(t *testing.T) {
			if text == file {
				t.Fatal("the test changed nothing")
			}
			k, err := seal.Parse([]byte(text))
			if k != nil {
				t.Error("gave a keyring")
			}
			wantCode(t, err, mfa.Damaged, keyValues(t, []byte(file))...)
		})
	}
}

// summed gives a key file the checksum of what is in it, as anybody can.
func summed(t *testing.T, file []byte) []byte {
	t.Helper()
	var f struct {
		AEAD json.RawMessage `json:"aead"`
		MAC  json.RawMessage `json:"mac"`
	}
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	var a, m bytes.Buffer
	if err := errors.Join(json.Compact(&a, f.AEAD), json.Compact(&m, f.MAC)); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "[%s,%s]", &a, &m))
	return fmt.Appendf(nil, `{"comment":"","aead":%s,"mac":%s,"sha256":"%x"}`, &a, &m, sum)
}

// The checksum is no secret, so each fault is refused also in a file whose checksum
// is right, and the error says which key has it.
func TestAFaultyKeyIsRefusedThoughTheChecksumIsRight(t *testing.T) {
	file := string(seal.New().AddKey().Marshal())
	id := regexp.MustCompile(`"keyId": [0-9]+`).FindAllString(file, -1)             // old and new for sealing, old and new for MACs
	value := regexp.MustCompile(`"value": "([^"]+)"`).FindStringSubmatch(file)[1]   // of the first key
	primary := regexp.MustCompile(`"primaryKeyId": [0-9]+`).FindAllString(file, -1) // for sealing, for MACs
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Parse(summed(t, []byte(file))); err != nil {
		t.Fatal("the file is refused before anything is changed:", err)
	}
	of := func(bytes []byte) string { return base64.StdEncoding.EncodeToString(bytes) }
	for name, c := range map[string]struct{ old, changed, says string }{
		"another type":               {"AesGcmKey", "AesGcmSivKey", `key 1 of "aead" is of another type`},
		"an asymmetric key":          {"SYMMETRIC", "ASYMMETRIC_PRIVATE", `key 1 of "aead" is not symmetric`},
		"a disabled key":             {"ENABLED", "DISABLED", `key 1 of "aead" is not enabled`},
		"a raw prefix":               {`"TINK"`, `"RAW"`, `key 1 of "aead" has another prefix type`},
		"no id":                      {id[0], `"keyId": 0`, `key 1 of "aead" has no id`},
		"one id twice, for sealing":  {id[0], id[1], `key 2 of "aead" has the id of another`},
		"one id twice, for MACs":     {id[2], id[3], `key 2 of "mac" has the id of another`},
		"no primary key for sealing": {primary[0], `"primaryKeyId": 1`, `"aead" has no primary key`},
		"no primary key for MACs":    {primary[1], `"primaryKeyId": 1`, `"mac" has no primary key`},
		"a key with a byte more":     {value, of(append(raw, 0)), `key 1 of "aead" has no 32-byte key`},
		"a key with a byte less":     {value, of(raw[:len(raw)-1]), `key 1 of "aead" has no 32-byte key`},
		"bits behind the key":        {value, value[:len(value)-3] + "/==", `key 1 of "aead" has no 32-byte key`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(file, c.old, c.changed, 1)
			if changed == file {
				t.Fatal("the test changed nothing")
			}
			k, err := seal.Parse(summed(t, []byte(changed)))
			if k != nil {
				t.Error("gave a keyring")
			}
			wantCode(t, err, mfa.Damaged, keyValues(t, []byte(file))...)
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %q, want %q", err, c.says)
			}
		})
	}
}
