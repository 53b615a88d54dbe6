package mfa

import "testing"

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
