package app

import "testing"

// A hint to type a command leads to the place that was named, and nowhere else.
func TestAHintLeadsToThePlaceThatWasNamed(t *testing.T) {
	for name, c := range map[string]struct {
		flags      globalFlags
		text, want string
	}{
		"a server":            {globalFlags{Server: "https://b", CAFile: "my ca.pem"}, "mfactl login", "mfactl --server https://b --ca-file 'my ca.pem' login"},
		"a context":           {globalFlags{Context: "lab"}, "mfactl 2fa enable", "mfactl --context lab 2fa enable"},
		"a store":             {globalFlags{Store: "/a b/s.db"}, "mfactl login, or choose another --store", "mfactl --store '/a b/s.db' login, or choose another --store"},
		"nothing":             {globalFlags{}, "mfactl login", "mfactl login"},
		"no command":          {globalFlags{Context: "lab"}, "see --help", "see --help"},
		"where no place is":   {globalFlags{Context: "lab"}, "mfactl context list", "mfactl context list"},
		"a page of help":      {globalFlags{Context: "lab"}, "mfactl help environment", "mfactl help environment"},
		"the help of one":     {globalFlags{Context: "lab"}, "mfactl admin --help", "mfactl admin --help"},
		"a password in sight": {globalFlags{Server: "https://a:b@c"}, "mfactl login", "mfactl login"},
	} {
		if got := (&App{Flags: c.flags}).Hint(c.text); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
