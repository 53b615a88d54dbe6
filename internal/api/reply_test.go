package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

// parrot is a server that gives one answer to everything.
type parrot struct{ version, body string }

// ServeHTTP implements [http.Handler].
func (p *parrot) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Mfactl-Api", p.version)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(p.body))
}

// asked calls a method of a client with an empty request.
func asked(t *testing.T, c *api.Client, r api.Route) error {
	t.Helper()
	out := reflect.ValueOf(c).MethodByName(r.Rule.Method).Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.Zero(r.Request)})
	err, _ := reflect.TypeAssert[error](out[1])
	return err
}

// good is an answer to a method with all there can be.
func good(t *testing.T, r api.Route) map[string]any {
	t.Helper()
	body, err := json.Marshal(mfa.Expose(mfatest.Filled(r.Reply, "x").Interface()))
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// required are the members that the answer to a method always has.
func required(t reflect.Type) (names []string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			names = append(names, required(f.Type)...)
		case !f.Anonymous && options == "":
			names = append(names, name)
		}
	}
	return names
}

// A body that is not an answer of ours to this method is rejected, though it is JSON and the
// status says that all is well: what decides whether a code was right says no.
func TestNoReplyIsTakenForOneThatLacksWhatItMustSay(t *testing.T) {
	p := &parrot{version: "3"}
	c := dial(t, listen(t, p).URL, "")
	for _, r := range api.Routes() {
		want := mfa.Unavailable
		if r.Rule.Changes {
			want = mfa.Unknown
		}
		whole := good(t, r)
		if p.body = text(t, whole); asked(t, c, r) != nil {
			t.Errorf("%s refuses %s: %v", r.Rule.Method, p.body, asked(t, c, r))
		}
		bodies := []string{"null", "{}", "[]", `"x"`, "0", "", `{"code":"forbidden","detail":"no"}`}
		for _, name := range required(r.Reply) {
			less := maps.Clone(whole)
			delete(less, name)
			bodies = append(bodies, text(t, less))
		}
		for _, p.body = range bodies {
			err := asked(t, c, r)
			if e := mfa.AsError(err); err == nil || e.Code != want || !strings.Contains(e.Error(), "does not answer as mfactl does") {
				t.Errorf("%s takes %q: %v", r.Rule.Method, p.body, err)
			}
		}
	}
}

// A second member of the same meaning would be read in place of the one that was looked at.
func TestNoReplyIsTakenThatSaysAThingTwice(t *testing.T) {
	p := &parrot{version: "3"}
	c := dial(t, listen(t, p).URL, "")
	for _, r := range api.Routes() {
		whole := strings.TrimSuffix(text(t, good(t, r)), "}")
		for _, name := range required(r.Reply) {
			p.body = whole + `,"` + name + `":null}`
			if err := asked(t, c, r); err == nil {
				t.Errorf("%s takes %q", r.Rule.Method, p.body)
			}
		}
	}
	p.body = `{"user":"x","ok":false,"OK":true,"method":"totp","backup_codes_left":1}`
	if v, err := c.Verify(t.Context(), mfa.VerifyRequest{}); err != nil || v.OK {
		t.Errorf("a wrong code was right by another member: %+v, %v", v, err)
	}
	given := mfa.NewBearer(mfa.TokenPrefix, [mfa.BearerBytes]byte{1}).Reveal()
	for _, name := range []string{"TOKEN", "Token"} {
		issued := text(t, good(t, api.Route{Reply: reflect.TypeFor[mfa.TokenIssued]()}))
		p.body = strings.TrimSuffix(issued, "}") + `,"` + name + `":"\u001b[2J"}`
		if out, err := c.CreateToken(t.Context(), mfa.CreateTokenRequest{}); err != nil || out.Token.Reveal() != given {
			t.Errorf("%s: %q, %v", name, out.Token.Reveal(), err)
		}
	}
}

// A secret of another form than ours would drive a terminal, or be saved over a good one.
func TestNoReplyIsTakenWhoseSecretIsNone(t *testing.T) {
	p := &parrot{version: "3"}
	c := dial(t, listen(t, p).URL, "")
	given := mfa.NewBearer(mfa.TokenPrefix, [mfa.BearerBytes]byte{1}).Reveal()
	seen := 0
	for _, r := range api.Routes() {
		whole := text(t, good(t, r))
		if !strings.Contains(whole, given) {
			continue
		}
		seen++
		for _, wrong := range []string{"", "canary", `7K3F-9QXM-2VTP-HB4D\u001b[2J`, `7K3F-9QXM-2VTP-HB4D\n::error::x`} {
			p.body = strings.ReplaceAll(whole, given, wrong)
			if err := asked(t, c, r); err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s takes %q: %v", r.Rule.Method, wrong, err)
			}
		}
	}
	if seen < 9 {
		t.Errorf("only %d methods give secrets", seen)
	}
	for name, body := range map[string]string{
		"Login":       `{"user":"x","user_id":"x","level":"mfa","expires_at":"2026-03-14T10:00:00Z","must_enroll":false}`,
		"CreateToken": strings.Replace(text(t, good(t, routeOf("CreateToken"))), `"token":"`+given+`",`, "", 1),
	} {
		if p.body = strings.Replace(body, `"dry_run":true,`, "", 1); asked(t, c, routeOf(name)) == nil {
			t.Errorf("%s takes %s", name, p.body)
		}
	}
}

func routeOf(method string) api.Route {
	for _, r := range api.Routes() {
		if r.Rule.Method == method {
			return r
		}
	}
	return api.Route{}
}

func TestAServerOfAnotherVersionIsToldAsSuch(t *testing.T) {
	r := routeOf("Verify")
	for _, version := range []string{"1", "99-evil", "02"} {
		tries := 0
		p := &parrot{version: version, body: text(t, good(t, r))}
		url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tries++; p.ServeHTTP(w, r) })).URL
		e := refusal(t, asked(t, dial(t, url, ""), r), mfa.Unavailable)
		if !strings.Contains(e.Error(), `version "`+version+`" of the API, and this mfactl version 3`) || !strings.Contains(e.Hint, "mfactl version") || tries != 1 {
			t.Errorf("%s: %v (%s), %d tries", version, e, e.Hint, tries)
		}
	}
}

// A hint that says which command to type is for who has commands.
func TestNoDefaultHintOfACommandCrossesTheWire(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	for _, body := range []string{"{}", `{"nonsense":1}`} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/WhoAmI", strings.NewReader(body))
		w.ok(err)
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		w.ok(err)
		var p api.Problem
		w.ok(json.NewDecoder(resp.Body).Decode(&p))
		w.ok(resp.Body.Close())
		if p.Code == "" || p.Hint != "" {
			t.Errorf("%s: %+v", body, p)
		}
	}
}
