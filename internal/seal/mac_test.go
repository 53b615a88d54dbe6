package seal_test

import (
	"bytes"
	"testing"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

var _ factor.Tagger = seal.Tagger{}

func TestAMACBelongsToOneLabelAndOneText(t *testing.T) {
	k := seal.New()
	mac := k.MAC("users", []byte("row"))
	if err := k.VerifyMAC("users", []byte("row"), mac); err != nil {
		t.Fatal(err)
	}
	if len(mac) != 37 || !bytes.Equal(mac, k.MAC("users", []byte("row"))) {
		t.Errorf("MAC %x is not 37 bytes that are always the same", mac)
	}
	for _, other := range []struct{ label, data string }{
		{"users", "row2"}, {"users", ""}, {"", "row"}, {"user", "srow"}, {"usersr", "ow"}, {"policies", "row"}, {"", "usersrow"},
	} {
		wantCode(t, k.VerifyMAC(other.label, []byte(other.data), mac), mfa.Damaged)
	}
	wantCode(t, seal.New().VerifyMAC("users", []byte("row"), mac), mfa.Damaged)
}

func TestAChangedMACIsRefused(t *testing.T) {
	k := seal.New().AddKey()
	mac := k.MAC("users", []byte("row"))
	for i := range mac {
		changed := bytes.Clone(mac)
		changed[i] ^= 1
		wantCode(t, k.VerifyMAC("users", []byte("row"), changed), mfa.Damaged)
		wantCode(t, k.VerifyMAC("users", []byte("row"), mac[:i]), mfa.Damaged)
	}
	wantCode(t, k.VerifyMAC("users", []byte("row"), append(mac, 0)), mfa.Damaged)
	wantCode(t, k.VerifyMAC("users", []byte("row"), k.Seal(somewhere(), []byte("row"))), mfa.Damaged)
}

func TestTaggersOfDifferentLabelsDoNotAgree(t *testing.T) {
	k := seal.New()
	backup, recovery := k.Tagger("backup"), k.AddKey().Tagger("recovery")
	tag := backup.Tag([]byte("code"))
	if !backup.VerifyTag([]byte("code"), tag) || !k.AddKey().Tagger("backup").VerifyTag([]byte("code"), tag) {
		t.Error("a tag is not recognized")
	}
	if recovery.VerifyTag([]byte("code"), tag) || backup.VerifyTag([]byte("cod"), tag) || backup.VerifyTag([]byte("code"), nil) {
		t.Error("a tag is recognized where it does not belong")
	}
}
