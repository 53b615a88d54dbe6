package mfa

import (
	"errors"
	"fmt"
	"testing"
)

// The properties in a row of the table must agree. A new code breaks one of these rules
// sooner than a caller notices.
func TestThePropertiesOfEveryErrorCodeAgree(t *testing.T) {
	seen := map[Code]bool{}
	for _, f := range Codes() {
		c := f.Code
		if seen[c] || c.Facts().Code != c {
			t.Errorf("%s has two rows", c)
		}
		seen[c] = true
		for rule, broken := range map[string]bool{
			"a property of refusals needs a refusal":                    (c.IsDenial() || c.ConcernsTarget() || c.MayFollowChange()) && !c.IsRefusal(),
			"the cause of a refusal may hold what a person typed":       c.IsRefusal() && c.LogsCause(),
			"a refusal is an answer, which another try does not change": c.IsRefusal() && c.IsRetryable(),
			"a call that is sent again leaves open what came of it":     c.IsRetryable() && !c.LeavesOutcomeOpen(),
			"a wrong secret must keep its count":                        c == Rejected && c.MayFollowChange(),
			"a code of this side alone has no properties of the wire":   f.HTTP == 0 && (c.SaysWhen() || c.LogsCause() || c.IsRetryable()),
		} {
			if broken {
				t.Errorf("%s: %s", c, rule)
			}
		}
	}
}

func TestAnUnknownErrorCodeIsInternal(t *testing.T) {
	c := Code("of a newer server")
	if f := c.Facts(); f.Code != Internal || c.IsRefusal() || c.IsRetryable() || !c.LogsCause() {
		t.Errorf("%+v", f)
	}
}

// An error that was wrapped keeps its code and message, and its trace says what was being done
// and every cause.
func TestAWrappedErrorKeepsItsCodeAndSaysWhatWasBeingDone(t *testing.T) {
	disk := errors.New("disk I/O error")
	inner := Errorf(Unavailable, "the disk of the store failed").WithCause(fmt.Errorf("read sessions: %w", disk))
	e := Chained(fmt.Errorf("read a session: %w", inner))
	if e.Code != Unavailable || e.Error() != "the disk of the store failed" || !errors.Is(e, disk) {
		t.Errorf("%s: %v", e.Code, e)
	}
	const want = "read a session: the disk of the store failed: read sessions: disk I/O error"
	if got := Trace(e.Cause); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if again := Chained(inner); again != inner {
		t.Errorf("an error that was not wrapped became %v", again)
	}
}
