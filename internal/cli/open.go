package cli

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mfactl/mfactl/internal/config"
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

// place is where a local store and its key are.
type place struct {
	store string
	key   string
}

func (a *App) dirs() config.Dirs { return config.FindDirs(a.Env, os.Geteuid() == 0) }

// place finds the store and its key: the ones that were named, or the user's
// own. The key of a store named by its path stands beside it.
func (a *App) place() (place, error) {
	c, err := a.settings()
	if err != nil {
		return place{}, err
	}
	p := place{store: c.Store, key: c.KeyFile}
	if err := a.supported(p.store); err != nil {
		return p, err
	}
	p.store = strings.TrimPrefix(p.store, "sqlite://")
	if p.store == "" {
		p.store = filepath.Join(a.dirs().Data, "mfactl.db")
		if p.key == "" {
			p.key = filepath.Join(a.dirs().Config, "mfactl.key")
		}
	}
	if p.store, err = filepath.Abs(p.store); err != nil {
		return p, mfa.Bad("--store", "not a path").WithCause(err)
	}
	if p.key == "" {
		p.key = p.store + ".key"
	}
	p.key, err = filepath.Abs(p.key)
	if err != nil {
		return p, mfa.Bad("key_file", "not a path").WithCause(err)
	}
	return p, nil
}

// supported refuses places this version does not know, and a password in
// --store, which every process list would show.
func (a *App) supported(location string) error {
	scheme, _, ok := strings.Cut(location, "://")
	if !ok || scheme == "sqlite" {
		return nil
	}
	if u, err := url.Parse(a.flags.store); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			return mfa.Bad("--store", "holds a password, which every process list would show").
				WithHint("use a pgpass file, or MFACTL_STORE")
		}
	}
	return mfa.Bad("store", "%s:// is not yet in this version", scheme).WithHint("give the path of a SQLite file")
}

// service opens what the commands talk to. It is the one place that knows what
// there is to talk to.
func (a *App) service(ctx context.Context) (mfa.Service, error) {
	l, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	return l.engine, nil
}

func (a *App) open(ctx context.Context) (*local, error) {
	if a.local != nil {
		return a.local, nil
	}
	p, err := a.place()
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, p.store, store.Options{Clock: a.Clock})
	if err != nil {
		return nil, err
	}
	keys, err := seal.ReadKeyFile(p.key)
	if err != nil {
		return nil, err
	}
	a.local = &local{store: st, engine: engine.New(st, keys, engine.Options{Rand: a.Rand})}
	return a.local, nil
}

func joinPath(parts ...string) string { return filepath.Join(parts...) }
