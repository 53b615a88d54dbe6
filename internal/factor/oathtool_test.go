package factor

import (
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// oathtoolCase is one run of oathtool, which prints several codes.
type oathtoolCase struct {
	name  string
	args  []string
	check func(codes []string) error
}

// TestOathtoolAgrees compares with an implementation that is not ours and not
// the library's: 2,000 secrets of random length, each at five steps, and 1,000 tokens
// at eleven counters.
func TestOathtoolAgrees(t *testing.T) {
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Skip("oathtool is not installed; the RFC vectors still ran")
	}
	times, tokens := 2000, 1000
	if testing.Short() {
		times, tokens = 100, 20
	}
	r := mathrand.New(seeded(42))
	var cases []oathtoolCase
	for range times {
		cases = append(cases, oathtoolTime(t, r))
	}
	for range tokens {
		cases = append(cases, oathtoolToken(t, r))
	}
	queue := make(chan oathtoolCase)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for c := range queue {
				out, err := exec.CommandContext(t.Context(), "oathtool", c.args...).Output()
				if err == nil {
					err = c.check(strings.Fields(string(out)))
				}
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
			}
		})
	}
	for _, c := range cases {
		queue <- c
	}
	close(queue)
	workers.Wait()
}

// randomSecret is 16 to 64 random bytes.
func randomSecret(r *mathrand.Rand) []byte {
	secret := make([]byte, 16+r.IntN(49))
	for i := range secret {
		secret[i] = byte(r.Uint32())
	}
	return secret
}

// oathtoolTime asks for the codes of five steps in a row.
func oathtoolTime(t *testing.T, r *mathrand.Rand) oathtoolCase {
	state := totpCred{
		Secret: randomSecret(r), Algorithm: []string{"SHA1", "SHA256", "SHA512"}[r.IntN(3)],
		Digits: 6 + 2*r.IntN(2), Period: 30 + 30*r.IntN(2), Last: noStep,
	}
	cred, seconds := write(t, state), r.Int64N(1<<33)
	return oathtoolCase{
		name: fmt.Sprintf("%s, %d digits, period %d, at %d", state.Algorithm, state.Digits, state.Period, seconds),
		args: []string{"--totp=" + state.Algorithm, fmt.Sprintf("--digits=%d", state.Digits), fmt.Sprintf("--time-step-size=%ds", state.Period),
			fmt.Sprintf("--now=@%d", seconds), "--window=4", hex.EncodeToString(state.Secret)},
		check: func(codes []string) error {
			if len(codes) != 5 {
				return fmt.Errorf("oathtool printed %d codes, want 5", len(codes))
			}
			for i, code := range codes {
				then := time.Unix(seconds, 0).Add(time.Duration(i*state.Period) * time.Second)
				next, err := totp{}.Check(alice().at(then), cred, nil, code)
				if err != nil {
					return fmt.Errorf("step %d: %w", i, err)
				}
				kept, _, err := loadTOTP(next)
				if want := seconds/int64(state.Period) + int64(i); err != nil || kept.Last != want {
					return fmt.Errorf("step %d was taken for %d, error %w", want, kept.Last, err)
				}
			}
			return nil
		},
	}
}

// oathtoolToken asks for the codes of eleven counters in a row.
func oathtoolToken(t *testing.T, r *mathrand.Rand) oathtoolCase {
	state := hotpCred{Secret: randomSecret(r), Digits: 6 + 2*r.IntN(2), Counter: r.Int64N(1 << 40)}
	cred := write(t, state)
	return oathtoolCase{
		name: fmt.Sprintf("HOTP, %d digits, counter %d", state.Digits, state.Counter),
		args: []string{"--hotp", fmt.Sprintf("--digits=%d", state.Digits), fmt.Sprintf("--counter=%d", state.Counter),
			"--window=10", hex.EncodeToString(state.Secret)},
		check: func(codes []string) error {
			if len(codes) != 11 {
				return fmt.Errorf("oathtool printed %d codes, want 11", len(codes))
			}
			for i, code := range codes {
				next, err := hotp{}.Check(alice(), cred, nil, code)
				if err != nil {
					return fmt.Errorf("counter +%d: %w", i, err)
				}
				kept, _, err := loadHOTP(next)
				if want := state.Counter + int64(i) + 1; err != nil || kept.Counter != want {
					return fmt.Errorf("the next counter is %d, want %d, error %w", kept.Counter, want, err)
				}
			}
			return nil
		},
	}
}
