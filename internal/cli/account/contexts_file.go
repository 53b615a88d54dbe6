package account

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/mfa"
)

// contextsWait is how long a command waits for others that change the contexts; each
// takes a few milliseconds.
const contextsWait = 10 * time.Second

// changeContexts changes the file of contexts. Another process that changes it waits, and
// finds what was written here; change may be called twice, so it does nothing else. If
// there is nothing to change, nothing is written. The saved session of a context is removed
// before the context, because another context of that name must not find it.
func changeContexts(ctx context.Context, a *app.App, change func(*config.Contexts) (bool, error)) (all config.Contexts, changed bool, _ error) {
	var were []config.Context
	read := func() (err error) {
		if all, err = config.LoadContexts(a.ContextsFile()); err == nil {
			were = slices.Clone(all.List)
			changed, err = change(&all)
		}
		return err
	}
	if err := read(); err != nil || !changed {
		return all, false, err
	}
	release, err := lockContexts(ctx, a)
	if err != nil {
		return all, false, err
	}
	defer release()
	if err := read(); err != nil || !changed {
		return all, false, err
	}
	for _, one := range were {
		if slices.Contains(all.List, one) {
			continue
		}
		if err := forgetSession(a, one); err != nil {
			return all, false, err
		}
	}
	return all, true, writeContexts(a, all)
}

// forgetSession removes the saved session of a context.
func forgetSession(a *app.App, one config.Context) error {
	path := a.SessionPath(app.Place{Context: one.Name})
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return mfa.Errorf(mfa.Unavailable, "the saved session cannot be removed: %s", path).WithCause(err)
	}
	return nil
}

// lockContexts has everybody else who changes the contexts wait. The lock is on a file
// beside them, since each change puts a new one in their place; the system takes it
// back from a process that is killed.
func lockContexts(ctx context.Context, a *app.App) (release func(), _ error) {
	path := a.ContextsFile()
	if err := app.MakeDirs(filepath.Dir(path)); err != nil {
		return nil, unwritable(path, err)
	}
	if f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL|os.O_RDONLY, 0o600); err == nil { //nolint:gosec // beside the settings
		if err := errors.Join(app.HandOver(f), f.Close()); err != nil {
			return nil, unwritable(path, err)
		}
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	waiting, cancel := context.WithTimeout(ctx, contextsWait)
	defer cancel()
	_, err := lock.TryLockContext(waiting, 5*time.Millisecond)
	switch {
	case err == nil:
		return func() { _ = lock.Close() }, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		return nil, mfa.Errorf(mfa.Unavailable, "others are changing the contexts: %s", path).WithCause(err)
	}
	return nil, unwritable(path, err)
}

func writeContexts(a *app.App, all config.Contexts) error {
	text, err := all.Text()
	if err != nil {
		return err
	}
	if err := app.ReplaceFile(a.ContextsFile(), text); err != nil {
		return unwritable(a.ContextsFile(), err)
	}
	return nil
}

func unwritable(path string, err error) error {
	return mfa.Errorf(mfa.Unavailable, "the contexts cannot be written: %s", path).WithCause(err)
}
