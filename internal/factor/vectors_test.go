package factor

import (
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTheVectorsOfRFC4226AppendixD(t *testing.T) {
	k := otpKey{Secret: []byte("12345678901234567890"), Algorithm: "SHA1", Digits: 6}
	want := strings.Fields("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489")
	for counter, code := range want {
		if got, err := k.code(uint64(counter)); err != nil || got != code {
			t.Errorf("counter %d: %s, %v", counter, got, err)
		}
	}
}

func TestTheVectorsOfRFC6238AppendixB(t *testing.T) {
	const seed = "1234567890123456789012345678901234567890123456789012345678901234"
	size := map[string]int{"SHA1": 20, "SHA256": 32, "SHA512": 64}
	for _, v := range []struct {
		at        int64
		algorithm string
		want      string
	}{
		{59, "SHA1", "94287082"}, {59, "SHA256", "46119246"}, {59, "SHA512", "90693936"},
		{1111111109, "SHA1", "07081804"}, {1111111109, "SHA256", "68084774"}, {1111111109, "SHA512", "25091201"},
		{1111111111, "SHA1", "14050471"}, {1111111111, "SHA256", "67062674"}, {1111111111, "SHA512", "99943326"},
		{1234567890, "SHA1", "89005924"}, {1234567890, "SHA256", "91819424"}, {1234567890, "SHA512", "93441116"},
		{2000000000, "SHA1", "69279037"}, {2000000000, "SHA256", "90698825"}, {2000000000, "SHA512", "38618901"},
		{20000000000, "SHA1", "65353130"}, {20000000000, "SHA256", "77737706"}, {20000000000, "SHA512", "47863826"},
	} {
		c := totpCred{otpKey: otpKey{[]byte(seed[:size[v.algorithm]]), v.algorithm, 8}, Period: 30}
		now := time.Unix(v.at, 0)
		if got, err := c.code(uint64(c.step(now))); err != nil || got != v.want {
			t.Errorf("%s at %d: %s, %v", v.algorithm, v.at, got, err)
		}
		cred, err := encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (TOTP{}).Check(Subject{Now: now}, cred, nil, v.want); err != nil {
			t.Errorf("%s at %d is refused: %v", v.algorithm, v.at, err)
		}
	}
}

// Ten thousand random secrets, times, algorithms, lengths and periods against
// another program.
func TestTenThousandCodesAgreeWithOathtool(t *testing.T) {
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Skip("oathtool is not installed")
	}
	n := 10_000
	if testing.Short() {
		n = 500
	}
	r := rand.New(rand.NewPCG(6238, 4226))
	type job struct {
		args []string
		want string
	}
	jobs := make(chan job)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for j := range jobs {
				out, err := exec.CommandContext(t.Context(), "oathtool", j.args...).Output()
				if got := strings.TrimSpace(string(out)); err != nil || got != j.want {
					t.Errorf("oathtool %v: %q, we %q (%v)", j.args[:len(j.args)-1], got, j.want, err)
				}
			}
		})
	}
	for range n {
		k := otpKey{Secret: make([]byte, 16+r.IntN(49)), Digits: 6 + 2*r.IntN(2)}
		for i := range k.Secret {
			k.Secret[i] = byte(r.Uint32())
		}
		secret := base32.StdEncoding.EncodeToString(k.Secret)
		j := job{args: []string{"-b", "-d", strconv.Itoa(k.Digits)}}
		var counter uint64
		if r.IntN(5) == 0 {
			k.Algorithm, counter = "SHA1", r.Uint64N(1<<40)
			j.args = append(j.args, "--hotp", "-c", strconv.FormatUint(counter, 10), secret)
		} else {
			k.Algorithm = []string{"SHA1", "SHA256", "SHA512"}[r.IntN(3)]
			c := totpCred{otpKey: k, Period: 30 + 30*r.IntN(2)}
			now := time.Unix(r.Int64N(1<<33), 0)
			counter = uint64(c.step(now))
			j.args = append(j.args, "--totp="+k.Algorithm, "-s", strconv.Itoa(c.Period)+"s",
				"-N", now.UTC().Format("2006-01-02 15:04:05 UTC"), secret)
		}
		var err error
		if j.want, err = k.code(counter); err != nil {
			t.Fatal(err)
		}
		jobs <- j
	}
	close(jobs)
	workers.Wait()
}

func TestCodesKeepTheirLeadingZeros(t *testing.T) {
	k := otpKey{Secret: []byte("12345678901234567890"), Algorithm: "SHA1", Digits: 6}
	seen := false
	for c := range uint64(200) {
		code, err := k.code(c)
		if err != nil || len(code) != 6 {
			t.Fatalf("%q, %v", code, err)
		}
		seen = seen || strings.HasPrefix(code, "0")
	}
	if !seen {
		t.Error("no code with a leading zero came by")
	}
}

func ExampleNormalise() {
	fmt.Println(Normalise("7k3f 9qxm-2vtp hb4d"))
	fmt.Println(Normalise("OIL0-OIL0-OIL0-OIL0"))
	fmt.Println(Normalise("7K3F-9QXM"))
	// Output:
	// 7K3F9QXM2VTPHB4D true
	// 0110011001100110 true
	// 7K3F9QXM false
}
