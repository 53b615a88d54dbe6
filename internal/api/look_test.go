package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Whoever answers is there, be it with a refusal of a proxy; who does not, or is not
// trusted, is told of.
func TestWhoAnswersAtAllIsReached(t *testing.T) {
	s := listen(t, http.NotFoundHandler())
	c := dial(t, s.URL, "")
	if err := c.Reach(t.Context()); err != nil {
		t.Error(err)
	}
	s.Close()
	code(t, c.Reach(t.Context()), mfa.Unavailable)
	private := httptest.NewTLSServer(http.NotFoundHandler())
	defer private.Close()
	code(t, dial(t, private.URL, "").Reach(t.Context()), mfa.Unavailable)
}
