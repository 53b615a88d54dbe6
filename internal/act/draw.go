package act

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"io"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// draw is the randomness of one act. It is read from the system once, before
// the transaction; a transaction that runs again gets the same bytes again, so
// that of two runs only one set of secrets ever exists.
type draw [32]byte

// newDraw reads the seed. A short read is an error, never a run of zeros.
func newDraw(r io.Reader) (draw, error) {
	var d draw
	if _, err := io.ReadFull(r, d[:]); err != nil {
		return d, mfa.Fault(err)
	}
	return d, nil
}

// reader returns the bytes that follow from the seed: AES-256 in counter mode.
func (d draw) reader() io.Reader {
	block, err := aes.NewCipher(d[:])
	if err != nil {
		panic(err) // a 32-byte key is always taken
	}
	return cipher.StreamReader{S: cipher.NewCTR(block, make([]byte, aes.BlockSize)), R: zeros{}} //nolint:gosec // each seed is used for one stream
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
