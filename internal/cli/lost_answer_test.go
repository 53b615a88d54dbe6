package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// An answer that is cut off on its way leaves it open what happened: the error names the
// key under which the same command tells it, also where the command drew the key itself.
func TestALostAnswerOfAServerNamesTheKeyItIsHadBy(t *testing.T) {
	m := newMachine(t)
	s := m.serve(1, "--listen", "127.0.0.1:0")
	var cut atomic.Bool
	cut.Store(true)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", s.at[0], ""
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		if cut.Load() {
			b = b[:len(b)/2]
		}
		for _, name := range []string{"Mfactl-Api", "Content-Type"} {
			w.Header().Set(name, resp.Header.Get(name))
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(b)
	}))
	defer between.Close()
	token := strings.TrimSpace(m.must("admin", "", "admin", "tokens", "create", "--password-file", m.path("P"), "--name", "job", "--allow", "users:write", "--reveal", "--jq", ".token"))
	m.extra = []string{"MFACTL_STORE=", "MFACTL_SERVER=" + between.URL, "MFACTL_TOKEN=" + token}
	create := []string{"admin", "users", "create", "eve@acme.example", "--reveal", "-o", "json"}
	_, stderr, status := m.run("job", "", create...)
	key := regexp.MustCompile(`--idempotency-key ([A-Z2-7]{26})`).FindStringSubmatch(stderr)
	if status != 15 || key == nil {
		t.Fatalf("exit %d: %s", status, stderr)
	}
	cut.Store(false)
	var out struct {
		Changed bool `json:"changed"`
	}
	m.parse(m.must("job", "", append(create, "--idempotency-key", key[1])...), &out)
	if !out.Changed {
		t.Errorf("under its key it tells of no effect: %+v", out)
	}
	m.parse(m.must("job", "", create...), &out) // another call finds it done
	if out.Changed {
		t.Error("it was done twice")
	}
}
