package sqlstore

import (
	"slices"
	"testing"
)

func TestTheStatementsOfATableAreMadeOfItsColumns(t *testing.T) {
	s := statementsOf("t", "id, a,\n\tb, c, rev", []string{"a", "c"})
	for name, c := range map[string]struct{ got, want string }{
		"insert":  {s.insert, "INSERT INTO t (id, a, b, c, rev) VALUES ($1, $2, $3, $4, $5)"},
		"add":     {s.add, "INSERT INTO t (id, a, b, c, rev) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"},
		"replace": {s.replace, s.insert + " ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b, c = excluded.c, rev = excluded.rev"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s", name, c.got)
		}
	}
	all := "UPDATE t SET a = $2, b = $3, c = $4, rev = $5 WHERE id = $1 AND rev = $6"
	if want := []string{"UPDATE t SET b = $3, rev = $5 WHERE id = $1 AND rev = $6 AND a = $2 AND c = $4", all}; !slices.Equal(s.update, want) {
		t.Errorf("update: %q", s.update)
	}
	if s := statementsOf("t", "id, a, b, c, rev", nil); !slices.Equal(s.update, []string{all}) {
		t.Errorf("update without an index: %q", s.update)
	}
}
