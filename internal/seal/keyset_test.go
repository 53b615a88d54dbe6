package seal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// sameKeys reports whether two keyrings open and verify the same things.
func sameKeys(a, b *seal.Keyring) bool {
	place := seal.Place{Instance: "i", Table: "t", Column: "c", Row: "r"}
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
