package act

import (
	"errors"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// farthest is how many letters a word may differ by to be suggested for another.
const farthest = 2

// WithSuggestion gives an error the nearest of some words as its hint. Where none is
// near it keeps the hint it has, or else names all of them.
func WithSuggestion[S ~string](e *mfa.Error, word string, all []S) *mfa.Error {
	if near := nearest(word, Words(all)); near != "" {
		return e.WithHint("did you mean %s?", near)
	}
	if e.Hint != "" {
		return e
	}
	return e.WithHint("one of %s", strings.Join(Words(all), ", "))
}

// Words returns the texts of some words.
func Words[S ~string](in []S) []string {
	out := make([]string, len(in))
	for i, w := range in {
		out[i] = string(w)
	}
	return out
}

// nearest returns the word that differs least, by at most two letters; "" if
// none does.
func nearest(word string, all []string) (near string) {
	least := farthest + 1
	for _, w := range all {
		if d := distance(word, w); d < least {
			near, least = w, d
		}
	}
	return near
}

// distance counts the letters to add, drop, change or swap with their neighbor
// that make one word the other (optimal string alignment).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	if len(from)-len(to) > farthest || len(to)-len(from) > farthest {
		return farthest + 1
	}
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range to {
		rows[0][j+1] = j + 1
	}
	for i, x := range from {
		for j, y := range to {
			cost := 1
			if x == y {
				cost = 0
			}
			best := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && x == to[j-1] && from[i-1] == y {
				best = min(best, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = best
		}
	}
	return rows[len(from)][len(to)]
}

// suggestPage bounds how many addresses are looked at for a suggestion.
const suggestPage = 200

// meant returns the address nearest to an unknown one, among those the
// actor reaches that begin alike; "" if none is near.
func (a *Act) meant(address string) (string, error) {
	reach, err := a.ReachableCommunities()
	if err != nil {
		return "", err
	}
	var all []string
	for _, letters := range []int{3, 1} { // a slip further on, or early
		some, err := a.Read.Addresses(mfa.UserQuery{CommunityIDs: reach, After: beginning(address, letters), Limit: suggestPage})
		if err != nil {
			return "", err
		}
		all = append(all, some...)
	}
	near := nearest(address, all)
	if near == "" {
		return "", nil
	}
	_, err = a.Read.UserAt(near)
	if errors.Is(err, mfa.Damaged) {
		return "", nil // somebody who has no key may have written the address
	}
	return near, err
}

// beginning is the first letters of a text, which stand before every address that
// begins so.
func beginning(s string, letters int) string {
	all := []rune(s)
	return string(all[:min(letters, len(all))])
}
