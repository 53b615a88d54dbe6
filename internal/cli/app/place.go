package app

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

// Place is where the commands work: a server, or a store of one's own and its key.
type Place struct {
	Context string // its name, where a context named it
	Server  *api.Server
	CAFile  string
	Store   string
	Key     string
	Handed  bool // the key comes from the service manager
	Found   bool // nobody named the place: it is what this host has
}

// ID is what a saved session belongs to.
func (p Place) ID() string {
	if p.Server != nil {
		return p.Server.String()
	}
	return p.Store
}

// hasCertificate reports whether the place is a server that shows one.
func (p Place) hasCertificate() bool { return p.Server != nil && p.Server.HasCertificate() }

// NoCertificate refuses --ca-file at a place that shows no certificate.
func NoCertificate(at string) error {
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

// WarnOverridden warns a user who takes a context in use that a variable stands over it.
func WarnOverridden(a *App, context string) {
	for i, name := range placeVariables() {
		if value := a.Env(name); value != "" && (i > 0 || value != context) {
			a.Term.Say("mfactl: warning: %s is set and stands over the context in use: commands go on to act there until it is unset", name)
		}
	}
}

// placeChoices returns what may name the place, the strongest first: flags, environment, the
// context in use, settings.
func placeChoices(a *App, c config.Config, all config.Contexts) []placeChoice {
	env := placeVariables()
	return []placeChoice{
		{a.Flags.Context, a.Flags.Server, a.Flags.Store, [3]string{"--context", "--server", "--store"}, ""},
		{a.Env(env[0]), a.Env(env[1]), a.Env(env[2]), env, ""},
		{context: all.Current, names: [3]string{"context", "server", "store"}},
		{c.Context, c.Server, c.Store, [3]string{"context", "server", "store"}, c.KeyFile},
	}
}

// Place finds where to work, once a run.
func (a *App) Place() (Place, error) {
	if a.where != nil {
		return *a.where, nil
	}
	p, err := findPlace(a)
	if err == nil && a.Flags.CAFile != "" && !p.hasCertificate() {
		err = NoCertificate(p.ID())
	}
	if err != nil {
		return p, err
	}
	a.where = &p
	return p, nil
}

// findPlace is what was named, or what this host has, which is its server's socket, its
// store, or the user's own store.
func findPlace(a *App) (Place, error) {
	c, err := a.Settings()
	if err != nil {
		return Place{}, err
	}
	all, err := config.LoadContexts(a.ContextsFile())
	if err != nil {
		return Place{}, err
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
func chosenPlace(a *App, w placeChoice, c config.Config, all config.Contexts) (Place, error) {
	if err := w.check(); err != nil {
		return Place{}, err
	}
	one := config.Context{Server: w.server, Store: w.store, KeyFile: w.keyFile}
	if w.context != "" {
		var err error
		if one, err = all.Find(w.context); err != nil {
			return Place{}, err
		}
	}
	if one.Server == "" {
		return storeAt(a, one)
	}
	at, err := api.ParseServer(one.Server)
	if err != nil {
		return Place{}, err
	}
	p := Place{Context: one.Name, Server: &at}
	if p.hasCertificate() {
		p.CAFile = cmp.Or(a.Flags.CAFile, a.Env("MFACTL_CA_FILE"), one.CAFile, c.CAFile)
	}
	return p, nil
}

// storeAt is the place of a store that was named by its path. A key that the settings
// name goes with the store that they name, or with a default one.
func storeAt(a *App, one config.Context) (p Place, err error) {
	p = Place{Context: one.Name, Key: cmp.Or(a.Env("MFACTL_KEY_FILE"), one.KeyFile)}
	if p.Store, err = LocateStore(a, one.Store); err != nil {
		return p, err
	}
	return placeWithKey(a, p)
}

// placeWithKey finds the key of a store: the one that was named, the one that the service
// manager hands over, or the one where it is by default.
func placeWithKey(a *App, p Place) (Place, error) {
	if p.Key == "" {
		p.Key, p.Handed = CredentialFile(a, keyName)
	}
	var err error
	if p.Key, err = filepath.Abs(cmp.Or(p.Key, keyOf(a, p.Store))); err != nil {
		return p, mfa.UsageError("key_file", "not a path").WithCause(err)
	}
	return p, nil
}

// CredentialFile finds what the service manager hands over by its name.
func CredentialFile(a *App, name string) (path string, handed bool) {
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

// StorePlace is Place for what works on the store itself. Usage where the place that
// was named is a server; where none was named, it is the host's store.
func (a *App) StorePlace() (Place, error) {
	p, err := a.Place()
	switch {
	case err != nil || p.Server == nil:
		return p, err
	case p.Found:
		c, err := a.Settings()
		if err != nil {
			return p, err
		}
		a.itself = true
		return storeOfThisHost(a, c)
	}
	return p, mfa.Errorf(mfa.Usage, "this works on the store itself, and %s is a server", p.ID()).
		WithHint("run it on the host of the store, with --store PATH")
}

// VisitPlace is Place where doctor looks at a server and not at a store: one that
// somebody named, or the host's own for the people who may not open the host's store.
func VisitPlace(a *App, broken error) (Place, error) {
	if broken != nil {
		return Place{}, broken
	}
	p, err := a.Place()
	if err == nil && (p.Server == nil || p.Found && mayOpenHostStore(a)) {
		err = mfa.Errorf(mfa.Usage, "the place is a store")
	}
	return p, err
}

// LocateStore returns the full path of a store that was named.
func LocateStore(a *App, location string) (string, error) {
	if err := checkScheme(a, location); err != nil {
		return "", err
	}
	return store.Locate(location)
}

// LocateServer returns the URL of a server in its one form. It refuses a file of certificates
// that cannot be used there.
func LocateServer(url, caFile string) (string, error) {
	at, err := api.ParseServer(url)
	if err != nil {
		return "", err
	}
	if caFile != "" && !at.HasCertificate() {
		return "", NoCertificate(at.String())
	}
	_, err = api.NewClient(at, api.DialOptions{CAFile: caFile}) // it reads the file
	return at.String(), err
}

// checkScheme refuses stores this version does not know, and a password in --store,
// which every process list would show.
func checkScheme(a *App, location string) error {
	scheme, _, ok := strings.Cut(location, "://")
	if !ok || store.Known(scheme) {
		return nil
	}
	if u, err := url.Parse(a.Flags.Store); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			return mfa.UsageError("--store", "holds a password, which every process list would show").
				WithHint("use a pgpass file, or MFACTL_STORE")
		}
	}
	return mfa.UsageError("store", "%s:// is not yet in this version", scheme).WithHint("give the path of a SQLite file, or --server for an https:// URL")
}
