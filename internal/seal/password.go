package seal

import (
	"context"
	"fmt"
	"runtime"

	"github.com/go-crypt/crypt/algorithm/argon2"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The parameters of new password hashes (RFC 9106 §3.1; OWASP ASVS 5.0 appendix C).
const (
	hashMemory = 46 * 1024 // KiB
	hashPasses = 1
	hashLanes  = 1
	hashSalt   = 16 // bytes
	hashTag    = 32 // bytes
)

// burnedSaltAndTag are random: no password is known to give them.
const burnedSaltAndTag = "vdc7Zy3pw0s+NlZ5ZjVtwA$MNzcRx2DvMmqFvEHWbxzcVOxuxWyAzdU2FnUsDqL3GI"

// Hasher hashes and checks passwords, a bounded number at a time: each run takes
// 46 MiB and a core for some 50 ms, so that unbounded sign-ins would be a way to
// stop the machine (OWASP ASVS 5.0 §15.2.2). One process has one Hasher.
//
// Passwords count to their last byte, at any length. Normalizing them and
// refusing bad ones is the caller's task (NIST SP 800-63B §3.1.1.2).
type Hasher struct {
	memory uint32 // of a new hash, in KiB
	burned string // a hash with the parameters of every new one
	queue  *queue
	line   line // in which the calls of this Hasher wait

	littered bool // the memory of a run is left to the collector
}

// NewHasher returns a Hasher that runs slots hashes at a time (at least one; two
// for each pair of cores is as fast as it gets) and lets queue more calls wait.
func NewHasher(slots, queue int) *Hasher {
	return newHasher(hashMemory, slots, queue)
}

// NewQuickHasher is NewHasher for tests of what is around it: its hashes are real ones
// that take 64 KiB, and are worth as little.
func NewQuickHasher(slots, queue int) *Hasher { return newHasher(64, slots, queue) }

// NewSearchHasher is NewQuickHasher for searches that hash without end: the memory of a run is
// so little that it is left to the collector, which else takes most of the time.
func NewSearchHasher(slots, queue int) *Hasher {
	h := NewQuickHasher(slots, queue)
	h.littered = true
	return h
}

func newHasher(memory uint32, slots, queued int) *Hasher {
	slots, queued = max(slots, 1), max(queued, 0)
	return &Hasher{
		memory: memory,
		burned: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s", memory, hashPasses, hashLanes, burnedSaltAndTag),
		queue:  newQueue(slots, queued),
	}
}

// Apart returns a Hasher for callers who must not wait behind all others, such as those with
// a device marker. It shares the slots. As many of its calls may wait, apart from the others,
// and every other slot that becomes free is theirs.
func (h *Hasher) Apart() *Hasher {
	other := *h
	other.line = apart
	return &other
}

// Hash returns the argon2id hash of a password in PHC form, with a new random
// salt (RFC 9106 §4, OWASP ASVS 5.0 §11.4.2). mfa.Usage for an empty password;
// mfa.Unavailable if too many wait already or ctx ends first.
func (h *Hasher) Hash(ctx context.Context, password mfa.Secret) (phc string, err error) {
	if password.IsZero() {
		return "", mfa.UsageError("password", "the password is empty")
	}
	err = h.run(ctx, func() error {
		a, err := argon2.New(argon2.WithVariant(argon2.VariantID), argon2.WithM(h.memory), argon2.WithT(hashPasses),
			argon2.WithP(hashLanes), argon2.WithS(hashSalt), argon2.WithK(hashTag))
		if err != nil {
			return mfa.Fault(err)
		}
		digest, err := a.Hash(password.Reveal())
		if err != nil {
			return mfa.Fault(err)
		}
		phc = digest.Encode()
		return nil
	})
	return phc, err
}

// Check reports whether a password is the one of an argon2id hash in PHC form,
// comparing in constant time. The parameters are bounded before anything runs.
// mfa.Damaged if the hash cannot be read or is out of bounds, mfa.Unavailable as
// for Hash; ok is then false. An empty password is never right.
func (h *Hasher) Check(ctx context.Context, phc string, password mfa.Secret) (ok bool, err error) {
	if err := checkPHC(phc); err != nil {
		return false, err
	}
	err = h.run(ctx, func() error {
		digest, err := argon2.DecodeVariant(argon2.VariantID)(phc)
		if err != nil {
			return badPHC() // the decoder's error may quote the hash
		}
		ok = digest.Match(password.Reveal()) && !password.IsZero()
		return nil
	})
	return ok, err
}

// Burn does the work of Check for an account that does not exist or has no
// password, so that the answer takes as long as any other (OWASP ASVS 5.0
// §6.3.8). mfa.Unavailable as for Hash.
func (h *Hasher) Burn(ctx context.Context, password mfa.Secret) error {
	_, err := h.Check(ctx, h.burned, password)
	return err
}

// run waits for a slot and does the work in it. Work that has begun is finished.
func (h *Hasher) run(ctx context.Context, work func() error) error {
	if !h.queue.enter(ctx, h.line) {
		return busy().WithCause(ctx.Err())
	}
	defer h.queue.leave(h.line)
	// A slot may come together with the end of ctx.
	if err := ctx.Err(); err != nil {
		return busy().WithCause(err)
	}
	if !h.littered {
		// Collected while the slot is still held, no more than one run's memory for
		// each slot is ever in use; left to itself the heap grows to twice that.
		defer runtime.GC()
	}
	return work()
}

// busy is the error of a call that found no slot.
func busy() *mfa.Error {
	return mfa.Errorf(mfa.Unavailable, "too many sign-ins at once, nothing happened").
		WithHint("try again in a few seconds").WithDetail("password.busy")
}
