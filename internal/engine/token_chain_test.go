package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// revoke ends the chain of a token.
func (w *world) revoke(id string) mfa.TokenRevoked {
	w.t.Helper()
	out, err := w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: id})
	ok(w.t, err)
	return out
}

// The thief of a token replaced it, several times: the owner revokes the id that they know.
func TestRevokingAnyTokenOfAChainEndsTheWholeChain(t *testing.T) {
	before := newWorld(t)
	ci := before.service("ci@acme.example", mfa.RoleHelpdesk)
	other := ci.by(ci.issue("other", mfa.UsersRead).Token)
	first := ci.issue("deploy", mfa.UsersRead)
	ids := []string{first.ID}
	chain := []*person{ci.by(first.Token)}
	for _, grace := range []time.Duration{0, time.Hour, 0, time.Hour} {
		out := chain[len(chain)-1].rotate(mfa.RotateTokenRequest{Grace: mfa.Span(grace)})
		ids, chain = append(ids, out.ID), append(chain, ci.by(out.Token))
		if out.Chain != first.Chain || out.Chain == "" {
			t.Errorf("%s is of the chain %q, and it began as %q", out.ID, out.Chain, first.Chain)
		}
	}
	live := []string{ids[1], ids[3], ids[4]} // the others ended at once, and have no row
	for _, id := range ids {
		w := before.fork(t)
		slices.Sort(live)
		dry, err := w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: id, Change: mfa.Change{DryRun: true}})
		ok(t, err)
		out := w.revoke(id)
		if !out.Changed || out.Name != "deploy" || !slices.Equal(out.Ended, live) || !slices.Equal(dry.Ended, live) {
			t.Errorf("%s: %+v, dry %+v", id, out, dry)
		}
		for i, k := range chain {
			if got := k.in(w).alive(); got != mfa.Unauthenticated {
				t.Errorf("revoked %s: token %d is %q", id, i, got)
			}
		}
		if got := other.in(w).alive(); got != "" {
			t.Errorf("the token of another chain is %q", got)
		}
		ev := w.recorded(mfa.ActTokenRevoke, mfa.OutcomeOK)
		if !strings.Contains(ev.Note, first.Chain) || !strings.Contains(ev.Note, ids[4]) || !strings.Contains(ev.Note, "3 tokens") {
			t.Errorf("%+v", ev)
		}
		if again := w.revoke(id); again.Changed || again.ID != id || len(again.Ended) != 0 {
			t.Errorf("revoked twice: %+v", again)
		}
	}
}

// What is no id names no chain.
func TestWhatIsNoIDRevokesNothing(t *testing.T) {
	w := newWorld(t)
	k := w.admin.by(w.admin.issue("all", mfa.UsersRead).Token)
	for _, id := range []string{"", "%", k.chain()} {
		_, err := w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: id})
		code(t, err, mfa.NotFound)
		if got := k.alive(); got != "" {
			t.Errorf("after %q: %s", id, got)
		}
	}
}

// chain is the chain of the token by which the person acts.
func (p *person) chain() string {
	p.w.t.Helper()
	me, err := p.w.WhoAmI(p.ctx(), mfa.WhoAmIRequest{})
	ok(p.w.t, err)
	return mfa.ChainOf(me.TokenID)
}

// Who may not revoke a token may not revoke it by the id of one that it replaced.
func TestAChainOutOfReachIsRevokedByNoIDOfIt(t *testing.T) {
	w := newWorld(t)
	w.community("Elsewhere", "")
	far := w.userIn("Elsewhere", "far@else.example", mfa.RoleAdmin)
	far.enable()
	helper := w.user("helper@acme.example", mfa.RoleAdmin)
	helper.enable()
	first := w.admin.issue("all", mfa.UsersRead)
	next := w.admin.by(first.Token).rotate(mfa.RotateTokenRequest{})
	for by, want := range map[*person]mfa.Code{far: mfa.NotFound, helper: mfa.Forbidden} {
		_, err := w.RevokeToken(by.ctx(), mfa.RevokeTokenRequest{ID: first.ID})
		code(t, err, want)
	}
	if got := w.admin.by(next.Token).alive(); got != "" {
		t.Errorf("the successor is %q", got)
	}
}

