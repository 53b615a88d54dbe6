package seal_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// somewhere is a place with every field set.
func somewhere() seal.Binding {
	return seal.Binding{Instance: "inst", Table: "factors", Column: "sealed", Row: "row1", User: "user1", Kind: "totp"}
}

// refused fails unless a value does not open.
func refused(t *testing.T, k *seal.Keyring, p seal.Binding, sealed []byte, why string) {
	t.Helper()
	plain, err := k.Open(p, sealed)
	if plain != nil {
		t.Fatalf("%s: opens as %q", why, plain)
	}
	wantCode(t, err, mfa.Damaged, "the seed")
}

func TestEverySealIsDifferentAndOpens(t *testing.T) {
	k, seen := seal.New(), map[string]bool{}
	for range 1000 {
		sealed := k.Seal(somewhere(), []byte("the seed"))
		if nonce := string(sealed[5:17]); seen[nonce] {
			t.Fatal("a nonce was used twice")
		} else {
			seen[nonce] = true
		}
		if len(sealed) != len("the seed")+33 || bytes.Contains(sealed, []byte("seed")) {
			t.Fatalf("sealed value %x", sealed)
		}
		if plain, err := k.Open(somewhere(), sealed); err != nil || string(plain) != "the seed" {
			t.Fatalf("Open = %q, %v", plain, err)
		}
	}
}

func TestAChangedSealedValueDoesNotOpen(t *testing.T) {
	k := seal.New().AddKey()
	sealed := k.Seal(somewhere(), []byte("the seed"))
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			refused(t, k, somewhere(), changed, "one bit changed")
		}
	}
	for n := range sealed {
		refused(t, k, somewhere(), sealed[:n], "cut short at the end")
		refused(t, k, somewhere(), sealed[n+1:], "cut short at the beginning")
	}
	refused(t, k, somewhere(), nil, "nothing")
	refused(t, k, somewhere(), append(bytes.Clone(sealed), 0), "longer")
	refused(t, k, somewhere(), bytes.Repeat([]byte{0}, 64), "zeros")
}

func TestASealedValueDoesNotOpenElsewhere(t *testing.T) {
	k := seal.New()
	sealed := k.Seal(somewhere(), []byte("the seed"))
	fields := reflect.TypeFor[seal.Binding]().NumField()
	for i := range fields {
		for _, other := range []string{"", "other", "inst", "row1 "} {
			p := somewhere()
			reflect.ValueOf(&p).Elem().Field(i).SetString(other)
			if p != somewhere() {
				refused(t, k, p, sealed, "another place")
			}
		}
		for j := range i {
			p := somewhere()
			v := reflect.ValueOf(&p).Elem()
			a, b := v.Field(i).String(), v.Field(j).String()
			v.Field(i).SetString(b)
			v.Field(j).SetString(a)
			refused(t, k, p, sealed, "two fields exchanged")
		}
	}
	// Fields that only together read the same.
	p := somewhere()
	p.Row, p.User = "row", "1user1"
	refused(t, k, p, sealed, "the end of one field at the beginning of the next")
}

func TestAnotherInstallationOpensNothing(t *testing.T) {
	k := seal.New()
	sealed := k.Seal(somewhere(), []byte("the seed"))
	refused(t, seal.New(), somewhere(), sealed, "another keyring")
	refused(t, k, somewhere(), k.MAC("l", []byte("d")), "a MAC in the place of a sealed value")
}

func TestNothingCannotBeSealed(t *testing.T) {
	for name, sealIt := range map[string]func(){
		"Seal":                 func() { seal.New().Seal(somewhere(), nil) },
		"under a client's key": func() { clientKey(t, drawn).Seal(nil, []byte{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("an empty value was sealed")
				}
			}()
			sealIt()
		})
	}
}

func TestAnEmptySecretIsNeverOpened(t *testing.T) {
	k := seal.New()
	sealed, err := toTink(t, k.Marshal()).aead.Encrypt(nil, bindingBytes(somewhere()))
	if err != nil {
		t.Fatal(err)
	}
	refused(t, k, somewhere(), sealed, "nothing, sealed by someone who has the key")
}
