package engine

import (
	"context"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ExportKey makes a copy of the keys that only the owners of the recipients'
// identities can open, and records it with the OS identity as an event of high
// severity. It is for whoever opens the store directly. Usage for a recipient
// that is malformed or missing.
//
// A copy that was made may still be lost: [Engine.KeysCopied] remembers it once
// it is where it should be.
func (e *Engine) ExportKey(ctx context.Context, req mfa.ExportKeyRequest) (mfa.ExportedKey, error) {
	armor, err := e.keys.ExportTo(req.Recipients)
	if err != nil {
		return mfa.ExportedKey{}, err
	}
	out := mfa.ExportedKey{Recipients: req.Recipients, Armor: armor}
	for _, k := range e.keys.Keys() {
		out.KeyIDs = append(out.KeyIDs, k.ID)
	}
	rule := mfa.Rule{Method: "ExportKey", Changes: true, Action: mfa.ActKeyExport}
	return performUnder(ctx, e.runner, spec{method: rule.Method, body: req}, rule, func(s *scope, _ *account) (_ mfa.ExportedKey, err error) {
		out.Event, err = s.record(event{action: mfa.ActKeyExport, note: "to " + strings.Join(short(req.Recipients), ", "), high: true})
		return out, err
	})
}

// KeysCopied remembers that a copy of the keys as they are now is in a safe
// place. It is for whoever opens the store directly.
func (e *Engine) KeysCopied(ctx context.Context) error {
	return e.records.Update(ctx, func(w *records.Writer) error {
		s, err := e.beginMaintenance(w.Reader)
		if err != nil {
			return err
		}
		for _, k := range e.keys.Keys() {
			if err := w.PutKeyCopy(k.ID, s.now); err != nil {
				return err
			}
		}
		return nil
	})
}

// keysCopied reports whether a copy of every key was made.
func (s *scope) keysCopied() bool {
	for _, k := range s.run.keys.Keys() {
		if !s.r.KeyCopied(k.ID) {
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
