package records_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

var today = time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC)

// world is a real store with one record of each sort, read and written through records.
type world struct {
	t    *testing.T
	raw  mfa.Store
	keys *seal.Keyring
	of   *records.Store
	user mfa.User
}

// tokenID is the id of the token of the world: one that names its chain, see [mfa.ChainOf].
const tokenID = "01KKNTQJDGQT409WBW6C4DAC2B"

func newWorld(t *testing.T) *world {
	t.Helper()
	raw, err := store.Create(t.Context(), filepath.Join(t.TempDir(), "s.db"), store.Options{Clock: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	w := &world{t: t, raw: raw, keys: seal.New()}
	w.of = records.New(raw, w.keys)
	id := func(time.Time) (string, error) { return "an instance", nil }
	w.no(w.of.Begin(t.Context(), id, w.fill))
	return w
}

// fill writes one record of each sort, and a pending factor.
func (w *world) fill(x *records.Writer) error {
	w.no(x.PutCommunity(&mfa.Community{ID: "community", Name: "Acme", CreatedAt: today}))
	w.user = mfa.User{
		ID: "user", CommunityID: "community", Email: "bob@acme.example", Role: mfa.RoleMember,
		Status: mfa.UserActive, State: mfa.StateOn, CreatedAt: today,
	}
	w.no(x.PutUser(&w.user))
	factor := mfa.Factor{ID: "factor", UserID: "user", Kind: mfa.KindTOTP, Label: "phone", Status: mfa.FactorActive, Sealed: []byte{1}, CreatedAt: today}
	w.no(x.PutConfirmed(&w.user, &factor))
	w.no(x.PutUser(&w.user))
	w.no(x.PutFactor(&mfa.Factor{
		ID: "pending", UserID: "user", Kind: mfa.KindTOTP, Label: "next", Status: mfa.FactorPending,
		Sealed: []byte{2}, SessionHash: "session", CreatedAt: today, ExpiresAt: today.Add(time.Hour),
	}))
	w.no(x.PutSession(&mfa.Session{
		Hash: "session", UserID: "user", Level: mfa.LevelMFA, CreatedAt: today, LastSeenAt: today, ExpiresAt: today.Add(time.Hour),
	}))
	w.no(x.PutToken(&mfa.Token{
		ID: tokenID, Hash: "token hash", UserID: "user", Name: "ci", Permissions: []mfa.Permission{mfa.UsersRead},
		CreatedAt: today, CreatedBy: "user", ExpiresAt: today.Add(time.Hour),
	}))
	w.no(x.PutRequest(&mfa.Request{
		ID: "request", CommunityID: "community", Act: "Reset", TargetID: "user", Target: "bob@acme.example",
		RequesterID: "other", Status: mfa.RequestPending, CreatedAt: today, ExpiresAt: today.Add(time.Hour),
	}))
	w.no(x.PutFormerAccount(&mfa.FormerAccount{
		ID: "gone", AccountID: "gone", CommunityID: "community", Email: "gone@acme.example", Deleted: true, At: today,
	}))
	_, err := x.Append(mfa.Event{At: today, Action: mfa.ActReset, Outcome: mfa.OutcomeOK, TargetID: "user"})
	w.no(err)
	w.no(x.PutNotice(mfa.Notice{ID: "notice", Kind: mfa.NoticeReset, UserID: "user", Address: "bob@acme.example", By: "you", CreatedAt: today}))
	w.no(x.PutBlocklist(refused(), refusedText))
	w.no(x.PutMark(records.Mark{At: today}))
	w.no(x.PutRefusals(records.Refusals{Minute: today, By: map[string]records.Refused{"203.0.113.7": {Told: 7}}}))
	return x.PutKeyCopy(1, today)
}

// no fails for any error.
func (w *world) no(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err, mfa.AsError(err).Cause)
	}
}

// write changes rows as an attacker who has the database and no key.
func (w *world) write(f func(tx mfa.Tx) error) {
	w.t.Helper()
	w.no(w.raw.Update(w.t.Context(), f))
}

// read runs f in a transaction that may hold rows.
func (w *world) read(f func(r *records.Reader)) {
	w.t.Helper()
	w.no(w.of.Update(w.t.Context(), func(x *records.Writer) error {
		f(x.Reader)
		return nil
	}))
}
