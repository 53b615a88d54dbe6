package seal

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm/argon2"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The parameters of new hashes (OWASP Password Storage; OWASP ASVS 11.4.2).
const (
	memoryKiB  = 47104
	passes     = 1
	lanes      = 1
	saltSize   = 16
	digestSize = 32
)

// Bounds of what is computed for a stored hash, whatever it says.
const (
	maxMemoryKiB = 1 << 20 // 1 GiB
	maxPasses    = 16
	maxLanes     = 16
	maxPHC       = 512
)

// Hasher hashes passwords with argon2id (RFC 9106), a few at a time: each run
// takes 46 MiB and the time that makes guessing dear (OWASP ASVS 15.2.2).
type Hasher struct {
	slots chan struct{} // a run holds one
	queue chan struct{} // so does whoever waits
}

// NewHasher returns a hasher that runs so many at a time and lets so many wait.
func NewHasher(slots, queue int) *Hasher {
	return &Hasher{slots: make(chan struct{}, slots), queue: make(chan struct{}, slots+queue)}
}

// Hash returns the PHC string of a password. Unavailable if too many wait.
func (h *Hasher) Hash(ctx context.Context, password mfa.Secret) (phc string, err error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	err = h.run(ctx, func() error {
		phc, err = hash(password, salt)
		return err
	})
	return phc, err
}

// Check reports whether the password is the hash's. Damaged if the hash cannot
// be read or asks for more than is reasonable; nothing is computed then.
func (h *Hasher) Check(ctx context.Context, phc string, password mfa.Secret) (ok bool, err error) {
	if !sane(phc) {
		return false, mfa.Errorf(mfa.Damaged, "a password hash cannot be read")
	}
	digest, err := argon2.Decode(phc)
	if err != nil {
		return false, mfa.Errorf(mfa.Damaged, "a password hash cannot be read")
	}
	err = h.run(ctx, func() error {
		ok, err = digest.MatchAdvanced(password.Reveal())
		if err != nil {
			ok = false
			return mfa.Errorf(mfa.Damaged, "a password hash cannot be read")
		}
		return nil
	})
	return ok && err == nil, err
}

// Burn does the work of Check for an account that does not exist, so that both
// answers take as long.
func (h *Hasher) Burn(ctx context.Context, password mfa.Secret) error {
	return h.run(ctx, func() error {
		_, err := hash(password, make([]byte, saltSize))
		return err
	})
}

func hash(password mfa.Secret, salt []byte) (string, error) {
	hasher, err := argon2.New(
		argon2.WithVariantID(), argon2.WithMemoryInKiB(memoryKiB), argon2.WithIterations(passes),
		argon2.WithParallelism(lanes), argon2.WithSaltLength(saltSize), argon2.WithKeyLength(digestSize),
	)
	if err != nil {
		return "", mfa.Fault(err)
	}
	digest, err := hasher.HashWithSalt(password.Reveal(), salt)
	if err != nil {
		return "", mfa.Fault(err)
	}
	return digest.Encode(), nil
}

// run waits for a slot.
func (h *Hasher) run(ctx context.Context, work func() error) error {
	select {
	case h.queue <- struct{}{}:
	default:
		return mfa.Errorf(mfa.Unavailable, "too many sign-ins at once")
	}
	defer func() { <-h.queue }()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return mfa.AsError(ctx.Err())
	}
	defer func() { <-h.slots }()
	return work()
}

// sane bounds the parameters of a PHC string before anything is computed from
// it.
func sane(phc string) bool {
	parts := strings.Split(phc, "$")
	if len(phc) > maxPHC || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return false
	}
	bounds := map[string]int{"m": maxMemoryKiB, "t": maxPasses, "p": maxLanes}
	for field := range strings.SplitSeq(parts[3], ",") {
		name, value, _ := strings.Cut(field, "=")
		n, err := strconv.Atoi(value)
		if limit, known := bounds[name]; err != nil || !known || n < 1 || n > limit {
			return false
		}
		delete(bounds, name)
	}
	return len(bounds) == 0
}
