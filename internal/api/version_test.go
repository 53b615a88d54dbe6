package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// A server answers programs in the versions of before too, and mfactl only in its own: an
// older mfactl would take the reply of a change for none, after the change was made.
func TestAnMfactlOfAnotherVersionIsRefusedBeforeAnythingIsDone(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	for _, c := range []struct {
		path, agent string
		status      int
	}{
		{"/v3/", "mfactl", 200}, {"/v3/", "curl/8.5.0", 200}, {"/v2/", "curl/8.5.0", 200}, {"/v1/", "curl/8.5.0", 200}, {"/v1/", "", 200},
		{"/v1/", "mfactl", 404}, {"/v1/", "mfactl/0.9", 404}, {"/v2/", "mfactl", 404}, {"/v4/", "mfactl", 404}, {"/v4/", "curl/8.5.0", 404},
		{"/v0/", "", 404}, {"/v/", "", 404}, {"/v01/", "", 404}, {"/v+1/", "", 404}, {"/", "", 404}, {"/2/", "", 404}, {"//v3/", "", 404},
	} {
		name := "of" + strings.NewReplacer("/", "-", ".", "-", "+", "-").Replace(c.path+c.agent)
		body := `{"name":"` + name + `","permissions":["users:read"],"password":"` + adminPassword + `"}`
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+c.path+"CreateToken", strings.NewReader(body))
		ok(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "0123456789abcdefghijklmnop"+name)
		r.Header.Set("Authorization", "Bearer "+w.token.Reveal())
		r.Header.Set("User-Agent", c.agent)
		a := send(t, r)
		if a.status != c.status || a.head.Get("Mfactl-Api") != "3" {
			t.Errorf("%s of %q: %d in version %q: %s", c.path, c.agent, a.status, a.head.Get("Mfactl-Api"), a.body)
		}
		tokens, err := w.engine.ListTokens(w.ctx(), mfa.ListTokensRequest{})
		ok(t, err)
		if made := slices.ContainsFunc(tokens.Items, func(one mfa.TokenInfo) bool { return one.Name == name }); made != (c.status == 200) {
			t.Errorf("%s of %q: done: %v", c.path, c.agent, made)
		}
		if c.agent == "mfactl" && c.status == 404 {
			var p api.Problem
			ok(t, json.Unmarshal(a.body, &p))
			if p.Code != mfa.Usage || !strings.Contains(p.Detail, `of version "`+c.path[2:3]+`" of the API, and the server of version 3`) || p.Hint == "" {
				t.Errorf("%+v", p)
			}
		}
	}
}

// A server of before mfactl had version 3 does nothing for this one, and both say why.
func TestAServerOfBeforeIsFoundOutBeforeAnythingIsDone(t *testing.T) {
	var asked []string
	c := dial(t, listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if r.URL.Path == "/readyz" {
			_, _ = w.Write([]byte(`{"ready":true}`))
			return
		}
		w.Header().Set("Mfactl-Api", "1")
		if r.URL.Path != "/openapi.json" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"code":"usage","detail":"the server has no such method"}`))
		}
	})).URL, "")
	_, reads := c.WhoAmI(t.Context(), mfa.WhoAmIRequest{})
	_, changes := c.LockUser(t.Context(), mfa.LockUserRequest{User: "bob@acme.example"})
	_, looks := c.Look(t.Context())
	for name, err := range map[string]error{"a method that reads": reads, "one that changes": changes, "a look": looks, "before a question": c.Reach(t.Context())} {
		e := refusal(t, err, mfa.Unavailable)
		if !strings.Contains(e.Error(), `version "1" of the API, and this mfactl version 3`) || !strings.Contains(e.Hint, "of the server's version") {
			t.Errorf("%s: %v (%s)", name, e, e.Hint)
		}
	}
	if want := []string{"/v3/WhoAmI", "/v3/LockUser", "/openapi.json", "/openapi.json"}; !slices.Equal(asked, want) {
		t.Errorf("the server was asked %q", asked)
	}
}
