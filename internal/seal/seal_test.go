package seal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

var here = Place{Instance: "i", Table: "factors", Column: "sealed", Row: "r", User: "u", Kind: "totp"}

// isDamaged fails unless an error is Damaged.
func isDamaged(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || mfa.AsError(err).Code != mfa.Damaged {
		t.Errorf("%s: %v", what, err)
	}
}

func TestAFlippedOrMissingByteIsDamage(t *testing.T) {
	k := New()
	sealed, tag := k.Seal(here, []byte("secret")), k.MAC("l", []byte("data"))
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		_, err := k.Open(here, bad)
		isDamaged(t, fmt.Sprintf("sealed byte %d flipped", i), err)
		_, err = k.Open(here, sealed[:i])
		isDamaged(t, fmt.Sprintf("sealed cut at %d", i), err)
	}
	for i := range tag {
		bad := bytes.Clone(tag)
		bad[i] ^= 1
		isDamaged(t, fmt.Sprintf("MAC byte %d flipped", i), k.VerifyMAC("l", []byte("data"), bad))
		isDamaged(t, fmt.Sprintf("MAC cut at %d", i), k.VerifyMAC("l", []byte("data"), tag[:i]))
	}
}

func TestAValueOpensAtItsPlaceOnly(t *testing.T) {
	k := New()
	sealed := k.Seal(here, []byte("secret"))
	for name, move := range map[string]func(*Place){
		"instance": func(p *Place) { p.Instance = "j" }, "table": func(p *Place) { p.Table = "users" },
		"column": func(p *Place) { p.Column = "mac" }, "row": func(p *Place) { p.Row = "s" },
		"user": func(p *Place) { p.User = "v" }, "kind": func(p *Place) { p.Kind = "hotp" },
		"shifted": func(p *Place) { p.Row, p.User = "ru", "" },
	} {
		p := here
		move(&p)
		_, err := k.Open(p, sealed)
		isDamaged(t, name, err)
	}
	_, err := New().Open(here, sealed)
	isDamaged(t, "another ring", err)
	isDamaged(t, "another label", k.VerifyMAC("m", []byte("data"), k.MAC("l", []byte("data"))))
	isDamaged(t, "a shifted label", k.VerifyMAC("ld", []byte("ata"), k.MAC("l", []byte("data"))))
}

func TestOldValuesOpenAfterAKeyWasAdded(t *testing.T) {
	k := New()
	old, oldTag := k.Seal(here, []byte("secret")), k.MAC("l", []byte("data"))
	k.AddKeys()
	again, err := Parse(k.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(here, old); err != nil || string(plain) != "secret" {
		t.Error(err)
	}
	if err := again.VerifyMAC("l", []byte("data"), oldTag); err != nil {
		t.Error(err)
	}
	was, _ := KeyID(old)
	is, ok := KeyID(again.Seal(here, nil))
	if !ok || is == was {
		t.Error("new values use the old key")
	}
}

func TestAReplyOpensUnderItsKeyAndContextOnly(t *testing.T) {
	sealed := Under("a client's key", []byte("ctx"), []byte("answer"))
	if plain, err := OpenUnder("a client's key", []byte("ctx"), sealed); err != nil || string(plain) != "answer" {
		t.Error(err)
	}
	_, err := OpenUnder("another key", []byte("ctx"), sealed)
	isDamaged(t, "another key", err)
	_, err = OpenUnder("a client's key", []byte("other"), sealed)
	isDamaged(t, "another context", err)
	if bytes.Equal(Fingerprint("a", []byte("x")), Fingerprint("b", []byte("x"))) {
		t.Error("two keys give one fingerprint")
	}
}

func TestAChangedKeyFileIsDamageOrTheSame(t *testing.T) {
	file := New().Marshal()
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		k, err := Parse(bad)
		if err != nil {
			isDamaged(t, fmt.Sprintf("byte %d", i), err)
			if strings.Contains(err.Error(), string(file[100:120])) {
				t.Error("the error holds key material")
			}
		} else if k == nil {
			t.Errorf("byte %d: neither keys nor an error", i)
		}
	}
	for _, bad := range []string{"", "{}", "null", "[]", string(file) + "x", strings.Replace(string(file), "ENABLED", "DISABLED", 1), strings.Replace(string(file), "TINK", "RAW", 1)} {
		_, err := Parse([]byte(bad))
		isDamaged(t, "a strange file", err)
	}
}

