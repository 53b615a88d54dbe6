package engine

import (
	"context"
	"crypto/rand"
	"io"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/admin"
	"github.com/mfactl/mfactl/internal/engine/direct"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// Engine is an [mfa.Service] over a store and the keys that belong to it, made of
// three parts. It may be used by many goroutines at once.
type Engine struct {
	signinPart
	adminPart
	directPart
	run *act.Runner
}

type (
	signinPart = signin.Part
	adminPart  = admin.Part
	directPart = direct.Part
)

// Options are what an engine gets from its surroundings; the zero value serves.
type Options struct {
	Rand   io.Reader     // crypto/rand by default; read before each transaction, never in it, by several goroutines at once
	Hasher *seal.Hasher  // of passwords; one of the full cost by default
	Kinds  []factor.Kind // of factors; every kind of package factor by default
}

// Password hashes run two at a time; beyond 64 waiting the answer is
// unavailable (OWASP ASVS 15.2.2).
const (
	hashSlots = 2
	hashQueue = 64
)

var _ mfa.Service = (*Engine)(nil)

// New returns an engine. It opens nothing: the first call finds out whether the
// keys belong to the store.
func New(store mfa.Store, keys *seal.Keyring, o Options) *Engine {
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Hasher == nil {
		o.Hasher = seal.NewHasher(hashSlots, hashQueue)
	}
	if o.Kinds == nil {
		o.Kinds = factor.All()
	}
	run := &act.Runner{Records: records.New(store, keys), Keys: keys, Hasher: o.Hasher, Rand: o.Rand, Kinds: factor.NewSet(o.Kinds)}
	return &Engine{signinPart{Runner: run}, adminPart{Runner: run}, directPart{Runner: run}, run}
}

// Sweep removes kept answers that nobody can ask for any more, at most so many that it takes
// no other call's time. A server calls it every few minutes.
func (e *Engine) Sweep(ctx context.Context) error { return e.run.Sweep(ctx) }
