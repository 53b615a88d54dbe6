package sqlstore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Every change sweeps some replies. What it takes must not grow with how many are kept.
func TestASweepReadsNoMoreThanItRemoves(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	err := s.View(t.Context(), func(r mfa.Reader) error {
		plan, err := sqlstore.PlansOfASweep(r)
		for _, want := range []string{
			"SEARCH replies USING PRIMARY KEY (period<?)",
			"SEARCH replies USING PRIMARY KEY (period=? AND name>?)",
			"SEARCH replies USING PRIMARY KEY (period=? AND name>? AND name<?)",
		} {
			if !slices.Contains(plan, want) {
				t.Errorf("no step is %s", want)
			}
		}
		if i := slices.IndexFunc(plan, func(step string) bool { return strings.HasPrefix(step, "SCAN replies") }); i >= 0 {
			t.Errorf("the whole table is read: %q", plan)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
