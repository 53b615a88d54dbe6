package main

import (
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/attack/ram"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
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

// secrets are what the attacker knows of a victim and was not used up.
type secrets struct {
	password mfa.Secret // chosen by the attacker
	setCode  mfa.Secret // redeemed for a password
	recovery mfa.Secret
	owned    bool // the account is one that the attacker created with the victim's address
	gone     bool // it is such a one, and the address was no longer reserved: the victim has no account
}

// state is all that differs from one sequence of acts to another but the store.
type state struct {
	now      time.Time
	people   map[string]person
	known    map[string]secrets
	halves   []half
	token    mfa.Secret           // an API token of the attacker
	service  bool                 // it is that of a service account, which the attacker created
	born     map[string]time.Time // when a puppet was created, or last promoted or moved
	fallen   int                  // puppets that were deleted
	left     map[string]time.Time // when a victim's first address was given up
	sequence []string
	attack   string // what the sequence led to, empty if to nothing
	accepted string // the same for what is no attack
}

func (s state) clone() state {
	s.people, s.known, s.born, s.left = maps.Clone(s.people), maps.Clone(s.known), maps.Clone(s.born), maps.Clone(s.left)
	s.halves, s.sequence = slices.Clone(s.halves), slices.Clone(s.sequence)
	return s
}

// node is a state with what the store holds.
type node struct {
	state
	db *ram.State
}

// world is a node that acts change.
type world struct {
	state
	clock  *clock
	store  *ram.Store
	engine *engine.Engine
}

// lab makes worlds of nodes.
type lab struct {
	keys   *seal.Keyring
	hasher *seal.Hasher
}

// newLab returns a lab in which passwords are hashed at little cost: the search is about who
// may do what.
func newLab() *lab { return &lab{seal.New(), seal.NewSearchHasher(runtime.NumCPU(), 64)} }

// open returns the world of a node. Worlds of one node have nothing in common.
func (l *lab) open(n node) *world {
	w := &world{state: n.clone(), clock: &clock{n.now}}
	w.store = ram.Open(w.clock.Now, n.db)
	w.engine = engine.New(w.store, l.keys, engine.Options{Hasher: l.hasher})
	return w
}

// node returns what the world has become.
func (w *world) node() node {
	w.now = w.clock.now
	return node{w.clone(), w.store.State()}
}

// person returns one of the people, to be put back with keep.
func (w *world) person(name string) (person, bool) {
	p, ok := w.people[name]
	return p, ok
}

func (w *world) keep(name string, p person) { w.people[name] = p }
