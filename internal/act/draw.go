package act

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"io"
	"strings"
	"sync"

	"github.com/mfactl/mfactl/internal/mfa"
)

// draw is the randomness of one act. Its seed is read from the system once, when the act first
// asks for random bytes, which most acts that change nothing never do. A transaction that runs
// again gets the same bytes again, so that of two runs only one set of secrets ever exists.
type draw struct {
	seed func() ([32]byte, error)
}

// newDraw returns the randomness of one act. A short read of the seed is an error of whatever
// asks for random bytes, never a run of zeros.
func newDraw(r io.Reader) draw {
	return draw{sync.OnceValues(func() (seed [32]byte, err error) {
		if _, err = io.ReadFull(r, seed[:]); err != nil {
			err = mfa.Fault(err)
		}
		return seed, err
	})}
}

// reader returns the bytes that follow from the seed: AES-256 in counter mode.
func (d draw) reader() io.Reader { return &drawReader{draw: d} }

type drawReader struct {
	draw   draw
	stream io.Reader // nil until something is read
}

// Read implements [io.Reader].
func (r *drawReader) Read(p []byte) (int, error) {
	if r.stream == nil {
		seed, err := r.draw.seed()
		if err != nil {
			return 0, err
		}
		block, err := aes.NewCipher(seed[:])
		if err != nil {
			return 0, mfa.Fault(err)
		}
		r.stream = cipher.StreamReader{S: cipher.NewCTR(block, make([]byte, aes.BlockSize)), R: zeros{}} //nolint:gosec // each seed is used for one stream
	}
	return r.stream.Read(p)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// crockford is the alphabet of ids: no I, L, O or U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// idLength is how many symbols hold the 128 bits of an id.
const idLength = 26

// NewID returns 26 symbols that sort by time: 48 bits of milliseconds and 80
// random bits, the form of a ULID.
func (a *Act) NewID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(a.Now.UnixMilli())<<16) //nolint:gosec // the store's clock is past 1970
	if _, err := io.ReadFull(a.Rand, b[6:]); err != nil {
		a.Wrote(mfa.Fault(err))
	}
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var id [idLength]byte
	for i := len(id) - 1; i >= 0; i-- {
		id[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(id[:])
}

// IsID reports whether a text has the form of an id.
func IsID(s string) bool {
	return len(s) == idLength && strings.Trim(s, crockford) == ""
}
