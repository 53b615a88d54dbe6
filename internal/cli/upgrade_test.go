package cli_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A retry after an upgrade finds the answer of the run before it: the key of a call is made of
// the key of the run, the name of the method, and the number of the call or the user.
func TestTheKeyOfACallIsTheSameInEveryVersion(t *testing.T) {
	server := answering(t, func(question) any { return mfa.Errorf(mfa.Conflict, "no") })
	d := newDesk(t).at(server)
	key := strings.Repeat("k", 22)
	for args, want := range map[string]string{
		"admin users lock bob@acme.example --yes":         "LockUser/1",
		"admin tokens create --allow users:read --reveal": "CreateToken/1",
		"2fa rename phone telephone":                      "RenameFactor/1",
	} {
		_, stderr, _ := d.run(append(strings.Fields(args), "--idempotency-key", key)...)
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(want))
		sent := ""
		for _, q := range server.questions() {
			if method, _, _ := strings.Cut(want, "/"); q.method == method && q.body["dry_run"] == nil {
				sent = q.key
			}
		}
		if sent != base64.RawURLEncoding.EncodeToString(h.Sum(nil)) {
			t.Errorf("%s: sent %q: %s", args, sent, stderr)
		}
	}
}

// Doctor names the versions where this mfactl does not go with the server.
func TestDoctorFindsAServerOfAnotherVersion(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Mfactl-Api", "1")
		_, _ = w.Write([]byte(`{"ready":true}`))
	}))
	defer s.Close()
	d := newDesk(t)
	d.env["MFACTL_SERVER"] = s.URL
	out, _, status := d.run("doctor", "-o", "json")
	if status != 12 || !strings.Contains(out, `has version \"1\" of the API, and this mfactl version 3`) || !strings.Contains(out, "an mfactl of the server's version") {
		t.Errorf("exit %d: %s", status, out)
	}
}
