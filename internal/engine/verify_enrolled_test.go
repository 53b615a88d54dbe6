package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// withoutCode asks whether a user is right without a code.
func (w *world) withoutCode(user string) (mfa.Verdict, error) {
	return w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: user, IfEnrolled: true})
}

func TestAUserWithout2FAWhoNeedsNoneIsRightWithoutACode(t *testing.T) {
	w := newWorld(t)
	bob := w.freshUser("bob@acme.example", mfa.RoleMember)
	_, _, last, _ := w.diary(0, 0)
	out, err := w.withoutCode(bob.email)
	ok(t, err)
	if !out.OK || out.Method != mfa.MethodNone {
		t.Errorf("%+v", out)
	}
	ev := w.recorded(mfa.ActOTPOK, mfa.OutcomeOK)
	if ev.Seq <= last || ev.Target != bob.email || ev.Factor != mfa.MethodNone || ev.Method != "Verify" {
		t.Errorf("%+v", ev)
	}
	_, err = w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: mfa.NewSecret("123456")})
	code(t, err, mfa.Rejected) // nobody asked for it
}

func TestWithoutACodeNobodyIsRightWhoMustHaveOrJustLost2FA(t *testing.T) {
	for name, arrange := range map[string]func(w *world) (user string, until time.Duration){
		"a service account": func(w *world) (string, time.Duration) {
			return w.service("ci@acme.example", mfa.RoleMember).email, 0
		},
		"required of everybody": func(w *world) (string, time.Duration) {
			bob := w.user("bob@acme.example", mfa.RoleMember)
			_, err := w.set("", map[string]string{"require_2fa": "everyone"})
			ok(t, err)
			return bob.email, 0
		},
		"required of the privileged": func(w *world) (string, time.Duration) {
			_, err := w.set("", map[string]string{"require_2fa": "privileged"})
			ok(t, err)
			return w.user("helen@acme.example", mfa.RoleHelpdesk).email, 0
		},
		"recovering": func(w *world) (string, time.Duration) {
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			bob.reset()
			return bob.email, 0
		},
		"on": func(w *world) (string, time.Duration) {
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			return bob.email, 0
		},
		"disabled a moment ago": func(w *world) (string, time.Duration) {
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			_, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
			ok(t, err)
			return bob.email, 24 * time.Hour
		},
		"reset, enabled and disabled": func(w *world) (string, time.Duration) {
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			bob.login(bob.reset().RecoveryCode.Reveal())
			bob.enable()
			_, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
			ok(t, err)
			w.edit(bob.email, func(u *mfa.User) { u.DisabledAt = time.Time{} })
			return bob.email, 24 * time.Hour
		},
		"deleted and created again": func(w *world) (string, time.Duration) {
			bob := w.user("bob@acme.example", mfa.RoleMember)
			_, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: bob.email})
			ok(t, err)
			id := w.community("elsewhere", "") // where the address is like any other
			w.userIn(id, bob.email, mfa.RoleMember)
			return bob.email, 30 * 24 * time.Hour
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			user, until := arrange(w)
			began := w.clock.Now()
			_, err := w.withoutCode(user)
			code(t, err, mfa.Rejected)
			if until == 0 {
				return
			}
			w.clock.Set(began.Add(until - time.Minute))
			w.admin.refresh()
			_, err = w.withoutCode(user)
			code(t, err, mfa.Rejected)
			w.clock.Set(began.Add(until + time.Minute))
			_, err = w.withoutCode(user)
			ok(t, err)
		})
	}
}

// An account that had another address, and has it again, did not take it from anybody.
func TestAnAccountThatTookItsAddressBackIsRightWithoutACode(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for _, address := range []string{"robert@acme.example", bob.email} {
		id := bob.email
		if address == bob.email {
			id = "robert@acme.example"
		}
		_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: id, Email: address})
		ok(t, err)
	}
	_, err := w.withoutCode(bob.email)
	ok(t, err)
}

func TestWhatACodeIsVerifiedForIsRecordedAsClaimed(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	ask := func(code mfa.Secret, service, address string) error {
		_, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: code, Service: service, ClientAddress: address})
		return err
	}
	claims := func(action mfa.Action, outcome mfa.Outcome) string { return w.recorded(action, outcome).From.Claims() }
	ok(t, ask(bob.code(), "vpn west", "::ffff:192.0.2.7"))
	if got := claims(mfa.ActOTPOK, mfa.OutcomeOK); got != "service=vpn+west client_address=192.0.2.7" {
		t.Errorf("a right code: %q", got)
	}
	code(t, ask(bob.wrong(), "ssh", "host.example"), mfa.Rejected)
	if got := claims(mfa.ActOTPFail, mfa.OutcomeRefused); got != "service=ssh client_address=host.example" {
		t.Errorf("a wrong code: %q", got)
	}
	ok(t, ask(bob.codes[0], "ssh", ""))
	notes := map[mfa.NoticeKind]string{
		mfa.NoticeWrongCode: "claimed: service ssh, client address host.example",
		mfa.NoticeCodeUsed:  "9 backup codes left; claimed: service ssh",
	}
	ok(t, w.store.View(t.Context(), func(r mfa.Reader) error {
		all, err := r.Notices(mfa.NoticeQuery{})
		for _, n := range all {
			if want, is := notes[n.Kind]; is && n.Note != want {
				t.Errorf("the notice %s says %q", n.Kind, n.Note)
			}
			delete(notes, n.Kind)
		}
		return err
	}))
	if len(notes) != 0 {
		t.Errorf("no notice %v", notes)
	}
	for _, bad := range []string{"a\nb", "\u202evpn", " vpn"} {
		code(t, ask(bob.code(), bad, ""), mfa.Usage)
		code(t, ask(bob.code(), "", bad), mfa.Usage)
	}
}
