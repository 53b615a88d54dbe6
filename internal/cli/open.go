package cli

import (
	"context"
	"errors"
	"os"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// local is a store that this process opened itself.
type local struct {
	store  *store.Store
	engine *engine.Engine
}

// service opens what the commands talk to. It is the one place that knows what
// there is to talk to.
func (a *App) service(ctx context.Context) (mfa.Service, error) {
	p, err := a.place()
	if err != nil {
		return nil, err
	}
	if p.server != nil {
		return a.dial(p)
	}
	l, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	return l.engine, nil
}

// dial makes a client of the server. It connects with the first call.
func (a *App) dial(p place) (*api.Client, error) {
	if a.remote != nil {
		return a.remote, nil
	}
	o := api.DialOptions{CAFile: p.caFile}
	if !a.asJSON {
		o.Slow = func() { a.term.Say("mfactl: waiting for %s", p.id()) }
	}
	c, err := api.NewClient(*p.server, o)
	if err != nil {
		return nil, err
	}
	a.remote = c
	return c, nil
}

// greet says where the first question of a run is asked, where that is a server or has a
// name: a password for one place is nobody's business at another. A server that does
// not answer is told of before anything is typed for it.
func (a *App) greet(ctx context.Context) (string, error) {
	p, err := a.place()
	if err != nil || a.itself || p.server == nil && p.context == "" {
		return "", nil //nolint:nilerr // who needs the place tells what is wrong with it
	}
	if p.server != nil {
		c, err := a.dial(p)
		if err == nil {
			err = c.Reach(ctx)
		}
		if err != nil {
			return "", err
		}
	}
	if p.context != "" {
		return "At " + p.id() + " (context " + p.context + ")", nil
	}
	return "At " + p.id(), nil
}

// open opens the store itself.
func (a *App) open(ctx context.Context) (*local, error) {
	if a.local != nil {
		return a.local, nil
	}
	p, err := a.storePlace()
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, p.store, store.Options{Clock: a.Clock})
	if err != nil {
		return nil, a.closed(p, err)
	}
	a.local = &local{store: st}
	keys, err := p.keyring()
	if err != nil {
		return nil, a.closed(p, err)
	}
	a.local.engine = a.engine(st, keys)
	return a.local, nil
}

// engine is one over a store, for this run.
func (a *App) engine(st *store.Store, keys *seal.Keyring) *engine.Engine {
	return engine.New(st, keys, engine.Options{Rand: a.Rand, Hasher: a.Hasher})
}

// keyring reads the key file of a store.
func (p place) keyring() (*seal.Keyring, error) {
	if p.handed {
		return seal.ReadCredential(p.key)
	}
	return seal.ReadKeyFile(p.key)
}

// closed says what helps who may not open a store, or make the host's own.
func (a *App) closed(p place, err error) error {
	if err == nil || p.store == "" {
		return err
	}
	e := mfa.AsError(err)
	switch hosts := isHostStore(a, p.store); {
	case hosts && errors.Is(err, os.ErrNotExist) && e.Code == mfa.Unavailable && !mayOpenHostStore(a):
		return e.WithHint("as root: mfactl init, or --store PATH for a store of your own")
	case e.Code != mfa.Forbidden || e.Hint != "":
		return err
	case hosts:
		return e.WithHint("use sudo, have mfactl serve listen at %s for the people of this host, or take --store PATH for a store of your own", a.system().Socket)
	}
	return e.WithHint("run as the user whom the store belongs to")
}
