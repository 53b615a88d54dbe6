package act

// MaxPage bounds one page of a list.
const MaxPage = 1000

// PageSize returns how many items a page has at most, given the limit of the request.
func PageSize(limit int) int {
	if limit <= 0 || limit > MaxPage {
		return MaxPage
	}
	return limit
}

// Page makes the items of a page from its rows, of which tell may leave some out. next is
// where the next page goes on: at the key of the last row if more rows follow, else zero.
func Page[T, I any, K comparable](rows []T, more bool, key func(T) K, tell func(T) (item I, listed bool, _ error)) (items []I, next K, _ error) {
	items = []I{}
	for _, row := range rows {
		item, listed, err := tell(row)
		if err != nil {
			return items, next, err
		}
		if listed {
			items = append(items, item)
		}
	}
	if more {
		next = key(rows[len(rows)-1])
	}
	return items, next, nil
}
