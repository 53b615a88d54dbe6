package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// rotate replaces the token by which the person acts.
func (p *person) rotate(req mfa.RotateTokenRequest) mfa.TokenIssued {
	p.w.t.Helper()
	out, err := p.w.RotateToken(p.ctx(), req)
	ok(p.w.t, err)
	return out
}

func TestATokenReplacesItselfOnce(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	first := ci.issue("deploy", mfa.UsersRead, mfa.UsersLock)
	old := ci.by(first.Token)
	w.clock.Advance(29 * 24 * time.Hour)
	dry := old.rotate(mfa.RotateTokenRequest{Change: mfa.Change{DryRun: true}})
	if !dry.Token.IsZero() || !dry.Changed || old.alive() != "" {
		t.Errorf("a dry run: %+v", dry)
	}
	second := old.rotate(mfa.RotateTokenRequest{})
	next := ci.by(second.Token)
	if o, n := old.alive(), next.alive(); o != mfa.Unauthenticated || n != "" {
		t.Errorf("the old one is %q, the new one %q", o, n)
	}
	if second.Name != "deploy" || second.ID == first.ID || second.Replaced != first.ID || len(second.Permissions) != 2 {
		t.Errorf("%+v", second)
	}
	if want := w.clock.Now().Add(30 * 24 * time.Hour); !second.ExpiresAt.Equal(want) {
		t.Errorf("until %s, want %s", second.ExpiresAt, want)
	}
	w.admin.refresh()
	ev := w.recorded(mfa.ActTokenRotate, mfa.OutcomeOK)
	if ev.Target != ci.email || ev.TokenID != first.ID || !strings.Contains(ev.Note, second.ID) || !strings.Contains(ev.Note, first.ID) {
		t.Errorf("%+v", ev)
	}
}

func TestWithAGraceTheOldTokenLivesOnForIt(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	first := ci.issue("deploy", mfa.UsersRead)
	old := ci.by(first.Token)
	second := old.rotate(mfa.RotateTokenRequest{Grace: mfa.Span(time.Hour)})
	if until := second.ReplacedUntil; until == nil || !until.Equal(w.clock.Now().Add(time.Hour)) {
		t.Errorf("the old one lives until %v", until)
	}
	_, err := w.RotateToken(old.ctx(), mfa.RotateTokenRequest{}) // whoever copied it is found out
	code(t, err, mfa.Conflict)
	_, err = w.RotateToken(w.admin.ctx(), mfa.RotateTokenRequest{ID: first.ID})
	code(t, err, mfa.Conflict)
	w.clock.Advance(time.Hour - time.Second)
	if got := old.alive(); got != "" {
		t.Errorf("within the grace: %s", got)
	}
	w.clock.Advance(time.Second)
	if o, n := old.alive(), ci.by(second.Token).alive(); o != mfa.Unauthenticated || n != "" {
		t.Errorf("after it the old one is %q, the new one %q", o, n)
	}
}

// A grace lets no token live longer than it would have.
func TestAGraceLengthensNothing(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	first := ci.issue("deploy", mfa.UsersRead)
	w.clock.Advance(30*24*time.Hour - time.Minute)
	second := ci.by(first.Token).rotate(mfa.RotateTokenRequest{Grace: mfa.Span(24 * time.Hour)})
	if !second.ReplacedUntil.Equal(first.ExpiresAt) {
		t.Errorf("until %s, and it was to end %s", second.ReplacedUntil, first.ExpiresAt)
	}
}

func TestARotationGivesTheSameOrLess(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	old := ci.by(ci.issue("deploy", mfa.UsersRead, mfa.UsersLock).Token)
	for name, c := range map[string]struct {
		req  mfa.RotateTokenRequest
		want mfa.Code
	}{
		"a permission more":         {mfa.RotateTokenRequest{Permissions: []mfa.Permission{mfa.UsersRead, mfa.TwoFactorReset}}, mfa.Forbidden},
		"one that is none":          {mfa.RotateTokenRequest{Permissions: []mfa.Permission{"users:eat"}}, mfa.Usage},
		"a longer life":             {mfa.RotateTokenRequest{Expires: mfa.Span(31 * 24 * time.Hour)}, mfa.Usage},
		"a life of a second":        {mfa.RotateTokenRequest{Expires: mfa.Span(time.Second)}, mfa.Usage},
		"a grace of two days":       {mfa.RotateTokenRequest{Grace: mfa.Span(48 * time.Hour)}, mfa.Usage},
		"a grace before now":        {mfa.RotateTokenRequest{Grace: mfa.Span(-time.Second)}, mfa.Usage},
		"the token of another":      {mfa.RotateTokenRequest{ID: w.admin.issue("other", mfa.UsersRead).ID}, mfa.Forbidden},
		"a token that is not there": {mfa.RotateTokenRequest{ID: "01KKNTQJDGQT409WBW6C4DAC2B"}, mfa.Forbidden},
	} {
		if _, err := w.RotateToken(old.ctx(), c.req); codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	less := old.rotate(mfa.RotateTokenRequest{Permissions: []mfa.Permission{mfa.UsersRead}, Expires: mfa.Span(time.Hour)})
	if len(less.Permissions) != 1 || !less.ExpiresAt.Equal(w.clock.Now().Add(time.Hour)) {
		t.Errorf("%+v", less)
	}
	_, err := w.RotateToken(w.admin.ctx(), mfa.RotateTokenRequest{})
	code(t, err, mfa.Usage)
}

// An administrator who rotates a token holds the new one, so it may do nothing
// that they may not.
func TestWhoeverRotatesATokenMayDoWhatItDoes(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	made := ci.issue("deploy", mfa.UsersRead, mfa.AuditRead)
	boss := w.user("boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	small := boss.by(boss.issue("tokens", mfa.UsersRead, mfa.TokensWrite).Token)
	_, err := w.RotateToken(small.ctx(), mfa.RotateTokenRequest{ID: made.ID})
	code(t, err, mfa.Forbidden)
	out, err := w.RotateToken(boss.ctx(), mfa.RotateTokenRequest{ID: made.ID})
	ok(t, err)
	if out.CreatedBy != boss.email || out.User != ci.email {
		t.Errorf("%+v", out.TokenInfo)
	}
}

// The answer of a rotation was lost, and the token that asked is dead: the same
// key gives the same successor, and to nobody else.
func TestALostRotationIsHadAgainByTheDeadToken(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	for _, grace := range []time.Duration{0, time.Minute} {
		old := ci.by(ci.issue("deploy "+grace.String(), mfa.UsersRead).Token)
		req := mfa.RotateTokenRequest{Grace: mfa.Span(grace)}
		call := mfa.Call{Token: old.token, Key: mfa.NewSecret("a key of the job, number " + grace.String())}
		first, err := w.RotateToken(mfa.WithCall(t.Context(), call), req)
		ok(t, err)
		w.clock.Advance(2 * time.Minute)
		if got := old.alive(); got != mfa.Unauthenticated {
			t.Errorf("with a grace of %s it is %q", grace, got)
		}
		again, err := w.RotateToken(mfa.WithCall(t.Context(), call), req)
		ok(t, err)
		if again.Token.Reveal() != first.Token.Reveal() || again.ID != first.ID {
			t.Error("another successor")
		}
		call.Token = w.admin.token // a key is its caller's own
		_, err = w.RotateToken(mfa.WithCall(t.Context(), call), req)
		code(t, err, mfa.Usage)
		call.Token = old.token
		w.clock.Advance(10 * time.Minute)
		_, err = w.RotateToken(mfa.WithCall(t.Context(), call), req)
		code(t, err, mfa.Unauthenticated)
	}
}
