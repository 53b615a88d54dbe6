package host

import (
	"context"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/serve"
	"github.com/mfactl/mfactl/internal/store"
)

// leastFree is how much room the file system of a store must have left, in bytes: a
// few thousand changes.
const leastFree = 16 << 20

// probes are what must be in order for a server to serve. The first look is at once:
// what cannot serve does not begin to.
func probes(ctx context.Context, l *app.LocalStore, path string) ([]serve.Probe, error) {
	all := []serve.Probe{
		{Name: "store", Check: func(ctx context.Context) error {
			return l.Store.View(ctx, func(mfa.Reader) error { return nil })
		}},
		{Name: "key", Check: l.Engine.Ready},
		{Name: "schema", Check: l.Store.Current},
		{Name: "disk", Check: func(context.Context) error { return diskReady(path) }},
	}
	for _, one := range all {
		if err := one.Check(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func diskReady(path string) error {
	free, known := store.Free(path)
	if known && free < leastFree {
		return mfa.Errorf(mfa.Unavailable, "only %d MiB are free where the store is", free>>20)
	}
	return nil
}
