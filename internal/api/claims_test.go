package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// What a client says of itself is kept, no more of it than is due, and nothing that could
// write a line of its own in a log or steer a terminal.
func TestWhatAClientClaimsIsKeptAndHarmless(t *testing.T) {
	for given, want := range map[string]string{
		"version=1 os_user=bob":          "version=1 os_user=bob",
		"os_user=bob\x9b2J\t\u202eevil~": "os_user=bob2Jevil~",
		strings.Repeat("x", 301) + "end": strings.Repeat("x", 300),
		"":                               "",
	} {
		w := newWorldWithout(t)
		var seen string
		s := listen(t, w.handler(answering{whoAmI: func(ctx context.Context) (mfa.Identity, error) {
			seen = mfa.CallFrom(ctx).From.Claimed
			return mfa.Identity{}, nil
		}}))
		r := request(t, s.URL, "WhoAmI", strings.NewReader("{}"))
		r.Header["Mfactl-Client"] = []string{given}
		if a := send(t, r); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if seen != want || w.logged(1)[0].From.Claimed != want {
			t.Errorf("%q became %q, and %q in the log", given, seen, w.logged(1)[0].From.Claimed)
		}
	}
}

// The cause of a fault, of damage, or of an unknown effect is in the log of the
// server, and what lies behind a refusal is not: it may hold what somebody typed.
func TestTheLogIsToldWhatLiesBehindFaults(t *testing.T) {
	cause := errors.New("canary-cause")
	for _, f := range mfa.Codes() {
		if f.HTTP == 0 {
			continue
		}
		w := newWorldWithout(t)
		s := listen(t, w.handler(answering{whoAmI: func(context.Context) (mfa.Identity, error) {
			return mfa.Identity{}, (&mfa.Error{Code: f.Code}).WithCause(cause)
		}}))
		ask(t, s.URL, "WhoAmI", `{}`).hasNone(t, "canary-cause")
		grave := f.Code == mfa.Internal || f.Code == mfa.Damaged || f.Code == mfa.Unknown
		if got := w.logged(1)[0].Cause; grave != errors.Is(got, cause) || !grave && got != nil {
			t.Errorf("%s: the log has %v", f.Code, got)
		}
	}
}

// endlessly answers with a text and then with blanks, until the client stops reading.
func endlessly(begin string) (http.HandlerFunc, *atomic.Int64) {
	var sent atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Mfactl-Api", "3")
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodHead {
			return // there is no body to take
		}
		_, err := w.Write([]byte(begin))
		for blanks := []byte(strings.Repeat(" ", 1<<16)); err == nil && sent.Load() < 1<<30; {
			_, err = w.Write(blanks)
			sent.Add(int64(len(blanks)))
		}
	}, &sent
}

// An answer without an end is given up, and not kept.
func TestAnEndlessAnswerIsGivenUp(t *testing.T) {
	h, sent := endlessly(`{"user":"bob@acme.example"`)
	c := dial(t, listen(t, h).URL, "")
	_, err := c.WhoAmI(t.Context(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unavailable)
	if n := sent.Load(); n > 256<<20 {
		t.Errorf("%d MiB were taken", n>>20)
	}
	sent.Store(0)
	_, err = c.Look(t.Context())
	code(t, err, mfa.Unavailable)
	if n := sent.Load(); n > 64<<20 {
		t.Errorf("%d MiB were taken by a look", n>>20)
	}
}

// What is no text is refused before it is sent: on its way it would become another.
func TestWhatIsNoTextIsNotSent(t *testing.T) {
	c := dial(t, listen(t, untouched(t)).URL, "")
	_, err := c.CreateUser(t.Context(), mfa.CreateUserRequest{Email: "bob@acme.example", NewPassword: mfa.NewSecret("not \xff UTF-8 at all")})
	if e := refusal(t, err, mfa.Usage); e.Field != "new_password" {
		t.Errorf("the field is %q", e.Field)
	}
}

// An answer that is one is taken as it is: only what says that nothing happened, or
// nothing is known, is worth another try.
func TestOnlyWhatAnotherTryCouldMendIsTriedAgain(t *testing.T) {
	for _, f := range mfa.Codes() {
		if f.HTTP == 0 {
			continue
		}
		var tries atomic.Int64
		w := newWorldWithout(t)
		h := w.handler(answering{whoAmI: func(context.Context) (mfa.Identity, error) {
			if tries.Load() == 2 {
				return mfa.Identity{}, nil
			}
			return mfa.Identity{}, &mfa.Error{Code: f.Code}
		}})
		c := dial(t, listen(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			tries.Add(1)
			h.ServeHTTP(rw, r)
		})).URL, "")
		_, err := c.WhoAmI(t.Context(), mfa.WhoAmIRequest{})
		if again := tries.Load() > 1; again != (f.Code == mfa.Unavailable) || again == (err != nil) {
			t.Errorf("%s: %d tries, %v", f.Code, tries.Load(), err)
		}
	}
}
