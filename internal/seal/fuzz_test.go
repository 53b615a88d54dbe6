package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func FuzzParseKeyring(f *testing.F) {
	file := New().Marshal()
	f.Add(file)
	f.Add(New().AddKey().Marshal())
	f.Add([]byte("{}"))
	f.Add(bytes.Replace(file, []byte("ENABLED"), []byte("DESTROYED"), 1))
	f.Add(bytes.Replace(file, []byte("AesGcmKey"), []byte("HmacKey"), 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		parsesOrIsDamaged(t, text)
		// Once more with the right checksum, or nothing would get past it.
		var j fileJSON
		if json.Unmarshal(text, &j) != nil {
			return
		}
		j.Sum = j.sum()
		mended, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		parsesOrIsDamaged(t, mended)
	})
}

// parsesOrIsDamaged fails unless a key file is refused in the right way or gives
// a keyring that works and can be written again.
func parsesOrIsDamaged(t *testing.T, text []byte) {
	t.Helper()
	k, err := Parse(text)
	if err != nil {
		if !errors.Is(err, mfa.Damaged) || k != nil {
			t.Fatalf("Parse = %v, %v", k, err)
		}
		return
	}
	again, err := Parse(k.Marshal())
	if err != nil {
		t.Fatalf("a keyring that was read cannot be written: %v", err)
	}
	plain, err := again.Open(Binding{}, k.Seal(Binding{}, []byte("seed")))
	if err != nil || string(plain) != "seed" || again.VerifyMAC("l", nil, k.MAC("l", nil)) != nil {
		t.Fatalf("a keyring that was written has other keys: %v", err)
	}
}

func FuzzPHC(f *testing.F) {
	const tail = "$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
	f.Add(NewHasher(1, 0).burned)
	for _, params := range []string{"m=64,t=1,p=1", "m=4294967295,t=1,p=1", "m=8,t=0,p=1", "m=128,t=2,p=16", "p=1,t=1,m=8"} {
		f.Add("$argon2id$v=19$" + params + tail)
	}
	h := NewHasher(4, 64)
	f.Fuzz(func(t *testing.T, phc string) {
		if err := checkPHC(phc); err != nil {
			if !errors.Is(err, mfa.Damaged) {
				t.Fatalf("%v is no Damaged", err)
			}
			return
		}
		var m, t1, p uint64
		if _, err := fmt.Sscanf(strings.Split(phc, "$")[3], "m=%d,t=%d,p=%d", &m, &t1, &p); err != nil {
			t.Fatal(err)
		}
		if m*t1 > phcWorkMax || m > phcMemoryMax || p > phcLanesMax || m*t1*p == 0 {
			t.Fatalf("%q is out of bounds", phc)
		}
		if m*t1 > 1024 {
			return // right, but too slow for here
		}
		if ok, err := h.Check(t.Context(), phc, mfa.NewSecret("pw")); err != nil || ok {
			t.Fatalf("Check(%q) = %v, %v", phc, ok, err)
		}
	})
}
