package cli_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// pager gives the users from 1 to last, in pages of at most three of which every second one is
// short.
func pager(last int) func(q question) any {
	short := false
	return func(q question) any {
		after, _ := q.body["after"].(string)
		from, _ := strconv.Atoi(after) // 0 for the first page
		size := 3
		if most, limited := q.body["limit"].(float64); limited && most > 0 {
			size = min(size, int(most))
		}
		if short = !short; short {
			size--
		}
		page := mfa.UserPage{Items: []mfa.UserInfo{}}
		next := from + 1
		for ; size > 0 && next <= last; size-- {
			page.Items = append(page.Items, mfa.UserInfo{Email: strconv.Itoa(next)})
			next++
		}
		if next <= last {
			page.Next = strconv.Itoa(next - 1)
		}
		return page
	}
}

// numbers are the lines from 1 to last.
func numbers(last int) string {
	var b strings.Builder
	for n := range last {
		_, _ = fmt.Fprintln(&b, n+1)
	}
	return b.String()
}

func TestAListIsWholeUnlessALimitCutsIt(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		last, limit, want int
		cut               bool
	}{
		{last: 0, limit: 0, want: 0}, {last: 10, limit: 0, want: 10}, {last: 10, limit: 11, want: 10},
		{last: 10, limit: 10, want: 10}, {last: 10, limit: 9, want: 9, cut: true}, {last: 10, limit: 1, want: 1, cut: true},
	} {
		d.at(answering(t, pager(c.last)))
		out, said, status := d.run("admin", "users", "list", "-o", "name", "--limit", strconv.Itoa(c.limit))
		if status != 0 || out != numbers(c.want) {
			t.Errorf("%d of %d: exit %d: %q", c.limit, c.last, status, out)
		}
		if cut := said != ""; cut != c.cut {
			t.Errorf("%d of %d: said %q", c.limit, c.last, said)
		}
	}
	if out, stderr, _ := d.at(answering(t, pager(0))).run("admin", "users", "list", "-o", "json"); !strings.Contains(out, `"items": []`) {
		t.Errorf("an empty list: %s%s", out, stderr)
	}
	if _, stderr, status := d.run("admin", "users", "list", "--limit", "-1"); status != 2 {
		t.Errorf("a negative limit: exit %d: %s", status, stderr)
	}
}

// A server may answer pages that are empty, but none that begin again.
func TestAListThatGoesInCirclesIsRefused(t *testing.T) {
	d := newDesk(t)
	for name, next := range map[string][]string{"it stays": {"a", "a"}, "it goes to and fro": {"a", "b", "a"}} {
		asked := 0
		d.at(answering(t, func(question) any {
			asked++
			return mfa.UserPage{Items: []mfa.UserInfo{{Email: "1"}}, Next: next[(asked-1)%len(next)]}
		}))
		if _, stderr, status := d.run("admin", "users", "list"); status != mfa.Unavailable.Facts().Exit || asked != len(next) {
			t.Errorf("%s: exit %d after %d pages: %s", name, status, asked, stderr)
		}
	}
	pages := map[string]mfa.UserPage{"": {Next: "1"}, "1": {Next: "2"}, "2": {Items: []mfa.UserInfo{{Email: "1"}}}}
	d.at(answering(t, func(q question) any {
		after, _ := q.body["after"].(string)
		return pages[after]
	}))
	if out, stderr, status := d.run("admin", "users", "list", "-o", "name"); status != 0 || out != "1\n" {
		t.Errorf("empty pages: exit %d: %s%s", status, out, stderr)
	}
}
