package serve

import (
	"net"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// refusal fails unless listening at a place is refused with this code, and returns the error.
func refusal(t *testing.T, at string, want mfa.Code) *mfa.Error {
	t.Helper()
	l, err := Address{Flag: "--listen", At: at}.listen(t.Context())
	if err == nil {
		_ = l.Close()
		t.Fatalf("%s is open", at)
	}
	e := mfa.AsError(err)
	if e.Code != want {
		t.Fatalf("%s: %s: %v (%v), want %s", at, e.Code, e, e.Cause, want)
	}
	return e
}

// A host that does not exist is a mistake in the flag, not a conflict with another server.
func TestAHostThatIsMistypedIsNamed(t *testing.T) {
	e := refusal(t, "mfa..acme.example:8443", mfa.Usage) // no resolver is asked for such a name
	if e.Field != "--listen" || e.Message != "no such host: mfa..acme.example" || !strings.Contains(e.HintText(), "--listen 127.0.0.1:8443") {
		t.Errorf("%s: %s (%s)", e.Field, e.Message, e.HintText())
	}
}

// If another server listens there, the hint says to stop it.
func TestAPortThatIsTakenIsAConflict(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	e := refusal(t, taken.Addr().String(), mfa.Conflict)
	if e.Message != "cannot listen at "+taken.Addr().String()+": address already in use" || !strings.Contains(e.HintText(), "stop what listens there") {
		t.Errorf("%s (%s)", e.Message, e.HintText())
	}
}
