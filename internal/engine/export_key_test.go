package engine_test

import (
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// opened decrypts a copy of the keys.
func opened(t *testing.T, text string, id age.Identity) *seal.Keyring {
	t.Helper()
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), id)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(plain)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestAnExportedKeyOpensTheStore(t *testing.T) {
	w := newWorld(t)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	ctx := mfa.WithCall(t.Context(), mfa.Call{From: mfa.Provenance{OSUser: "root", LoginUser: "alice", Host: "db1"}})
	out, err := w.ExportKey(ctx, mfa.ExportKeyRequest{Recipients: []string{id.Recipient().String()}})
	ok(t, err)
	restored := engine.New(w.store, opened(t, out.Armor, id), engine.Options{})
	if got, err := restored.Examine(t.Context(), func(int64) {}); err != nil || got.Found != 0 {
		t.Errorf("under the copy: %+v (%v)", got, err)
	}
	ev := w.recorded(mfa.ActKeyExport, mfa.OutcomeOK)
	if ev.Seq != out.Event || ev.Severity != mfa.SeverityHigh || ev.From.LoginUser != "alice" || !strings.Contains(ev.Note, id.Recipient().String()) {
		t.Errorf("recorded %+v", ev)
	}
}

func TestOnlyACopyOfTheseVeryKeysCounts(t *testing.T) {
	w := newWorld(t)
	if w.health().KeysCopied {
		t.Fatal("no copy was made yet")
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.ExportKey(t.Context(), mfa.ExportKeyRequest{Recipients: []string{id.Recipient().String()}})
	ok(t, err)
	if w.health().KeysCopied {
		t.Error("an export that was lost counts")
	}
	ok(t, w.KeysCopied(t.Context()))
	if !w.health().KeysCopied {
		t.Error("the copy is forgotten")
	}
	more := engine.New(w.store, w.keys.AddKey(), engine.Options{})
	if h, err := more.Health(t.Context()); err != nil || h.KeysCopied {
		t.Errorf("a copy of the old keys counts for the new ones (%v)", err)
	}
	w.sql(`UPDATE meta SET value = replace(value, '2026', '2027') WHERE name LIKE 'key_copy_%'`)
	if w.health().KeysCopied {
		t.Error("a mark that was changed counts")
	}
}

func TestARecipientThatIsNoneIsRefusedBeforeAnythingIsRecorded(t *testing.T) {
	w := newWorld(t)
	before := w.examine().Records
	for _, to := range [][]string{nil, {"nobody"}, {"age1nobody"}, {""}} {
		_, err := w.ExportKey(t.Context(), mfa.ExportKeyRequest{Recipients: to})
		code(t, err, mfa.Usage)
	}
	if after := w.examine().Records; after != before {
		t.Errorf("%d records, before %d", after, before)
	}
}
