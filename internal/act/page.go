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

// Cursor returns the cursor of the next page: the key of the last row of this one if more rows
// follow, else zero, the end.
func Cursor[T any, K comparable](rows []T, more bool, key func(T) K) (next K) {
	if !more {
		return next
	}
	return key(rows[len(rows)-1])
}
