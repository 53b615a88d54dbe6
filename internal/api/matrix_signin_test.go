package api_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/mfactl/mfactl/internal/api"
)

// A sign-in goes by what it brings itself: no session or token, alive or not, makes up
// for what is wrong with it, and none keeps anybody from it.
func TestNoSessionSignsAnybodyIn(t *testing.T) {
	all, kinds := newKinds(t)
	all.ok(all.store.Close())
	requests, signIns := bodies(t), 0
	for _, r := range api.Routes() {
		if !r.Rule.SignsIn() {
			continue
		}
		signIns++
		for _, right := range []bool{false, true} {
			c := *all
			c.world = all.fork(t)
			_, env := c.variables(r.Rule.Method)
			if !right {
				env["PASSWORD"], env["SET_PASSWORD_CODE"], env["CODE"] = "not the password", "0000-0000-0000-0000", c.bob.phone.Wrong(c.clock.Now())
			}
			body := os.Expand(requests[r.Rule.Method], func(name string) string { return env[name] })
			url := listen(t, c.handler(c.engine)).URL
			given := kinds
			if right { // it is taken once: with a session that has ended
				given = kinds[2:3]
			}
			for _, k := range given {
				a := bear(t, url, r.Rule.Method, body, k.token)
				if right && a.status != http.StatusOK || !right && a.status != http.StatusUnprocessableEntity && a.status != http.StatusTooManyRequests {
					t.Errorf("%s with %s, right %v: %d %s", r.Rule.Method, k.name, right, a.status, a.body)
				}
			}
		}
	}
	if signIns == 0 {
		t.Error("there are none")
	}
}
