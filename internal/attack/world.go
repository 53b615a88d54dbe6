package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// clock stands still until it is moved.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time          { return c.now }
func (c *clock) Advance(d time.Duration) { c.now = c.now.Add(d) }

// half is one half of a victim's account that the attacker did.
type half struct {
	victim string
	what   string // "password" or "factor"
	at     time.Time
	signed bool     // the victim has signed in since with the other half
	by     []string // the people who did it: a free account counts as a person of its own
}

// open reports whether a half is open at a moment: for a day at least and for a week at most.
func (h half) open(now time.Time) bool {
	age := now.Sub(h.at)
	return age < 24*time.Hour || age < 7*24*time.Hour && !h.signed
}

// secrets are what the attacker knows of a victim.
type secrets struct {
	password mfa.Secret // chosen by the attacker
	setCode  mfa.Secret // redeemed for a password
	recovery mfa.Secret
}

// state is all that differs from one sequence of acts to another but the store.
type state struct {
	now      time.Time
	people   map[string]person
	known    map[string]secrets
	halves   []half
	token    mfa.Secret           // an API token of the attacker
	born     map[string]time.Time // when a puppet was created
	sequence []string
	attack   string // what the sequence led to, empty if to nothing
}

func (s state) clone() state {
	s.people, s.known, s.born = maps.Clone(s.people), maps.Clone(s.known), maps.Clone(s.born)
	s.halves, s.sequence = slices.Clone(s.halves), slices.Clone(s.sequence)
	return s
}

// node is a state with its store.
type node struct {
	state
	db []byte
}

// world is a node whose store is open.
type world struct {
	state
	path   string
	clock  *clock
	keys   *seal.Keyring
	store  mfa.Store
	engine *engine.Engine
	dirty  bool // somebody signed in, whatever came of the act
}

// lab makes worlds of nodes, in a directory of its own.
type lab struct {
	dir  string
	keys *seal.Keyring
}

// open returns the world of a node, until the function that is returned as well.
func (l *lab) open(ctx context.Context, n node) (*world, func() error, error) {
	dir, err := os.MkdirTemp(l.dir, "world-")
	if err != nil {
		return nil, nil, err
	}
	w := &world{state: n.clone(), path: filepath.Join(dir, "store.db"), clock: &clock{n.now}, keys: l.keys}
	end := func() error { return errors.Join(w.close(), os.RemoveAll(dir)) }
	if err = os.WriteFile(w.path, n.db, 0o600); err == nil {
		err = w.reopen(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	return w, end, nil
}

func (w *world) reopen(ctx context.Context) error {
	st, err := store.Open(ctx, w.path, store.Options{Clock: w.clock.Now})
	if err != nil {
		return err
	}
	w.use(st)
	return nil
}

// use takes a store that is open. Passwords are hashed at little cost: the search is about
// who may do what.
func (w *world) use(st mfa.Store) {
	w.store, w.engine = st, engine.New(st, w.keys, engine.Options{Hasher: seal.NewQuickHasher(1, 8)})
}

func (w *world) close() error {
	if w.store == nil {
		return nil
	}
	err := w.store.Close()
	w.store = nil
	return err
}

// node closes the store and returns the node that the world has become.
func (w *world) node() (node, error) {
	if err := w.close(); err != nil {
		return node{}, err
	}
	db, err := os.ReadFile(w.path)
	w.now = w.clock.now
	return node{w.clone(), db}, err
}

// person returns one of the people, to be put back with keep.
func (w *world) person(name string) (person, bool) {
	p, ok := w.people[name]
	return p, ok
}

func (w *world) keep(name string, p person) { w.people[name] = p }