func TestAKeyNeverShows(t *testing.T) {
	k := New()
	raw := k.aead.keys[k.aead.primary]
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "k", k)
	js, err := json.Marshal(map[string]any{"k": k})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", k, k, k, k, k, k, k), log.String(), string(js)} {
		if strings.Contains(text, fmt.Sprintf("%x", raw)) || strings.Contains(text, fmt.Sprint(raw)) || strings.Contains(text, "keys") {
			t.Errorf("a key shows: %s", text)
		}
	}
}

func TestTheKeyFileIsPrivateAndNeverOverwritten(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "new", "dir", "key")
	if err := CreateKeyFile(path, New()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if dir, err := os.Stat(filepath.Dir(path)); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("directory mode %v, %v", dir.Mode(), err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := CreateKeyFile(path, New()); mfa.AsError(err).Code != mfa.Conflict {
		t.Errorf("over another: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Error("the key was overwritten")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o660, 0o606} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKeyFile(path); mfa.AsError(err).Code != mfa.Forbidden || !strings.Contains(mfa.AsError(err).Hint, "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKeyFile(path); err != nil {
		t.Error(err)
	}
	_, err = ReadKeyFile(path + ".missing")
	isDamaged(t, "a missing file", err)
	if !strings.Contains(err.Error(), path) {
		t.Errorf("the file is not named: %v", err)
	}
	_, err = ReadKeyFile(filepath.Dir(path))
	isDamaged(t, "a directory", err)
}

func TestPasswordsAreComparedWhole(t *testing.T) {
	h := NewHasher(2, 8)
	long := strings.Repeat("x", 72)
	phc, err := h.Hash(t.Context(), mfa.NewSecret(long+"a"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Error(phc)
	}
	for password, want := range map[string]bool{long + "a": true, long + "b": false, long: false, "": false, long + "a ": false} {
		if ok, err := h.Check(t.Context(), phc, mfa.NewSecret(password)); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	other, err := h.Hash(t.Context(), mfa.NewSecret(long+"a"))
	if err != nil || other == phc {
		t.Error("two hashes have one salt")
	}
}

func TestAHostileHashIsRefusedBeforeItIsComputed(t *testing.T) {
	h := NewHasher(1, 1)
	for _, phc := range []string{
		"", "$", "plain", "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "$argon2id$v=19$m=47104,t=4294967295,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
		"$argon2id$v=19$m=47104,t=1,p=0$c2FsdHNhbHQ$aGFzaGhhc2g", "$argon2i$v=19$m=47104,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
		"$argon2id$v=19$m=47104,t=1,p=1$$", "$argon2id$v=19$m=47104,t=1$c2FsdHNhbHQ$aGFzaGhhc2g", "$2a$31$abcdefghijklmnopqrstuv", strings.Repeat("$", 600),
		"$argon2id$v=19$m=-1,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
	} {
		ok, err := h.Check(t.Context(), phc, mfa.NewSecret("x"))
		if ok {
			t.Errorf("%q is right", phc)
		}
		isDamaged(t, phc, err)
	}
}

func TestTooManyPasswordsAtOnceAreTurnedAway(t *testing.T) {
	h := NewHasher(1, 1)
	h.queue <- struct{}{}
	h.queue <- struct{}{}
	if _, err := h.Hash(t.Context(), mfa.NewSecret("x")); mfa.AsError(err).Code != mfa.Unavailable {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(New().Marshal())
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := Parse(text)
		if err != nil {
			return
		}
		if plain, err := k.Open(here, k.Seal(here, []byte("x"))); err != nil || string(plain) != "x" {
			t.Error("keys that do not work were read")
		}
	})
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g")
	h := NewHasher(1, 1)
	f.Fuzz(func(t *testing.T, phc string) {
		if strings.Contains(phc, "m=") && !strings.Contains(phc, "m=64,") {
			return // the bounds have their own test; here it must be quick
		}
		if ok, err := h.Check(t.Context(), phc, mfa.NewSecret("x")); ok && err == nil && !strings.HasPrefix(phc, "$argon2id$") {
			t.Errorf("%q is right", phc)
		}
	})
}
