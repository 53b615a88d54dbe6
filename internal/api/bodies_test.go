package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// reply is what a server answered.
type reply struct {
	status int
	head   http.Header
	body   []byte
}

// hasNone fails if the answer holds one of the texts.
func (r reply) hasNone(t *testing.T, canaries ...string) {
	t.Helper()
	for _, c := range canaries {
		if bytes.Contains(r.body, []byte(c)) {
			t.Errorf("the answer holds %q: %s", c, r.body)
		}
		for name, values := range r.head {
			if strings.Contains(strings.Join(values, " "), c) {
				t.Errorf("the header %s holds %q", name, c)
			}
		}
	}
}

// send sends a request as it is.
func send(t *testing.T, r *http.Request) reply {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, b}
}

// request is a call of a method as anybody may make it.
func request(t *testing.T, url, method string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/"+method, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "0123456789abcdefghijklmnop")
	return r
}

func ask(t *testing.T, url, method, body string) reply {
	t.Helper()
	return send(t, request(t, url, method, strings.NewReader(body)))
}

const canary = "hunter2-canary"

// What is not exactly one well-formed request is refused, with the place of what is
// wrong and never with its value.
func TestWhatIsNotOneRequestIsRefused(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	for name, c := range map[string]struct {
		body   string
		status int
		field  string
	}{
		"an unknown field":              {`{"email":"a@acme.example","password":"` + canary + `","admin":"` + canary + `"}`, 400, "admin"},
		"a field twice":                 {`{"email":"a@acme.example","password":"` + canary + `","password":"x"}`, 400, "password"},
		"a field twice, escaped":        {`{"email":"a@acme.example","password":"` + canary + `","passwor\u0064":"x"}`, 400, "password"},
		"a field in other letters":      {`{"EMAIL":"a@acme.example"}`, 400, "EMAIL"},
		"something after the end":       {`{"email":"a@acme.example"} {"password":"` + canary + `"}`, 400, "body"},
		"an unknown field below":        {`{"kind":"totp","params":{"digit":"` + canary + `"}}`, 400, ""},
		"a number for a text":           {`{"email":12345,"password":"` + canary + `"}`, 400, "email"},
		"a text for a truth":            {`{"email":"a@acme.example","password":{"x":"` + canary + `"}}`, 400, "password"},
		"no UTF-8":                      {"{\"email\":\"a@acme.example\",\"password\":\"" + canary + "\xff\"}", 400, "body"},
		"half a surrogate pair":         {`{"email":"a@acme.example","password":"` + canary + `\ud800"}`, 400, "body"},
		"a list":                        {`["` + canary + `"]`, 400, "body"},
		"null":                          {`null`, 400, "body"},
		"no JSON":                       {`email=a@acme.example&password=` + canary, 400, "body"},
		"half of it":                    {`{"email":"` + canary, 400, "body"},
		"a comment":                     {`{"email":"a@acme.example"/*` + canary + `*/}`, 400, "body"},
		"a name that steers a terminal": {`{"\u001b]0;` + canary + `\u0007` + strings.Repeat("x", 200) + `":1}`, 400, "0hunter2-canary" + strings.Repeat("x", 49)},
		"a million deep":                {strings.Repeat(`{"email":`, 7000), 400, "body"},
		"longer than 64 KiB":            {`{"email":"` + strings.Repeat("x", 64<<10) + `"}`, 413, "body"},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, url, "Login", c.body)
			var p api.Problem
			if err := json.Unmarshal(a.body, &p); err != nil {
				t.Fatalf("%v: %s", err, a.body)
			}
			if a.status != c.status || p.Code != mfa.Usage || c.field != "" && p.Field != c.field {
				t.Errorf("%d %s", a.status, a.body)
			}
			if !strings.Contains(p.Field, canary) { // a name is no value
				a.hasNone(t, canary)
			}
			if kind := a.head.Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("of type %s", kind)
			}
		})
	}
}

