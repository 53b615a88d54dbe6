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

// cutPage returns the rows of one page and the cursor of the next page. A query asks for
// one row more than a page has. If that row is there, another page follows, whose cursor is
// the key of the last row that is kept; else the cursor is zero, the end.
func cutPage[T any, K comparable](rows []T, queried int, key func(T) K) (page []T, next K) {
	if len(rows) < queried {
		return rows, next
	}
	page = rows[:queried-1]
	return page, key(page[len(page)-1])
}