// The rotations of older stores gave a successor an id of its own, and the old token, within
// its grace, names it.
func TestAChainOfAnOlderStoreIsKnownByItsLinks(t *testing.T) {
	before := newWorld(t)
	ci := before.service("ci@acme.example", mfa.RoleHelpdesk)
	old, next := ci.issue("deploy", mfa.UsersRead), ci.issue("next", mfa.UsersRead)
	ci.issue("other", mfa.UsersRead)
	before.editToken(old.ID, func(k *mfa.Token) { k.Successor = next.ID })
	both := []string{old.ID, next.ID}
	slices.Sort(both)
	for _, id := range both {
		w := before.fork(t)
		if out := w.revoke(id); !slices.Equal(out.Ended, both) {
			t.Errorf("%+v", out)
		}
	}
}

// At most five tokens of a chain are valid at a time, however they were rotated.
func TestAChainHasFiveTokensAtMost(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	last := ci.by(ci.issue("deploy", mfa.UsersRead).Token)
	grace := mfa.RotateTokenRequest{Grace: mfa.Span(mfa.TokenGraceMax)}
	for range mfa.TokenChainMax - 1 {
		last = ci.by(last.rotate(grace).Token)
	}
	_, err := w.RotateToken(last.ctx(), grace)
	code(t, err, mfa.Conflict)
	until := w.clock.Now().Add(mfa.TokenGraceMax).Format(time.RFC3339)
	if e := mfa.AsError(err); !strings.Contains(e.Message, "5 tokens") || !strings.Contains(e.HintText(), "without --grace") || !strings.Contains(e.HintText(), until) {
		t.Errorf("%s / %s", e.Message, e.HintText())
	}
	last = ci.by(last.rotate(mfa.RotateTokenRequest{}).Token)
	_, err = w.RotateToken(last.ctx(), grace)
	code(t, err, mfa.Conflict)
	w.clock.Advance(mfa.TokenGraceMax)
	last = ci.by(last.rotate(grace).Token)
	if got := last.alive(); got != "" {
		t.Errorf("the last one is %q", got)
	}
}

// A chain ends with token_chain_max after its first token was created: rotation goes on until
// then and no further, and a stricter rule counts at once.
func TestAChainEndsWithItsRule(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	w.rule("token_chain_max", "40d")
	const day = 24 * time.Hour
	_, err := w.CreateToken(w.admin.ctx(), mfa.CreateTokenRequest{For: ci.email, Permissions: []mfa.Permission{mfa.UsersRead}, Expires: mfa.Span(41 * day)})
	code(t, err, mfa.PolicyForbids)
	if text := err.Error(); !strings.Contains(text, "token_chain_max") {
		t.Error(text)
	}
	first := ci.issue("deploy", mfa.UsersRead)
	end := first.CreatedAt.Add(40 * day)
	last := ci.by(first.Token)
	for range 3 {
		w.clock.Advance(9 * day)
		out := last.rotate(mfa.RotateTokenRequest{})
		last = ci.by(out.Token)
		if want := w.clock.Now().Add(30 * day); !out.ChainEndsAt.Equal(end) || out.ExpiresAt.After(end) || want.Before(end) && !out.ExpiresAt.Equal(want) {
			t.Errorf("until %s, its chain until %s, want %s", out.ExpiresAt, out.ChainEndsAt, end)
		}
	}
	w.admin.refresh()
	page, err := w.ListTokens(w.admin.ctx(), mfa.ListTokensRequest{})
	ok(t, err)
	if len(page.Items) != 1 || !page.Items[0].ChainEndsAt.Equal(end) || page.Items[0].Chain != first.Chain {
		t.Errorf("%+v", page.Items)
	}
	w.clock.Set(end.Add(-time.Second))
	if got := last.alive(); got != "" {
		t.Errorf("a second before the end: %q", got)
	}
	w.clock.Set(end)
	if got := last.alive(); got != mfa.Unauthenticated {
		t.Errorf("at the end: %q", got)
	}
	w.admin.refresh()
	w.rule("token_chain_max", "20d")
	fresh := ci.issue("again", mfa.UsersRead)
	if want := w.clock.Now().Add(20 * day); !fresh.ExpiresAt.Equal(want) {
		t.Errorf("by default until %s, want %s", fresh.ExpiresAt, want)
	}
}

// editToken changes the record of a token.
func (w *world) editToken(id string, change func(*mfa.Token)) {
	w.t.Helper()
	ok(w.t, records.New(w.store, w.keys).Update(w.t.Context(), func(wr *records.Writer) error {
		k, err := wr.TokenByID(id)
		change(&k)
		return errors.Join(err, wr.PutToken(&k))
	}))
}
