package factor

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The form of a look-up code: 16 symbols of Crockford's base32, 80 random bits.
// NIST SP 800-63B §4.2.1.1 asks for 64.
const (
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLen   = 16
	codeBytes = 10
	codeGroup = 4
)

// codes is what the kinds of look-up codes share: everything but how many
// codes they make.
type codes struct {
	kind mfa.Kind
	most int // codes a credential may hold
}

// codesCred is the private state of a set of look-up codes.
type codesCred struct {
	Codes []keptCode `json:"codes"`
}

// keptCode is one code as it is kept: a tag under a key outside the database,
// never the code and never a bare hash of it.
type keptCode struct {
	Tag   []byte `json:"tag"`
	Spent bool   `json:"spent"`
}

// Normalize returns the one spelling of a look-up code and whether the answer
// is one. It forgives case, hyphens, spaces and the letters that Crockford's
// base32 leaves out for being misread: I and L are 1, O is 0. U stands for
// nothing. It looks at the form only; backup, recovery and set-password codes
// share it.
func Normalize(answer string) (string, bool) {
	symbols := make([]byte, 0, codeLen)
	for i := range len(answer) {
		if answer[i] == ' ' || answer[i] == '-' {
			continue
		}
		symbol, ok := symbolOf(answer[i])
		if !ok || len(symbols) == codeLen {
			return "", false
		}
		symbols = append(symbols, symbol)
	}
	return string(symbols), len(symbols) == codeLen
}

// LookUpCodes returns the look-up codes of an answer in their one spelling, and
// whether the answer is made of such codes alone. An answer is one code, or a set:
// up to 20 codes with a line feed between two of them.
func LookUpCodes(answer string) ([]string, bool) {
	lines := strings.SplitN(answer, "\n", mfa.MaxBackupCodes+1)
	if len(lines) > mfa.MaxBackupCodes {
		return nil, false
	}
	for i, line := range lines {
		code, ok := Normalize(line)
		if !ok {
			return nil, false
		}
		lines[i] = code
	}
	return lines, true
}

// symbolOf returns the symbol that a typed character stands for.
func symbolOf(c byte) (byte, bool) {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch {
	case c == 'I' || c == 'L':
		return '1', true
	case c == 'O':
		return '0', true
	case c == 'U':
		return 0, false
	case '0' <= c && c <= '9' || 'A' <= c && c <= 'Z':
		return c, true
	default:
		return 0, false
	}
}

// grouped spells a code as it is shown: XXXX-XXXX-XXXX-XXXX.
func grouped(code string) string {
	var groups []string
	for group := range slices.Chunk([]byte(code), codeGroup) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// drawCode reads 80 bits and writes them as 16 symbols.
func drawCode(r io.Reader) (string, error) {
	var bits [codeBytes]byte
	if _, err := io.ReadFull(r, bits[:]); err != nil {
		return "", mfa.Fault(fmt.Errorf("draw a code: %w", err))
	}
	return base32.NewEncoding(crockford).WithPadding(base32.NoPadding).EncodeToString(bits[:]), nil
}

// Info returns the kind's row.
func (k codes) Info() mfa.KindInfo { return mfa.KindOf(k.kind) }

// Fits reports whether the answer has the form of a look-up code, or of a set.
func (codes) Fits(answer string) bool {
	_, ok := LookUpCodes(answer)
	return ok
}

// Ask asks for a code; nothing has to be sent first.
func (k codes) Ask(_ Subject, c Cred) ([]byte, mfa.Prompt, error) {
	if _, err := k.load(c); err != nil {
		return nil, mfa.Prompt{}, err
	}
	return nil, mfa.Prompt{Kind: k.kind}, nil
}

// Check accepts each code once and marks it as spent (OWASP ASVS 6.5.1). Of a set
// it spends the first code that is valid, and no other. It is a replay if a code of
// the answer was right once and none is valid now. Every tag is compared, also after
// one matched.
func (k codes) Check(s Subject, c Cred, _ []byte, answer string) (Cred, error) {
	cred, err := k.load(c)
	if err != nil {
		return nil, err
	}
	answers, _ := LookUpCodes(answer) // none if a part is malformed, so that no code is valid
	verdict := ErrWrong
	for _, code := range answers {
		at, err := k.find(s, cred, code)
		switch {
		case err == nil && verdict != nil:
			cred.Codes[at].Spent, verdict = true, nil
		case errors.Is(err, ErrReplay) && verdict != nil:
			verdict = ErrReplay
		case err != nil && !errors.Is(err, ErrWrong) && !errors.Is(err, ErrReplay):
			return nil, err
		}
	}
	if verdict != nil {
		return nil, verdict
	}
	return encode(cred)
}

// find returns the place of a code in a credential: ErrWrong if it has no such code,
// ErrReplay if the code is spent.
func (k codes) find(s Subject, cred codesCred, code string) (at int, _ error) {
	data, err := k.tagged(s, code)
	if err != nil {
		return 0, err
	}
	at, spent := -1, false
	for i, kept := range cred.Codes {
		if !s.Tagger.VerifyTag(data, kept.Tag) {
			continue
		}
		at = i
		spent = spent || kept.Spent
	}
	switch {
	case spent:
		return at, ErrReplay
	case at < 0:
		return at, ErrWrong
	}
	return at, nil
}

// draw makes n codes, all different: a source that repeats itself is broken,
// and a set with a double would let one code in twice.
func (k codes) draw(s Subject, n int) (Cred, mfa.Reveal, error) {
	var cred codesCred
	var reveal mfa.Reveal
	seen := make(map[string]bool, n)
	for range n {
		code, err := drawCode(s.Rand)
		if err != nil {
			return nil, mfa.Reveal{}, err
		}
		if seen[code] {
			return nil, mfa.Reveal{}, mfa.Fault(errors.New("the random source repeats itself"))
		}
		seen[code] = true
		data, err := k.tagged(s, code)
		if err != nil {
			return nil, mfa.Reveal{}, err
		}
		cred.Codes = append(cred.Codes, keptCode{Tag: s.Tagger.Tag(data)})
		reveal.Codes = append(reveal.Codes, mfa.NewSecret(grouped(code)))
	}
	c, err := encode(cred)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	return c, reveal, nil
}

// load reads a credential.
func (k codes) load(c Cred) (codesCred, error) {
	cred, err := decode[codesCred](k.kind, c)
	if err != nil {
		return codesCred{}, err
	}
	if len(cred.Codes) < 1 || len(cred.Codes) > k.most {
		return codesCred{}, unreadable(k.kind, fmt.Sprintf("it must hold 1 to %d codes", k.most))
	}
	for _, kept := range cred.Codes {
		if len(kept.Tag) == 0 {
			return codesCred{}, unreadable(k.kind, "a code has no tag")
		}
	}
	return cred, nil
}

// tagged is what a tag covers: kind, user, factor and code, each behind its
// length, so that no two owners share a tag however their ids are made. The
// factor's id is the generation: a new set is a new factor.
func (k codes) tagged(s Subject, code string) ([]byte, error) {
	if s.UserID == "" || s.FactorID == "" {
		return nil, mfa.Fault(errors.New("a look-up code needs a user and a factor to be bound to"))
	}
	var data []byte
	for _, part := range []string{string(k.kind), s.UserID, s.FactorID, code} {
		data = binary.BigEndian.AppendUint64(data, uint64(len(part)))
		data = append(data, part...)
	}
	return data, nil
}
