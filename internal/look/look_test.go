package look_test

import (
	"testing"

	"github.com/mfactl/mfactl/internal/look"
)

func TestAddressesThatLookAlikeHaveOneKey(t *testing.T) {
	for name, pair := range map[string][2]string{
		"a Cyrillic a":        {"alice@acme.example", "аlice@acme.example"},
		"all of it Cyrillic":  {"сосо@acme.example", "coco@acme.example"},
		"a Greek o":           {"bob@acme.example", "bοb@acme.example"},
		"a digit for l":       {"paul@acme.example", "pau1@acme.example"},
		"two letters for one": {"tom@acme.example", "torn@acme.example"},
		"in the domain":       {"bob@acme.example", "bob@аcme.example"},
		"a dotless i":         {"vince@acme.example", "vınce@acme.example"},
	} {
		if a, b := look.Key(pair[0]), look.Key(pair[1]); a != b {
			t.Errorf("%s: %s has the key %q, and %s %q", name, pair[0], a, pair[1], b)
		}
	}
}

// Most addresses need no key of their own in the store.
func TestAnAddressOfPlainLettersIsItsOwnKey(t *testing.T) {
	for _, address := range []string{"alice@acme.example", "mm-0@om.example", "a+b_c.d@x-2.example"} {
		if key := look.Key(address); key != address {
			t.Errorf("%s has the key %q", address, key)
		}
	}
	if a, b := look.Key("bob@acme.example"), look.Key("rob@acme.example"); a == b {
		t.Error("two addresses have one key")
	}
}

func TestALabelThatMixesScriptsIsFound(t *testing.T) {
	for address, want := range map[string]string{
		"alice@acme.example":   "",
		"жук2@почта.example":   "",
		"аlice@acme.example":   "аlice",
		"bob@acmе.example":     "acmе",
		"αβγ@acme.example":     "",
		"bοb@acme.example":     "bοb",
		"東京タワーの人@acme.example": "",
		"tokyo東京@acme.example": "",
		"서울seoul@acme.example": "",
		"서울の@acme.example":     "서울の",
		"a1-2_3@acme.example":  "",
	} {
		if label, mixed := look.MixedScripts(address); label != want || mixed != (want != "") {
			t.Errorf("%s: %q, %v", address, label, mixed)
		}
	}
}
