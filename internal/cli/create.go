package cli

import (
	"context"
	"errors"
	"os"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// making is a store being made: what was made is removed again if the rest
// fails, and what an init that was killed has left is taken up.
type making struct {
	place
	lock store.Lock
	undo []func()
}

// createStore makes a new store and its key: the key first, so that no store exists
// without one. Of several at the same time one makes it, and none removes what
// another has made. Conflict where a store is in use.
func createStore(ctx context.Context, a *App, req mfa.InitRequest) (out mfa.Initialised, p place, err error) {
	if p, err = newPlace(a); err != nil {
		return out, p, err
	}
	if err := checkUnused(ctx, a, p); err != nil {
		return out, p, err
	}
	m := &making{place: p}
	if m.lock, err = store.Acquire(ctx, p.store); err != nil {
		return out, p, a.closed(p, err)
	}
	defer func() {
		if err != nil {
			m.back()
		}
		m.lock.Release(err == nil)
	}()
	if err := checkUnused(ctx, a, p); err != nil { // now that nobody else makes it
		return out, p, err
	}
	keys, err := m.keys()
	if err != nil {
		return out, p, err
	}
	st, err := m.store(ctx, store.Options{Clock: a.Clock})
	if err != nil {
		return out, p, err
	}
	a.local = &local{store: st, engine: a.engine(st, keys)}
	if out, err = a.local.engine.Init(a.callContext(ctx, "Init", "", mfa.Secret{}), req); err != nil {
		err = errors.Join(err, st.Close())
		a.local = nil
	}
	return out, p, err
}

// checkUnused refuses a store that was initialised. An empty one, which a killed init
// has left, holds nothing that could be lost. Forbidden where nobody can tell.
func checkUnused(ctx context.Context, a *App, p place) error {
	switch _, err := os.Lstat(p.store); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case errors.Is(err, os.ErrPermission):
		return a.closed(p, mfa.Errorf(mfa.Forbidden, "%s may not be opened", p.store).WithCause(err))
	}
	taken := mfa.Errorf(mfa.Conflict, "there is a store already: %s", p.store).
		WithHint("mfactl login, or choose another --store")
	st, err := store.Open(ctx, p.store, store.Options{Clock: a.Clock})
	if err != nil {
		if e := mfa.AsError(a.closed(p, err)); e.Code == mfa.Forbidden {
			taken = taken.WithHint("%s", e.HintText())
		}
		return taken.WithCause(err)
	}
	err = st.View(ctx, func(r mfa.Reader) error {
		_, err := r.Meta(mfa.MetaInstance)
		return err
	})
	if cerr := st.Close(); cerr != nil || !errors.Is(err, mfa.NotFound) {
		return taken.WithCause(errors.Join(err, cerr))
	}
	return nil
}

// keys makes the key file, or reads one that is there: a key is never
// overwritten, and one key may serve several stores.
func (m *making) keys() (*seal.Keyring, error) {
	if _, err := os.Lstat(m.key); err == nil {
		return seal.ReadKeyFile(m.key)
	}
	keys := seal.New()
	if err := seal.CreateKeyFile(m.key, keys); err != nil {
		return nil, err
	}
	m.undo = append(m.undo, func() { _ = os.Remove(m.key) })
	return keys, nil
}

// store makes the store, or opens the empty one.
func (m *making) store(ctx context.Context, o store.Options) (*store.Store, error) {
	if _, err := os.Lstat(m.place.store); err == nil {
		return store.Open(ctx, m.place.store, o)
	}
	return m.lock.Create(ctx, o)
}

// back removes what was made.
func (m *making) back() {
	for _, undo := range m.undo {
		undo()
	}
}

// newPlace is where a store is made. Conflict on a host that has a server: a store
// made there would be found by nobody.
func newPlace(a *App) (place, error) {
	p, err := a.place()
	if err == nil && p.server != nil && p.found {
		return p, mfa.Errorf(mfa.Conflict, "this host has a server at %s", p.server.Socket).
			WithHint("mfactl login, or --store PATH to make a store of your own")
	}
	if err != nil {
		return p, err
	}
	return a.storePlace()
}
