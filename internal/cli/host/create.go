package host

import (
	"context"
	"errors"
	"os"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// making is a store being made: what was made is removed again if the rest
// fails, and what an init that was killed has left is taken up.
type making struct {
	app.Place
	lock    store.Lock
	madeKey bool
}

// createStore makes a new store and its key: the key first, so that no store exists
// without one. Of several at the same time one makes it, and none removes what
// another has made. Conflict where a store is in use.
func createStore(ctx context.Context, a *app.App, req mfa.InitRequest) (out mfa.Initialized, p app.Place, err error) {
	if p, err = newPlace(a); err != nil {
		return out, p, err
	}
	if err := checkUnused(ctx, a, p); err != nil {
		return out, p, err
	}
	m := &making{Place: p}
	if m.lock, err = store.Acquire(ctx, p.Store); err != nil {
		return out, p, a.ExplainClosed(p, err)
	}
	defer func() {
		if err != nil && m.madeKey {
			_ = os.Remove(m.Key)
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
	a.Local = &app.LocalStore{Store: st, Engine: a.NewEngine(st, keys)}
	if out, err = a.Local.Engine.Init(a.CallContext(ctx, "Init", "", mfa.Secret{}, req), req); err != nil {
		err = errors.Join(err, st.Close())
		a.Local = nil
	}
	return out, p, err
}

// checkUnused refuses a store that was initialized. An empty one, which a killed init
// has left, holds nothing that could be lost. Forbidden where nobody can tell.
func checkUnused(ctx context.Context, a *app.App, p app.Place) error {
	switch _, err := os.Lstat(p.Store); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case errors.Is(err, os.ErrPermission):
		return a.ExplainClosed(p, mfa.Errorf(mfa.Forbidden, "%s may not be opened", p.Store).WithCause(err))
	}
	taken := mfa.Errorf(mfa.Conflict, "there is a store already: %s", p.Store).
		WithHint("mfactl login, or choose another --store")
	st, err := store.Open(ctx, p.Store, store.Options{Clock: a.Clock})
	if err != nil {
		if e := mfa.AsError(a.ExplainClosed(p, err)); e.Code == mfa.Forbidden {
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
	if _, err := os.Lstat(m.Key); err == nil {
		return seal.ReadKeyFile(m.Key)
	}
	keys := seal.New()
	if err := seal.CreateKeyFile(m.Key, keys); err != nil {
		return nil, err
	}
	m.madeKey = true
	return keys, nil
}

// store makes the store, or opens the empty one.
func (m *making) store(ctx context.Context, o store.Options) (*store.Store, error) {
	if _, err := os.Lstat(m.Store); err == nil {
		return store.Open(ctx, m.Store, o)
	}
	return m.lock.Create(ctx, o)
}

// newPlace is where a store is made. Conflict on a host that has a server: a store
// made there would be found by nobody.
func newPlace(a *app.App) (app.Place, error) {
	p, err := a.Place()
	if err == nil && p.Server != nil && p.Found {
		return p, mfa.Errorf(mfa.Conflict, "this host has a server at %s", p.Server.Socket).
			WithHint("mfactl login, or --store PATH to make a store of your own")
	}
	if err != nil {
		return p, err
	}
	return a.StorePlace()
}
