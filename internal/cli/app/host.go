package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/config"
)

// What a store and its key are called where they are by default.
const (
	storeName = "mfactl.db"
	keyName   = "mfactl.key"
)

// ofThisHost is the place where nobody named one.
func ofThisHost(a *App, c config.Config) (Place, error) {
	if socket := a.ThisHost().Socket; Exists(socket) {
		return Place{Server: &api.Server{Socket: socket}, Found: true}, nil
	}
	return storeOfThisHost(a, c)
}

// storeOfThisHost is the host's store, if it has one, or the user's own.
func storeOfThisHost(a *App, c config.Config) (Place, error) {
	data := a.Dirs().Data
	if sys := a.ThisHost(); Exists(sys.Data) {
		data = sys.Data
	}
	return placeWithKey(a, Place{Store: filepath.Join(data, storeName), Key: c.KeyFile, Found: true})
}

// keyOf is where the key of a store is unless another was named. It is beside the store,
// or with the settings if the store is in a default place, however that place was named.
// A default store that was made by its path may have its key beside it all the same.
func keyOf(a *App, store string) string {
	beside := store + ".key"
	sys, own := a.ThisHost(), a.Dirs()
	for _, d := range [][2]string{{sys.Data, sys.Config}, {own.Data, own.Config}} {
		key := filepath.Join(d[1], keyName)
		if store == filepath.Join(d[0], storeName) && (Exists(key) || !Exists(beside)) {
			return key
		}
	}
	return beside
}

// mayOpenHostStore reports whether this user may open the host's own store: root, and the user
// whose directory it lies in, since no other may.
func mayOpenHostStore(a *App) bool {
	info, err := os.Stat(a.ThisHost().Data)
	if err != nil {
		return false
	}
	uid, known := OwnerOf(info)
	return os.Geteuid() == 0 || known && uid == os.Geteuid()
}

// hostOwners returns the owner of the host's own store, whose server people of the host may
// trust as they trust root's. It is empty if the host has no store.
func hostOwners(a *App) []int {
	info, err := os.Stat(a.ThisHost().Data)
	if err != nil {
		return nil
	}
	if uid, known := OwnerOf(info); known {
		return []int{uid}
	}
	return nil
}

// Exists reports whether there is something at a path, also where it may not be looked
// at: to take it for absent would be to work elsewhere.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// Dirs are the directories of this user.
func (a *App) Dirs() config.Dirs { return config.FindDirs(a.Env, os.Geteuid() == 0) }

// ThisHost is where a host's own server and store are.
func (a *App) ThisHost() config.Host {
	if a.Host != (config.Host{}) {
		return a.Host
	}
	return config.SystemHost()
}

// ContextsFile is where the contexts are: a file of ours, wherever the settings are.
func (a *App) ContextsFile() string { return filepath.Join(a.Dirs().Config, "contexts.yaml") }
