package direct

import (
	"context"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ExportKey makes a copy of the keys that only the owners of the recipients'
// identities can open, and records it with the OS identity as an event of high
// severity. It needs a store that was opened directly. Usage for a recipient
// that is malformed or missing.
//
// A copy that was made may still be lost: [Part.KeysCopied] remembers it once
// it is where it should be.
func (e *Part) ExportKey(ctx context.Context, req mfa.ExportKeyRequest) (mfa.ExportedKey, error) {
	armor, err := e.Keys.ExportTo(req.Recipients)
	if err != nil {
		return mfa.ExportedKey{}, err
	}
	out := mfa.ExportedKey{Recipients: req.Recipients, Armor: armor}
	for _, k := range e.Keys.Keys() {
		out.KeyIDs = append(out.KeyIDs, k.ID)
	}
	rule := mfa.Rule{Method: "ExportKey", Changes: true, Action: mfa.ActKeyExport}
	return act.PerformUnder(ctx, e.Runner, act.Spec{Method: rule.Method, Body: req}, rule, func(a *act.Act, _ *act.Account) (mfa.ExportedKey, error) {
		out.Event = a.Record(act.Event{Action: mfa.ActKeyExport, Note: "to " + strings.Join(short(req.Recipients), ", "), HighSeverity: true})
		return out, nil
	})
}

// KeysCopied remembers that a copy of the keys as they are now is in a safe
// place. It needs a store that was opened directly.
func (e *Part) KeysCopied(ctx context.Context) error {
	return e.Records.Update(ctx, func(w *records.Writer) error {
		a, err := e.BeginMaintenance(w.Reader)
		if err != nil {
			return err
		}
		for _, k := range e.Keys.Keys() {
			if err := w.PutKeyCopy(k.ID, a.Now); err != nil {
				return err
			}
		}
		return nil
	})
}

// keysCopied reports whether a copy of every key was made.
func keysCopied(a *act.Act) bool {
	for _, k := range a.Runner.Keys.Keys() {
		if !a.Read.KeyCopied(k.ID) {
			return false
		}
	}
	return true
}

// short cuts recipients to what an event can hold and a person can compare.
func short(recipients []string) []string {
	const most = 62 // all of an X25519 recipient
	out := make([]string, len(recipients))
	for i, r := range recipients {
		if out[i] = r; len(r) > most {
			out[i] = r[:most] + "…"
		}
	}
	return out
}
