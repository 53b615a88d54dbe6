package factor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// rfcSecret is the seed of RFC 4226 appendix D.
const rfcSecret = "12345678901234567890"

// hmacTagger is a Tagger under a fixed key.
type hmacTagger struct{ key string }

func (h hmacTagger) Tag(data []byte) []byte {
	mac := hmac.New(sha256.New, []byte(h.key))
	mac.Write(data)
	return mac.Sum(nil)
}

func (h hmacTagger) VerifyTag(data, tag []byte) bool { return hmac.Equal(h.Tag(data), tag) }

// alice is the subject of most tests.
func alice() Subject {
	return Subject{
		UserID: "u-alice", FactorID: "f-1", Account: "alice@acme.example", Issuer: "Acme",
		Now: time.Unix(1_800_000_000, 0), Rand: rand.Reader, Tagger: hmacTagger{"pepper"},
		Skew: 1,
	}
}

// at returns the subject at another time.
func (s Subject) at(now time.Time) Subject {
	s.Now = now
	return s
}

// seeded returns a source of randomness that gives the same on every run.
func seeded(seed byte) *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{seed}) }

// bytesFrom reads n bytes.
func bytesFrom(t testing.TB, r io.Reader, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return b
}

// referenceCode is RFC 4226 §5.3 written down a second time, so that the tests
// do not ask the library whether the library is right.
func referenceCode(secret []byte, counter int64, algorithm string, digits int) string {
	sums := map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New}
	mac := hmac.New(sums[algorithm], secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(counter)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	value := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	modulus := uint32(1_000_000)
	if digits == 8 {
		modulus = 100_000_000
	}
	return fmt.Sprintf("%0*d", digits, value%modulus)
}

// totpState is a credential with the default parameters.
func totpState(secret []byte) totpCred {
	return totpCred{Secret: secret, Algorithm: "SHA1", Digits: 6, Period: 30, Last: noStep}
}

// write encodes a credential.
func write[T any](t testing.TB, v T) Cred {
	t.Helper()
	c, err := encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// enroll enrolls a subject that must not be refused.
func enroll(t testing.TB, k Kind, s Subject) (Cred, mfa.Reveal) {
	t.Helper()
	c, reveal, err := k.Enroll(s)
	if err != nil {
		t.Fatalf("enroll %s: %v", k.Info().Name, err)
	}
	return c, reveal
}

// accept checks an answer that must be accepted and returns the next state.
func accept(t testing.TB, k Kind, s Subject, c Cred, answer string) Cred {
	t.Helper()
	next, err := k.Check(s, c, nil, answer)
	if err != nil {
		t.Fatalf("%s refused the right answer: %v", k.Info().Name, err)
	}
	return next
}

// refuse checks an answer that must be refused in one way and leave no state.
func refuse(t testing.TB, k Kind, s Subject, c Cred, answer string, want error) {
	t.Helper()
	next, err := k.Check(s, c, nil, answer)
	if !errors.Is(err, want) {
		t.Errorf("%s, answer %q: error %v, want %v", k.Info().Name, answer, err, want)
	}
	if next != nil {
		t.Errorf("%s, answer %q: a refusal came with a state to keep", k.Info().Name, answer)
	}
}

// wantField fails unless err is a usage error on a field.
func wantField(t testing.TB, err error, field string) {
	t.Helper()
	var e *mfa.Error
	if !errors.As(err, &e) || e.Code != mfa.Usage || e.Field != field {
		t.Errorf("error %v, want a usage error on %q", err, field)
	}
}

// wantUnreadable fails unless err is neither yes nor no.
func wantUnreadable(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, mfa.Damaged) || errors.Is(err, ErrWrong) || errors.Is(err, ErrReplay) {
		t.Errorf("error %v, want one that says the credential cannot be read", err)
	}
}
