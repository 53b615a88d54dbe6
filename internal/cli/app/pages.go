package app

import (
	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// LimitFlag adds --limit; lists are complete without it.
func LimitFlag(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "limit", 0, "at most so many")
}

// Gather reads a list page by page, to its end or to a limit, and says where the
// limit cut it. A page follows a cursor, the zero one first, and gives the next
// one; zero is the end. It may be shorter than what was asked for, or empty, and be
// followed by more all the same; most is 0 where it may be as long as it likes.
// Unavailable for a cursor that was there before: such a list would have no end.
func Gather[T any, C comparable](a *App, limit int, page func(from C, most int) (items []T, next C, _ error)) ([]T, error) {
	if limit < 0 {
		return nil, mfa.UsageError("--limit", "must not be negative")
	}
	all := []T{}
	var from, end C
	seen := map[C]bool{}
	for {
		most := 0
		if limit > 0 {
			most = limit - len(all) + 1 // one more shows that there is one
		}
		items, next, err := page(from, most)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if limit > 0 && len(all) > limit {
			a.Term.Say("mfactl: there are more, --limit cut the list at %d", limit)
			return all[:limit], nil
		}
		if next == end {
			return all, nil
		}
		if seen[next] {
			return nil, mfa.Errorf(mfa.Unavailable, "the list goes in circles: the server does not answer as mfactl does")
		}
		seen[next], from = true, next
	}
}

// ListView is a list in every format; name is what -o name prints of an item.
func ListView[T any](kind string, items []T, table term.Table, name func(T) string) View {
	v := View{Kind: kind, Data: items, List: true, Table: table}
	for _, item := range items {
		v.Names = append(v.Names, name(item))
	}
	return v
}
