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

// cursor returns the cursor of the page that follows one, which is the key of its last row;
// zero, the end, if no page follows.
func cursor[T any, K comparable](page []T, more bool, key func(T) K) (next K) {
	if more {
		next = key(page[len(page)-1])
	}
	return next
}
