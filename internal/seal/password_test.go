package seal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

const phcPrefix = "$argon2id$v=19$m=47104,t=1,p=1$"

// hash hashes a password or fails.
func hash(t *testing.T, h *seal.Hasher, password string) string {
	t.Helper()
	phc, err := h.Hash(t.Context(), mfa.NewSecret(password))
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

func TestAHashHasTheParametersWeSay(t *testing.T) {
	h := seal.NewHasher(2, 64)
	phc := hash(t, h, "correct horse")
	rest, ok := strings.CutPrefix(phc, phcPrefix)
	if !ok {
		t.Fatalf("%s does not begin with %s", phc, phcPrefix)
	}
	saltText, tagText, _ := strings.Cut(rest, "$")
	salt, err1 := base64.RawStdEncoding.DecodeString(saltText)
	tag, err2 := base64.RawStdEncoding.DecodeString(tagText)
	if err1 != nil || err2 != nil || len(salt) != 16 {
		t.Fatalf("salt %x, tag %x, %v, %v", salt, tag, err1, err2)
	}
	// An implementation that is not ours gets the same.
	if want := argon2.IDKey([]byte("correct horse"), salt, 1, 47104, 1, 32); !bytes.Equal(tag, want) {
		t.Errorf("tag %x, want %x", tag, want)
	}
	if hash(t, h, "correct horse") == phc {
		t.Error("the same salt was drawn twice")
	}
}

func TestOnlyTheSamePasswordIsRight(t *testing.T) {
	h := seal.NewHasher(2, 64)
	for _, password := range []string{
		"correct horse",
		strings.Repeat("a", 127) + "x",
		strings.Repeat("a", 72) + "x",
		strings.Repeat("ä", 128),
		"with\x00a zero",
	} {
		phc := hash(t, h, password)
		if ok, err := h.Check(t.Context(), phc, mfa.NewSecret(password)); !ok || err != nil {
			t.Errorf("the right password is refused: %v", err)
		}
		for _, wrong := range []string{
			password[:len(password)-1] + "y", password[:len(password)-1], password + " ", password + "\x00", " " + password,
			password[:4], strings.ToUpper(password), "",
		} {
			if ok, err := h.Check(t.Context(), phc, mfa.NewSecret(wrong)); ok || err != nil {
				t.Errorf("a wrong password of %d bytes for one of %d: %v, %v", len(wrong), len(password), ok, err)
			}
		}
	}
}

func TestAnEmptyPasswordIsNeverRight(t *testing.T) {
	h := seal.NewHasher(1, 0)
	_, err := h.Hash(t.Context(), mfa.NewSecret(""))
	wantCode(t, err, mfa.Usage)
	salt := []byte("0123456789abcdef")
	phc := "$argon2id$v=19$m=64,t=1,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$" +
		base64.RawStdEncoding.EncodeToString(argon2.IDKey(nil, salt, 1, 64, 1, 32))
	if ok, err := h.Check(t.Context(), phc, mfa.NewSecret("")); ok || err != nil {
		t.Errorf("Check = %v, %v", ok, err)
	}
}

func TestForeignHashesWithinBoundsAreChecked(t *testing.T) {
	h := seal.NewHasher(1, 0)
	salt := []byte("0123456789abcdef")
	phc := "$argon2id$v=19$m=65536,t=3,p=4$" + base64.RawStdEncoding.EncodeToString(salt) + "$" +
		base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte("pw"), salt, 3, 65536, 4, 32))
	for password, want := range map[string]bool{"pw": true, "px": false} {
		if ok, err := h.Check(t.Context(), phc, mfa.NewSecret(password)); ok != want || err != nil {
			t.Errorf("%s: %v, %v", password, ok, err)
		}
	}
}

