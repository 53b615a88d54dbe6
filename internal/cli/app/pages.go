package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// gather reads a list page by page, to its end or to a limit, and says where the
// limit cut it. A page follows a cursor, the zero one first, and gives the next
// one; zero is the end. It may be shorter than what was asked for, or empty, and be
// followed by more all the same; most is 0 where it may be as long as it likes.
// Unavailable for a cursor that was there before: such a list would have no end.
func gather[T any, C comparable](a *App, limit int, page func(from C, most int) (items []T, next C, _ error)) ([]T, error) {
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

// Items says how things of one sort are shown, in a list and alone.
type Items[T any] struct {
	Kind   string // "User"; a list of them is a "UserList"
	Header []string
	Name   func(T) string // what -o name prints of one
	Row    func(T) []string
}

// List is the view of several of them.
func (k Items[T]) List(items []T) View {
	v := View{Kind: k.Kind + "List", Data: items, List: true, Header: k.Header}
	for _, item := range items {
		v.Names = append(v.Names, k.Name(item))
		v.Rows = append(v.Rows, k.Row(item))
	}
	return v
}

// One is the view of one of them. The data may be more than the item, such as a reply that
// contains it.
func (k Items[T]) One(item T, data any, say func() string) View {
	v := k.List([]T{item})
	v.Kind, v.Data, v.List, v.Say = k.Kind, data, false, say
	return v
}

// PrintPages prints a list that is read by [gather], with the marks of the damaged rows that
// each page has beside its items.
func PrintPages[T any, C comparable](
	a *App, k Items[T], limit int, page func(from C, most int) (items []T, damaged []mfa.DamagedRow, next C, _ error),
) error {
	var damaged []mfa.DamagedRow
	items, err := gather(a, limit, func(from C, most int) ([]T, C, error) {
		items, marks, next, err := page(from, most)
		for _, row := range marks {
			if !slices.Contains(damaged, row) {
				damaged = append(damaged, row)
			}
		}
		return items, next, err
	})
	if err != nil {
		return err
	}
	return a.PrintSound(k.List(items), damaged)
}

// PrintSound prints a list of which some rows are damaged. The others are printed, with the
// marks of those beside them in JSON and YAML, and then the answer is an error.
func (a *App) PrintSound(v View, damaged []mfa.DamagedRow) error {
	v.Damaged = damaged
	if err := a.Print(v); err != nil || len(damaged) == 0 {
		return err
	}
	a.Doing = ""
	const most = 10
	var names []string
	for _, row := range damaged[:min(most, len(damaged))] {
		names = append(names, row.Sort+" "+row.ID)
	}
	text := strings.Join(names, ", ")
	if more := len(damaged) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return mfa.Errorf(mfa.Damaged, "damaged and not shown: %s", text).
		WithHint("on the host of the store: mfactl store check names the remedy of each")
}
