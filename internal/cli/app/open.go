package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// LocalStore is a store that this process opened itself.
type LocalStore struct {
	Store  *store.Store
	Engine *engine.Engine
}

// Service opens what the commands talk to. It is the one place that knows what
// there is to talk to.
func (a *App) Service(ctx context.Context) (mfa.Service, error) {
	p, err := a.Place()
	if err != nil {
		return nil, err
	}
	if p.Server != nil {
		return a.Dial(p)
	}
	l, err := a.OpenStore(ctx)
	if err != nil {
		return nil, err
	}
	return l.Engine, nil
}

// Dial makes a client of the server. It connects with the first call.
func (a *App) Dial(p Place) (*api.Client, error) {
	if a.remote != nil {
		return a.remote, nil
	}
	o := api.DialOptions{CAFile: p.CAFile, Owners: hostOwners(a)}
	if !a.asJSON {
		o.Slow = func() { a.Term.Say("mfactl: waiting for %s", p.ID()) }
	}
	c, err := api.NewClient(*p.Server, o)
	if err != nil {
		return nil, err
	}
	a.remote = c
	return c, nil
}

// greet says where the first question of a run is asked, where that is a server or has a
// name: a password for one place must not be typed at another. If a server does not
// answer, the user learns it before typing anything for it.
func (a *App) greet(ctx context.Context) (string, error) {
	p, err := a.Place()
	if err != nil || a.itself || p.Server == nil && p.Context == "" {
		return "", nil //nolint:nilerr // who needs the place tells what is wrong with it
	}
	if p.Server != nil {
		c, err := a.Dial(p)
		if err == nil {
			err = c.Reach(ctx)
		}
		if err != nil {
			return "", err
		}
	}
	if p.Context != "" {
		return "At " + p.ID() + " (context " + p.Context + ")", nil
	}
	return "At " + p.ID(), nil
}

// OpenStore opens the store itself.
func (a *App) OpenStore(ctx context.Context) (*LocalStore, error) {
	if a.Local != nil {
		return a.Local, nil
	}
	p, err := a.StorePlace()
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, p.Store, store.Options{Clock: a.Clock})
	if err != nil {
		return nil, a.ExplainClosed(p, err)
	}
	a.Local = &LocalStore{Store: st}
	keys, err := p.Keyring()
	if err != nil {
		return nil, a.ExplainClosed(p, err)
	}
	a.Local.Engine = a.NewEngine(st, keys)
	return a.Local, nil
}

// NewEngine is one over a store, for this run.
func (a *App) NewEngine(st *store.Store, keys *seal.Keyring) *engine.Engine {
	return engine.New(st, keys, engine.Options{Rand: a.Rand, Hasher: a.Hasher})
}

// Keyring reads the key file of a store.
func (p Place) Keyring() (*seal.Keyring, error) {
	if p.Handed {
		return seal.ReadCredential(p.Key)
	}
	return seal.ReadKeyFile(p.Key)
}

// ExplainClosed says what helps who may not open a store, or make the host's own.
func (a *App) ExplainClosed(p Place, err error) error {
	if err == nil || p.Store == "" {
		return err
	}
	e := mfa.AsError(err)
	switch hosts := p.Store == filepath.Join(a.ThisHost().Data, storeName); {
	case hosts && errors.Is(err, os.ErrNotExist) && e.Code == mfa.Unavailable && !mayOpenHostStore(a):
		return e.WithHint("as root: mfactl init, or --store PATH for a store of your own")
	case e.Code != mfa.Forbidden || e.Hint != "":
		return err
	case hosts:
		return e.WithHint("use sudo, have mfactl serve listen at %s for the people of this host, or take --store PATH for a store of your own", a.ThisHost().Socket)
	}
	return e.WithHint("run as the user whom the store belongs to")
}