func TestOnlyPlainJSONIsRead(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"email":"a@acme.example"}`))
	_ = z.Close()
	for name, c := range map[string]struct {
		header, value string
		body          []byte
		field         string
	}{
		"a form":          {"Content-Type", "application/x-www-form-urlencoded", []byte("email=a"), "Content-Type"},
		"no type":         {"Content-Type", "", []byte(`{}`), "Content-Type"},
		"another charset": {"Content-Type", "application/json; charset=latin1", []byte(`{}`), "Content-Type"},
		"a strange type":  {"Content-Type", "application/json+x", []byte(`{}`), "Content-Type"},
		"gzip":            {"Content-Encoding", "gzip", packed.Bytes(), "Content-Encoding"},
	} {
		r := request(t, url, "Login", bytes.NewReader(c.body))
		r.Header.Set(c.header, c.value)
		a := send(t, r)
		var p api.Problem
		if err := json.Unmarshal(a.body, &p); err != nil || a.status != http.StatusUnsupportedMediaType || p.Field != c.field {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// What may change something comes under one key, and no call carries two proofs of who
// they are. The request is else a right one, so that nothing else refuses it.
func TestARequestHasOneKeyAndOneProof(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	const key = "0123456789abcdefghijklmnop"
	mine := "Bearer " + w.token.Reveal()
	for name, c := range map[string]struct {
		key, auth []string
		status    int
		field     string
	}{
		"as it should be":       {[]string{key}, []string{mine}, 200, ""},
		"in other letters":      {[]string{key}, []string{"bEARER " + w.token.Reveal()}, 200, ""},
		"no key":                {nil, []string{mine}, 400, "Idempotency-Key"},
		"an empty key":          {[]string{""}, []string{mine}, 400, "Idempotency-Key"},
		"a malformed key":       {[]string{"%zz" + key}, []string{mine}, 400, "Idempotency-Key"},
		"a short key":           {[]string{"1234"}, []string{mine}, 400, "idempotency-key"},
		"two keys":              {[]string{key, key}, []string{mine}, 400, "Idempotency-Key"},
		"a key and an empty":    {[]string{key, ""}, []string{mine}, 400, "Idempotency-Key"},
		"basic":                 {[]string{key}, []string{"Basic YTpi"}, 401, ""},
		"basic, with our token": {[]string{key}, []string{"Basic " + w.token.Reveal()}, 401, ""},
		"a token alone":         {[]string{key}, []string{w.token.Reveal()}, 401, ""},
		"no token":              {[]string{key}, []string{"Bearer"}, 401, ""},
		"the same proof twice":  {[]string{key}, []string{mine, mine}, 401, ""},
		"another after it":      {[]string{key}, []string{mine, "Bearer none"}, 401, ""},
	} {
		r := request(t, url, "CreateUser", strings.NewReader(`{"email":"bob@acme.example","role":"member"}`))
		r.Header["Idempotency-Key"], r.Header["Authorization"] = c.key, c.auth
		a := send(t, r)
		var p api.Problem
		if err := json.Unmarshal(a.body, &p); err != nil || a.status != c.status || p.Field != c.field {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if challenge := a.head.Get("WWW-Authenticate"); (a.status == 401) != (challenge == "Bearer") {
			t.Errorf("%s: %d, and asks for %q", name, a.status, challenge)
		}
	}
}

func TestOnlyWhatThereIsCanBeCalled(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v1/Login", 405}, {"PUT", "/v1/Login", 405}, {"DELETE", "/v1/DeleteUser", 405}, {"TRACE", "/v1/Login", 405},
		{"OPTIONS", "/v1/Login", 405}, {"PROPFIND", "/v1/Login", 405}, {"POST", "/v1/login", 404}, {"POST", "/v1/Init", 404},
		{"POST", "/v1/BreakGlass", 404}, {"POST", "/v4/Login", 404}, {"POST", "/", 404}, {"GET", "/", 404}, {"POST", "/openapi.json", 404},
		{"POST", "/v1/Login/", 404}, {"POST", "/v3/L%6fgin", 404}, {"POST", "//v3/Login", 404}, {"POST", "/x/../v3/Login", 404}, {"POST", "/v3%2fLogin", 404}, {"GET", "/openapi%2ejson", 404},
		{"GET", "/openapi.json", 200},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := send(t, r)
		if a.status != c.status {
			t.Errorf("%s %s: %d", c.method, c.path, a.status)
		}
		if c.status == 405 && a.head.Get("Allow") != "POST" {
			t.Errorf("%s %s: allows %q", c.method, c.path, a.head.Get("Allow"))
		}
		if a.head.Get("Cache-Control") != "no-store" || a.head.Get("X-Content-Type-Options") != "nosniff" || a.head.Get("Server") != "" {
			t.Errorf("%s %s: headers %v", c.method, c.path, a.head)
		}
	}
}

// endless is a body that never ends.
type endless struct{ sent atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.sent.Add(int64(len(p)))
	return len(p), nil
}

// A gigabyte is not read: neither one that is announced nor one that just goes on.
func TestAHugeBodyIsNotRead(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, announced := range []int64{-1, 1 << 30} {
		body := &endless{}
		r := request(t, url, "Login", io.LimitReader(body, 1<<30))
		r.ContentLength = announced
		resp, err := http.DefaultClient.Do(r)
		if err == nil { // or it was closed on us while we wrote
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("announced as %d: %d", announced, resp.StatusCode)
			}
			_ = resp.Body.Close()
		}
		if sent := body.sent.Load(); sent > 64<<20 {
			t.Errorf("announced as %d: %d bytes were taken", announced, sent)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
}
