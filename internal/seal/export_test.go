package seal_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

func TestEachRecipientOpensTheCopyAlone(t *testing.T) {
	keys := seal.New()
	var ids []*age.X25519Identity
	var to []string
	for range 3 {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		ids, to = append(ids, id), append(to, id.Recipient().String())
	}
	text, err := keys.ExportTo(to[:2])
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		r, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), id)
		if i == 2 {
			if err == nil {
				t.Error("a stranger opens it")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(plain, keys.Marshal()) {
			t.Errorf("recipient %d reads something else (%v)", i, err)
		}
	}
}

func TestACopyForAHybridRecipientOpens(t *testing.T) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	keys := seal.New()
	text, err := keys.ExportTo([]string{id.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), id)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, keys.Marshal()) {
		t.Errorf("reads something else (%v)", err)
	}
}

func TestAWrongRecipientIsRefusedAndNotRepeated(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	good := id.Recipient().String()
	for name, to := range map[string][]string{
		"none": nil, "empty": {""}, "a name": {"alice"}, "cut off": {good[:40]}, "a wrong letter": {good[:61] + "b"},
		"one good, one not": {good, "age1"}, "a secret": {id.String()}, "of two strengths": {good, hybrid.Recipient().String()},
		"a list in one": {good + "\n" + good}, "an SSH key": {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUFyCYAV5bFNGQX"},
		"far too many": strings.Split(strings.Repeat(good+" ", 21), " ")[:21],
	} {
		text, err := seal.New().ExportTo(to)
		e := mfa.AsError(err)
		if !errors.Is(err, mfa.Usage) || text != "" || e.Field != "--to" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if strings.Contains(e.Message+e.Hint, id.String()) {
			t.Errorf("%s: the secret is repeated", name)
		}
	}
}
