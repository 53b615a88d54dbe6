package factor

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Look-up codes are 16 symbols of Crockford's base 32, 80 random bits, shown as
// four groups of four (NIST SP 800-63B §3.1.2 asks for 64 bits or a throttle).
const (
	codeSymbols = 16
	crockford   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// IsLookUp reports whether an answer has the form of a look-up code, and so
// which counter it pays.
func IsLookUp(answer string) bool {
	_, ok := Normalise(answer)
	return ok
}

// Normalise returns the one form of a look-up code: upper case, no hyphens or
// spaces, and for I, L and O the digit they were mistaken for. ok is false for
// what is no code.
func Normalise(answer string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range answer {
		switch r {
		case ' ', '-':
			continue
		case 'I', 'i', 'L', 'l':
			r = '1'
		case 'O', 'o':
			r = '0'
		}
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		if r >= 0x80 || !strings.ContainsRune(crockford, r) || b.Len() == codeSymbols {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == codeSymbols
}

// draw makes one code from 10 random bytes.
func drawCode(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[6:]); err != nil {
		return "", fmt.Errorf("draw a code: %w", err)
	}
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [codeSymbols]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:]), nil
}

// show writes a code in groups.
func show(code string) mfa.Secret {
	return mfa.NewSecret(code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:])
}

// lookUpCred is a set of codes. A code is kept only as a keyed tag that names
// its kind, its user and its set, so that it works nowhere else.
type lookUpCred struct {
	Codes []taggedCode `json:"codes"`
}

type taggedCode struct {
	Tag   []byte `json:"tag"`
	Spent bool   `json:"spent,omitempty"` // kept, so that a second use is known as a replay
}

// enrolCodes makes n codes.
func enrolCodes(s Subject, kind mfa.Kind, n int) (Cred, mfa.Reveal, error) {
	var c lookUpCred
	var r mfa.Reveal
	for range n {
		code, err := drawCode(s.Rand)
		if err != nil {
			return nil, mfa.Reveal{}, err
		}
		c.Codes = append(c.Codes, taggedCode{Tag: s.Tagger.Tag(tagged(s, kind, code))})
		r.Codes = append(r.Codes, show(code))
	}
	cred, err := encode(c)
	return cred, r, err
}

// checkCode spends the code that the answer is. Every tag is compared.
func checkCode(s Subject, kind mfa.Kind, c Cred, answer string) (Cred, error) {
	var l lookUpCred
	if err := decode(c, &l); err != nil {
		return nil, err
	}
	code, ok := Normalise(answer)
	if !ok {
		return nil, ErrWrong
	}
	data, hit := tagged(s, kind, code), -1
	for i, have := range l.Codes {
		if s.Tagger.VerifyTag(data, have.Tag) {
			hit = i
		}
	}
	switch {
	case hit < 0:
		return nil, ErrWrong
	case l.Codes[hit].Spent:
		return nil, ErrReplay
	}
	l.Codes[hit].Spent = true
	return encode(l)
}

// tagged is what a code's tag is made over.
func tagged(s Subject, kind mfa.Kind, code string) []byte {
	var out []byte
	for _, part := range []string{string(kind), s.UserID, s.FactorID, code} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out
}
