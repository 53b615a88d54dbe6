package engine

// maxPage bounds one page of a list.
const maxPage = 1000

// pageSize returns how many items a page has at most, given the limit of the request.
func pageSize(limit int) int {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// cursor returns the cursor of the next page: the key of the last row of this one if more rows
// follow, else zero, the end.
func cursor[T any, K comparable](rows []T, more bool, key func(T) K) (next K) {
	if !more {
		return next
	}
	return key(rows[len(rows)-1])
}
