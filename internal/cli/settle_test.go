package cli_test

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// settle makes an account one that was created long ago: none of its halves is open, and
// nobody controls it; or a community one whose rules were set long ago. It writes the record as a later command would, with a valid MAC.
func settle(ctx context.Context, path, email string, clock func() time.Time) error {
	keys, err := seal.ReadKeyFile(path + ".key")
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, path, store.Options{Clock: clock})
	if err != nil {
		return err
	}
	defer st.Close() //nolint:errcheck // what was written is read by the test
	return records.New(st, keys).Update(ctx, func(w *records.Writer) error {
		if !strings.Contains(email, "@") { // a community whose rules were set long ago
			c, err := w.CommunityByName(email)
			if err != nil {
				return err
			}
			c.Held = nil
			return w.PutCommunity(&c)
		}
		u, err := w.UserAt(email)
		if err != nil {
			return err
		}
		u.Halves, u.ControlMarks = nil, []mfa.ControlMark(nil)
		return w.PutUser(&u)
	})
}

func (m *machine) settle(email string) {
	m.t.Helper()
	if err := settle(m.t.Context(), m.path("store.db"), email, m.now); err != nil {
		m.t.Fatal(err)
	}
}

// settleInScript is settle as a command of the scripts: settle ADDRESS, or settle COMMUNITY.
func settleInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: settle ADDRESS|COMMUNITY")
	}
	clock := func() time.Time { return clockIn(ts.Getenv("TEST_CLOCK")) }
	ts.Check(settle(context.Background(), filepath.Join(ts.Getenv("WORK"), "store.db"), args[0], clock))
}
