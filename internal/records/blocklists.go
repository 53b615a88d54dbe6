package records

import (
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A list of refused passwords is kept among the values of the store, under the digest of its
// text. The policy that names the digest is signed, so the text needs no MAC of its own: another
// text has another digest.

func blocklistName(digest string) string { return "blocklist_" + digest }

// Blocklist reads the text of a list of refused passwords; Damaged if it is missing or another.
func (r *Reader) Blocklist(b mfa.Blocklist) (string, error) {
	text, err := r.raw.Meta(blocklistName(b.Digest))
	if err != nil && !errors.Is(err, mfa.NotFound) {
		return "", err
	}
	if kept, ok := mfa.BlocklistOf(text); !ok || kept.Digest != b.Digest {
		return "", mfa.Errorf(mfa.Damaged, "a list of refused passwords is missing or was changed").
			WithHint("set password_blocklist= and then password_blocklist=FILE, the file whose SHA-256 is %s", b.Digest)
	}
	return text, nil
}

// PutBlocklist keeps the text of a list of refused passwords.
func (w *Writer) PutBlocklist(b mfa.Blocklist, text string) error {
	w.changed = true
	return w.tx.SetMeta(blocklistName(b.Digest), text)
}

// DropBlocklist empties a list of refused passwords, unless the policy of another community
// names it too. What such a policy says need not verify: at worst a text stays.
func (w *Writer) DropBlocklist(b mfa.Blocklist, but string) error {
	all, err := w.tx.Communities()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.ID != but && c.Policy[mfa.RulePasswordBlocklist] == b.String() {
			return nil
		}
	}
	w.changed = true
	return w.tx.SetMeta(blocklistName(b.Digest), "")
}
