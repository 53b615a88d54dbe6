package records

import (
	"context"
	"encoding/hex"
	"errors"
	"sync/atomic"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// Store opens the transactions of a store, in which records are verified and signed. It may
// be used by many goroutines at once.
type Store struct {
	raw      mfa.Store
	keys     *seal.Keyring
	instance atomic.Pointer[string]   // set once the store was seen to belong to the keys
	seen     atomic.Pointer[seenMark] // the mark that was verified last
	forms    forms
	policies Memo[mfa.Policy] // by the communities of a line
}

// New returns the records of a store that were signed by some keys. It reads nothing: the
// first transaction finds out whether the keys belong to the store. Each answers Damaged if
// they do not, and Unavailable where the store was never finished.
func New(raw mfa.Store, keys *seal.Keyring) *Store { return &Store{raw: raw, keys: keys} }

// View runs f over one consistent state, see [mfa.Store].
func (st *Store) View(ctx context.Context, f func(*Reader) error) error {
	return st.raw.View(ctx, func(raw mfa.Reader) error {
		r, err := st.reader(raw, nil)
		if err != nil {
			return err
		}
		return f(r)
	})
}

// Examine is View for a check of every row. The rows of raw are not verified; [Reader.Sound]
// does that.
func (st *Store) Examine(ctx context.Context, f func(r *Reader, raw mfa.Reader) error) error {
	return st.View(ctx, func(r *Reader) error { return f(r, r.raw) })
}

// Update runs f in one transaction that may write everything, see [mfa.Store].
func (st *Store) Update(ctx context.Context, f func(*Writer) error) error {
	return st.raw.Update(ctx, func(tx mfa.Tx) error {
		r, err := st.reader(tx, tx)
		if err != nil {
			return err
		}
		return f(&Writer{RefusalWriter: &RefusalWriter{Reader: r}})
	})
}

// Refuse runs f in one transaction that may write what a refusal may leave behind, see
// [mfa.Store].
func (st *Store) Refuse(ctx context.Context, f func(*RefusalWriter) error) error {
	return st.Update(ctx, func(w *Writer) error { return f(w.RefusalWriter) })
}

// Faults asks the database what is wrong with its own form, see [mfa.Store].
func (st *Store) Faults(ctx context.Context) ([]string, error) { return st.raw.Faults(ctx) }

// Begin makes the store belong to the keys, under a random id, and runs f in the same
// transaction. Conflict if it belongs to some already.
func (st *Store) Begin(ctx context.Context, id func(now time.Time) (string, error), f func(*Writer) error) error {
	return st.raw.Update(ctx, func(tx mfa.Tx) error {
		_, err := tx.Meta(mfa.MetaInstance)
		if err == nil {
			return mfa.Errorf(mfa.Conflict, "the store has been initialized already").WithHint("mfactl login")
		}
		if !errors.Is(err, mfa.NotFound) {
			return err
		}
		instance, err := id(tx.Now())
		if err != nil {
			return err
		}
		if err := tx.SetMeta(mfa.MetaInstance, instance); err != nil {
			return err
		}
		check := hex.EncodeToString(st.keys.MAC(macInstance, []byte(instance)))
		if err := tx.SetMeta(mfa.MetaKeyCheck, check); err != nil {
			return err
		}
		return f(&Writer{RefusalWriter: &RefusalWriter{Reader: &Reader{st: st, raw: tx, tx: tx, instance: instance}}})
	})
}

// reader makes sure that the keys belong to the store.
func (st *Store) reader(raw mfa.Reader, tx mfa.Tx) (*Reader, error) {
	r := &Reader{st: st, raw: raw, tx: tx}
	if known := st.instance.Load(); known != nil {
		r.instance = *known
		return r, nil
	}
	instance, err := raw.Meta(mfa.MetaInstance)
	if err != nil {
		return nil, unfinished(raw, err)
	}
	check, err := raw.Meta(mfa.MetaKeyCheck)
	if err != nil {
		return nil, MustExist(err, "the store's key check")
	}
	mac, err := hex.DecodeString(check)
	if err == nil {
		err = st.keys.VerifyMAC(macInstance, []byte(instance), mac)
	}
	if err != nil {
		return nil, mfa.Errorf(mfa.Damaged, "the key file belongs to another store").
			WithHint("set MFACTL_KEY_FILE to this store's key, or restore its copy").WithCause(err)
	}
	st.instance.Store(&instance)
	r.instance = instance
	return r, nil
}

// unfinished says why a store has no instance: its init did not end, and it holds nothing, or
// the row is missing.
func unfinished(raw mfa.Reader, err error) error {
	all, unread := raw.Communities()
	if errors.Is(err, mfa.NotFound) && unread == nil && len(all) == 0 {
		return mfa.Errorf(mfa.Unavailable, "the store is empty: its init did not end").WithHint("mfactl init")
	}
	return MustExist(err, "the store's instance")
}
