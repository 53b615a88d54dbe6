package cli

import "testing"

// A hint to type a command leads to the place that was named, and nowhere else.
func TestAHintLeadsToThePlaceThatWasNamed(t *testing.T) {
	for name, c := range map[string]struct {
		flags      globals
		text, want string
	}{
		"a server":            {globals{server: "https://b", caFile: "my ca.pem"}, "mfactl login", "mfactl --server https://b --ca-file 'my ca.pem' login"},
		"a context":           {globals{context: "lab"}, "mfactl 2fa enable", "mfactl --context lab 2fa enable"},
		"a store":             {globals{store: "/a b/s.db"}, "mfactl login, or choose another --store", "mfactl --store '/a b/s.db' login, or choose another --store"},
		"nothing":             {globals{}, "mfactl login", "mfactl login"},
		"no command":          {globals{context: "lab"}, "see --help", "see --help"},
		"where no place is":   {globals{context: "lab"}, "mfactl context list", "mfactl context list"},
		"a page of help":      {globals{context: "lab"}, "mfactl help environment", "mfactl help environment"},
		"the help of one":     {globals{context: "lab"}, "mfactl admin --help", "mfactl admin --help"},
		"a password in sight": {globals{server: "https://a:b@c"}, "mfactl login", "mfactl login"},
	} {
		if got := (&App{flags: c.flags}).hint(c.text); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
