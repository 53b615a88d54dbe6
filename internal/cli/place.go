package cli

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
)

// place is where the commands work: a server, or a store of one's own and its key.
type place struct {
	context string // its name, where a context named it
	server  *api.Server
	caFile  string
	store   string
	key     string
	handed  bool // the key comes from the service manager
	found   bool // nobody named the place: it is what this host has
}

// id is what a saved session belongs to.
func (p place) id() string {
	if p.server != nil {
		return p.server.String()
	}
	return p.store
}

// hasCertificate reports whether the place is a server that shows one.
func (p place) hasCertificate() bool { return p.server != nil && p.server.HasCertificate() }

// noCertificate refuses --ca-file at a place that shows no certificate.
func noCertificate(at string) error {
	return mfa.UsageError("--ca-file", "no certificate is shown by %s", at).WithHint("leave it out, or name the server by https://")
}

// placeChoice is a place as the flags, the environment or the settings name it, in one of
// three ways.
type placeChoice struct {
	context, server, store string
	names                  [3]string // of the ways, for errors
	keyFile                string    // that goes with the store
}

func (w placeChoice) empty() bool { return w.context == "" && w.server == "" && w.store == "" }

// check refuses two ways at once: whichever won, it could be the wrong one.
func (w placeChoice) check() error {
	var given []string
	for i, v := range []string{w.context, w.server, w.store} {
		if v != "" {
			given = append(given, w.names[i])
		}
	}
	if len(given) > 1 {
		return mfa.UsageError(given[1], "given together with %s, and they may name different places", given[0]).WithHint("leave one of them out")
	}
	return nil
}

// placeVariables are the variables that name the place.
func placeVariables() [3]string { return [3]string{"MFACTL_CONTEXT", "MFACTL_SERVER", "MFACTL_STORE"} }

// warnOverridden warns whoever takes a context in use that a variable stands over it.
func warnOverridden(a *App, context string) {
	for i, name := range placeVariables() {
		if value := a.Env(name); value != "" && (i > 0 || value != context) {
			a.term.Say("mfactl: warning: %s is set and stands over the context in use: commands go on to act there until it is unset", name)
		}
	}
}

// placeChoices returns what may name the place, the strongest first: flags, environment, the
// context in use, settings.
func placeChoices(a *App, c config.Config, all config.Contexts) []placeChoice {
	env := placeVariables()
	return []placeChoice{
		{a.flags.context, a.flags.server, a.flags.store, [3]string{"--context", "--server", "--store"}, ""},
		{a.Env(env[0]), a.Env(env[1]), a.Env(env[2]), env, ""},
		{context: all.Current, names: [3]string{"context", "server", "store"}},
		{c.Context, c.Server, c.Store, [3]string{"context", "server", "store"}, c.KeyFile},
	}
}

// place finds where to work, once a run.
func (a *App) place() (place, error) {
	if a.where != nil {
		return *a.where, nil
	}
	p, err := findPlace(a)
	if err == nil && a.flags.caFile != "" && !p.hasCertificate() {
		err = noCertificate(p.id())
	}
	if err != nil {
		return p, err
	}
	a.where = &p
	return p, nil
}

// findPlace is what was named, or what this host has, which is its server's socket, its
// store, or the user's own store.
func findPlace(a *App) (place, error) {
	c, err := a.settings()
	if err != nil {
		return place{}, err
	}
	all, err := config.LoadContexts(a.contextsFile())
	if err != nil {
		return place{}, err
	}
	for _, w := range placeChoices(a, c, all) {
		if w.empty() {
			continue
		}
		return chosenPlace(a, w, c, all)
	}
	return ofThisHost(a, c)
}

// chosenPlace returns the place that a choice names.
func chosenPlace(a *App, w placeChoice, c config.Config, all config.Contexts) (place, error) {
	if err := w.check(); err != nil {
		return place{}, err
	}
	one := config.Context{Server: w.server, Store: w.store, KeyFile: w.keyFile}
	if w.context != "" {
		var err error
		if one, err = all.Find(w.context); err != nil {
			return place{}, err
		}
	}
	if one.Server == "" {
		return storeAt(a, one)
	}
	at, err := api.ParseServer(one.Server)
	if err != nil {
		return place{}, err
	}
	p := place{context: one.Name, server: &at}
	if p.hasCertificate() {
		p.caFile = cmp.Or(a.flags.caFile, a.Env("MFACTL_CA_FILE"), one.CAFile, c.CAFile)
	}
	return p, nil
}

// storeAt is the place of a store that was named by its path. A key that the settings
// name goes with the store that they name, or with a default one.
func storeAt(a *App, one config.Context) (p place, err error) {
	if err := checkScheme(a, one.Store); err != nil {
		return p, err
	}
	p = place{context: one.Name, key: cmp.Or(a.Env("MFACTL_KEY_FILE"), one.KeyFile)}
	if p.store, err = store.Locate(one.Store); err != nil {
		return p, err
	}
	return placeWithKey(a, p)
}

// placeWithKey finds the key of a store: the one that was named, the one that the service
// manager hands over, or the one where it is by default.
func placeWithKey(a *App, p place) (place, error) {
	if p.key == "" {
		p.key, p.handed = credentialFile(a, keyName)
	}
	var err error
	if p.key, err = filepath.Abs(cmp.Or(p.key, keyOf(a, p.store))); err != nil {
		return p, mfa.UsageError("key_file", "not a path").WithCause(err)
	}
	return p, nil
}

// credentialFile finds what the service manager hands over by its name.
func credentialFile(a *App, name string) (path string, handed bool) {
	dir := a.Env("CREDENTIALS_DIRECTORY")
	if !filepath.IsAbs(dir) {
		return "", false
	}
	path = filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		return "", false
	}
	return path, true
}

// storePlace is place for what works on the store itself. Usage where the place that
// was named is a server; where none was named, it is the host's store.
func (a *App) storePlace() (place, error) {
	p, err := a.place()
	switch {
	case err != nil || p.server == nil:
		return p, err
	case p.found:
		c, err := a.settings()
		if err != nil {
			return p, err
		}
		a.itself = true
		return storeOfThisHost(a, c)
	}
	return p, mfa.Errorf(mfa.Usage, "this works on the store itself, and %s is a server", p.id()).
		WithHint("run it on the host of the store, with --store PATH")
}

// visitPlace is place where doctor looks at a server and not at a store: one that
// somebody named, or the host's own for the people who may not open the host's store.
func visitPlace(a *App, broken error) (place, error) {
	if broken != nil {
		return place{}, broken
	}
	p, err := a.place()
	if err == nil && (p.server == nil || p.found && mayOpenHostStore(a)) {
		err = mfa.Errorf(mfa.Usage, "the place is a store")
	}
	return p, err
}

// checkScheme refuses stores this version does not know, and a password in --store,
// which every process list would show.
func checkScheme(a *App, location string) error {
	scheme, _, ok := strings.Cut(location, "://")
	if !ok || store.Known(scheme) {
		return nil
	}
	if u, err := url.Parse(a.flags.store); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			return mfa.UsageError("--store", "holds a password, which every process list would show").
				WithHint("use a pgpass file, or MFACTL_STORE")
		}
	}
	return mfa.UsageError("store", "%s:// is not yet in this version", scheme).WithHint("give the path of a SQLite file, or --server for an https:// URL")
}
