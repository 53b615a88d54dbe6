package cli

import (
	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// limitFlag adds --limit; lists are complete without it.
func limitFlag(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "limit", 0, "at most so many")
}

// gather reads a list page by page, to its end or to a limit, and says where the
// limit cut it. A page may be shorter than what was asked for, and be followed by
// more all the same; most is 0 where it may be as long as it likes.
func gather[T any](a *App, limit int, page func(most int) (items []T, more bool, _ error)) ([]T, error) {
	if limit < 0 {
		return nil, mfa.Bad("--limit", "must not be negative")
	}
	all := []T{}
	for {
		most := 0
		if limit > 0 {
			most = limit - len(all) + 1 // one more shows that there is one
		}
		items, more, err := page(most)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if limit > 0 && len(all) > limit {
			a.term.Say("mfactl: there are more, --limit cut the list at %d", limit)
			return all[:limit], nil
		}
		if !more {
			return all, nil
		}
	}
}
