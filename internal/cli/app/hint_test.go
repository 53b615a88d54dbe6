package app

import "testing"

// A hint to type a command leads to the place that was named, and nowhere else.
func TestAHintLeadsToThePlaceThatWasNamed(t *testing.T) {
	for name, c := range map[string]struct {
		flags      GlobalFlags
		text, want string
	}{
		"a server":            {GlobalFlags{Server: "https://b", CAFile: "my ca.pem"}, "mfactl login", "mfactl --server https://b --ca-file 'my ca.pem' login"},
		"a context":           {GlobalFlags{Context: "lab"}, "mfactl 2fa enable", "mfactl --context lab 2fa enable"},
		"a store":             {GlobalFlags{Store: "/a b/s.db"}, "mfactl login, or choose another --store", "mfactl --store '/a b/s.db' login, or choose another --store"},
		"nothing":             {GlobalFlags{}, "mfactl login", "mfactl login"},
		"no command":          {GlobalFlags{Context: "lab"}, "see --help", "see --help"},
		"where no place is":   {GlobalFlags{Context: "lab"}, "mfactl context list", "mfactl context list"},
		"a page of help":      {GlobalFlags{Context: "lab"}, "mfactl help environment", "mfactl help environment"},
		"the help of one":     {GlobalFlags{Context: "lab"}, "mfactl admin --help", "mfactl admin --help"},
		"a password in sight": {GlobalFlags{Server: "https://a:b@c"}, "mfactl login", "mfactl login"},
	} {
		if got := (&App{Flags: c.flags}).Hint(c.text); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
