package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A server that answers is reachable, even if a proxy refuses; one that does not answer, or
// is not trusted, is reported.
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
