package seal

import (
	"bytes"
	"errors"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/mfactl/mfactl/internal/mfa"
)

// maxRecipients bounds for how many a copy is made: each makes it longer.
const maxRecipients = 20

// ExportTo returns the text of the key file encrypted with age for each of the
// recipients (age-encryption.org/v1), in ASCII armor. Any one of them can open
// it. mfa.Usage for a recipient that is missing, malformed or of a sort that
// cannot stand beside the others.
func (k *Keyring) ExportTo(recipients []string) (string, error) {
	if len(recipients) == 0 || len(recipients) > maxRecipients {
		return "", mfa.UsageError("--to", "give 1 to %d recipients", maxRecipients).WithHint("age-keygen makes one")
	}
	var to []age.Recipient
	for _, text := range recipients {
		r, err := parseRecipient(text)
		if err != nil {
			return "", err
		}
		to = append(to, r)
	}
	var out bytes.Buffer
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, to...)
	if err != nil {
		return "", mfa.UsageError("--to", "these recipients cannot stand beside each other").WithCause(err)
	}
	_, err = w.Write(k.Marshal())
	if err = errors.Join(err, w.Close(), a.Close()); err != nil {
		return "", mfa.Fault(err)
	}
	return out.String(), nil
}

// parseRecipient reads one recipient of age's own sorts. The text is not
// repeated: the caller may have given the identity, which is a secret.
func parseRecipient(text string) (age.Recipient, error) {
	var r age.Recipient
	var err error
	switch {
	case strings.HasPrefix(text, "AGE-SECRET-KEY-"):
		return nil, mfa.UsageError("--to", "that is an identity, which is a secret; it is now in the process list and perhaps in a history").
			WithHint("make a new one, and give its recipient: age-keygen -y identity.txt")
	case strings.HasPrefix(text, "age1pq1"):
		r, err = age.ParseHybridRecipient(text)
	default:
		r, err = age.ParseX25519Recipient(text)
	}
	if err != nil {
		return nil, mfa.UsageError("--to", "not an age recipient").WithHint("one begins with age1; age-keygen -y identity.txt prints it")
	}
	return r, nil
}
