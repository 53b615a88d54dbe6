package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// worksNowhere fails if any command accepts a backup code of bob or asks for one.
func worksNowhere(t *testing.T, w *world, bob *person) {
	t.Helper()
	_, err := bob.try(bob.codes[0])
	code(t, err, mfa.Rejected)
	code(t, bob.verify(bob.codes[1]), mfa.Rejected)
	ch, err := bob.try(mfa.Secret{})
	ok(t, err)
	if slices.ContainsFunc(ch.Prompts, func(p mfa.Prompt) bool { return p.Kind == mfa.KindBackup }) {
		t.Error("a backup code is asked for")
	}
	_, err = w.Answer(t.Context(), mfa.AnswerRequest{Challenge: ch.Token, Code: bob.codes[2]})
	code(t, err, mfa.Rejected)
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	info, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
	ok(t, err)
	out, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: bob.code()})
	ok(t, err)
	if st.BackupCodesLeft+info.BackupCodesLeft+out.BackupCodesLeft != 0 || !st.BackupCodesOff {
		t.Errorf("left: %+v, %d for the administrator, %d after a code", st, info.BackupCodesLeft, out.BackupCodesLeft)
	}
	w.clock.Advance(30 * time.Second)
}

func TestBackupCodesWorkNowhereUnderARuleOfNone(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	_, err := w.set("", map[string]string{"backup_codes": "0"})
	ok(t, err)
	worksNowhere(t, w, bob)

	// The rule changed no set: they work again when the number is raised.
	_, err = w.set("", map[string]string{"backup_codes": "10"})
	ok(t, err)
	if out := bob.login(bob.codes[0].Reveal()); out.BackupCodesLeft == nil || *out.BackupCodesLeft != 9 {
		t.Errorf("%+v", out)
	}
}

func TestGenerateUnderARuleOfNoneRevokesAndIssuesNone(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	_, err := w.set("", map[string]string{"backup_codes": "0"})
	ok(t, err)
	for _, want := range []int{10, 0} { // the second time there is nothing to revoke
		out, err := w.GenerateBackupCodes(bob.ctx(), mfa.GenerateBackupCodesRequest{Password: bob.password})
		ok(t, err)
		if out.Revoked != want || out.Codes == nil || len(out.Codes) != 0 {
			t.Errorf("%+v", out)
		}
	}
	if n := w.mails(bob.email, mfa.NoticeCodesGenerated); n != 1 {
		t.Errorf("%d mails about one set that was revoked", n)
	}
	page, err := w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActBackupGenerate}})
	ok(t, err)
	if len(page.Items) != 1 || page.Items[0].Note != "0 new, 10 revoked" {
		t.Errorf("%+v", page.Items)
	}
	worksNowhere(t, w, bob)

	// Revoked codes do not work again when the number is raised.
	_, err = w.set("", map[string]string{"backup_codes": "10"})
	ok(t, err)
	code(t, bob.verify(bob.codes[3]), mfa.Rejected)
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	if st.BackupCodesLeft != 0 || st.BackupCodesOff {
		t.Errorf("%+v", st)
	}
}

func TestNoHintOffersABackupCodeThatDoesNotWork(t *testing.T) {
	for rule, offered := range map[string]bool{"10": true, "0": false} {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		bob.enable()
		_, err := w.set("", map[string]string{"backup_codes": rule})
		ok(t, err)
		w.edit(bob.email, func(u *mfa.User) { u.OTP.Consecutive = 100 })
		_, err = bob.try(bob.code())
		code(t, err, mfa.Locked)
		if hint := mfa.AsError(err).HintText(); strings.Contains(hint, "backup code") != offered {
			t.Errorf("backup_codes=%s: %q", rule, hint)
		}
	}
}