func TestHostileHashesAreRefusedBeforeTheyRun(t *testing.T) {
	const tail = "$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
	h := seal.NewHasher(1, 0)
	gone, cancel := context.WithCancel(t.Context())
	cancel() // what would run is refused as unavailable
	for _, phc := range []string{
		"", "$", "$$$$$", "plain", "$argon2id$v=19" + tail, "$2a$12$" + strings.Repeat("a", 53),
		"$argon2id$v=19$m=4294967295,t=1,p=1" + tail,
		"$argon2id$v=19$m=4294967296,t=1,p=1" + tail,
		"$argon2id$v=19$m=262145,t=1,p=1" + tail,
		"$argon2id$v=19$m=262144,t=5,p=1" + tail,
		"$argon2id$v=19$m=8,t=4294967295,p=1" + tail,
		"$argon2id$v=19$m=65536,t=65536,p=1" + tail,
		"$argon2id$v=19$m=65536,t=1,p=16777215" + tail,
		"$argon2id$v=19$m=65536,t=1,p=536870912" + tail,
		"$argon2id$v=19$m=0,t=0,p=0" + tail,
		"$argon2id$v=19$m=64,t=0,p=1" + tail,
		"$argon2id$v=19$m=64,t=1,p=0" + tail,
		"$argon2id$v=19$m=8,t=1,p=2" + tail,
		"$argon2id$v=19$m=-1,t=1,p=1" + tail,
		"$argon2id$v=19$m=064,t=1,p=1" + tail,
		"$argon2id$v=19$m=64,t=1,p=1,m=4294967295" + tail,
		"$argon2id$v=19$t=1,m=64,p=1" + tail,
		"$argon2id$v=16$m=64,t=1,p=1" + tail,
		"$argon2id$v=19,m=4294967295$m=64,t=1,p=1" + tail,
		"$argon2i$v=19$m=64,t=1,p=1" + tail,
		"$argon2d$v=19$m=64,t=1,p=1" + tail,
		"x$argon2id$v=19$m=64,t=1,p=1" + tail,
		"$argon2id$v=19$m=64,t=1,p=1" + tail + "$",
		"$argon2id$v=19$m=64,t=1,p=1" + tail + "=",
		"$argon2id$v=19$m=64,t=1,p=1" + tail + "\n",
		"$argon2id$v=19$m=64,t=1,p=1$$",
		"$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$",
		"$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEy",
		"$argon2id$v=19$m=64,t=1,p=1$MDEy" + tail[strings.LastIndex(tail, "$"):],
		"$argon2id$v=19$m=64,t=1,p=1$!!!!!!!!!!!!" + tail[strings.LastIndex(tail, "$"):],
		"$argon2id$v=19$m=64,t=1,p=1" + tail + strings.Repeat("A", 1<<20),
	} {
		ok, err := h.Check(gone, phc, mfa.NewSecret("pw"))
		if ok {
			t.Errorf("%.60q is right", phc)
		}
		wantCode(t, err, mfa.Damaged, "MDEy", "pw")
	}
}

func TestBurnAnswersLikeACheck(t *testing.T) {
	if err := seal.NewHasher(1, 0).Burn(t.Context(), mfa.NewSecret("pw")); err != nil {
		t.Error(err)
	}
}

// The two must not be told apart by their time; BenchmarkCheck beside
// BenchmarkBurn shows whether they can.
func BenchmarkCheck(b *testing.B) {
	h := seal.NewHasher(1, 0)
	phc, err := h.Hash(b.Context(), mfa.NewSecret("correct horse"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := h.Check(b.Context(), phc, mfa.NewSecret("wrong")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBurn(b *testing.B) {
	h := seal.NewHasher(1, 0)
	for b.Loop() {
		if err := h.Burn(b.Context(), mfa.NewSecret("wrong")); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTooManyAtOnceAreTurnedAway(t *testing.T) {
	h := seal.NewHasher(1, 2)
	var wg sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		wg.Go(func() { errs[i] = h.Burn(t.Context(), mfa.NewSecret("pw")) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else {
			wantCode(t, err, mfa.Unavailable)
		}
	}
	if done < 3 || done == len(errs) {
		t.Errorf("%d of %d went through a queue of 2", done, len(errs))
	}
	if err := h.Burn(t.Context(), mfa.NewSecret("pw")); err != nil {
		t.Errorf("the queue does not empty: %v", err)
	}
}

func TestWhoGivesUpWaitingIsTold(t *testing.T) {
	h := seal.NewHasher(1, 64)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Hash(ctx, mfa.NewSecret("pw"))
	wantCode(t, err, mfa.Unavailable, "pw")
	if !errors.Is(err, context.Canceled) {
		t.Error("the cause is not kept for the log")
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	var gaveUp sync.Map
	for i := range 20 {
		wg.Go(func() {
			if err := h.Burn(ctx, mfa.NewSecret("pw")); errors.Is(err, mfa.Unavailable) {
				gaveUp.Store(i, true)
			}
		})
	}
	wg.Wait()
	n := 0
	gaveUp.Range(func(any, any) bool { n++; return true })
	if n < 15 {
		t.Errorf("%d of 20 gave up", n)
	}
}

func TestMemoryIsBoundedByTheSlots(t *testing.T) {
	h := seal.NewHasher(2, 64)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			if err := h.Burn(t.Context(), mfa.NewSecret("pw")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	runtime.ReadMemStats(&after)
	// Two runs of 46 MiB, and room for the collector.
	if grown := after.HeapSys - min(before.HeapSys, after.HeapSys); grown > 150<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}
