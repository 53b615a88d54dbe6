//go:build faults && linux && amd64

package faults

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// sight is everything that can be seen of a store, in lines of text.
type sight []string

// look looks at a copy of the store with its key: every account, session, role,
// community, rule, request and event, and whether it takes each of the secrets.
// Each sort of secret has a copy of its own, where one lock hides only its like.
func (l *lab) look(secrets [][]secret) sight {
	l.t.Helper()
	if l.unmade() {
		return sight{"no store"}
	}
	var s sight
	l.inCopy(func(o *opened) { s = o.everything() })
	for _, sort := range secrets {
		l.inCopy(func(o *opened) {
			for _, one := range sort {
				s = append(s, one.name+": "+l.tried(o, one))
			}
		})
	}
	return s
}

// unmade reports whether there is no store, or one whose init did not end.
func (l *lab) unmade() (is bool) {
	l.t.Helper()
	if _, err := os.Stat(l.path("store.db")); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if _, err := l.saved("alice"); err == nil {
		return false
	}
	l.inMemory(func(dir string) {
		err := l.copyStore(dir)
		if err == nil {
			var o *opened
			if o, err = l.openIn(dir); err == nil {
				_, err = o.Examine(o.ctx, func(int64) {})
				err = errors.Join(err, o.store.Close())
			}
		}
		is = errors.Is(err, mfa.Unavailable)
	})
	return is
}

// differs returns the first lines that one sight has and the other has not.
func (s sight) differs(other sight) string {
	var b strings.Builder
	for _, line := range s {
		if !slices.Contains(other, line) {
			fmt.Fprintf(&b, "\n  only one has %s", line)
		}
	}
	for _, line := range other {
		if !slices.Contains(s, line) {
			fmt.Fprintf(&b, "\n  only the other has %s", line)
		}
	}
	return b.String()
}

// opened is a store opened in this process.
type opened struct {
	*engine.Engine
	lab   *lab
	store *store.Store
	ctx   context.Context // carries a session that may see everything
}

// inCopy opens a copy of the store, calls f, and throws the copy away.
func (l *lab) inCopy(f func(*opened)) {
	l.t.Helper()
	l.inMemory(func(dir string) {
		if err := l.copyStore(dir); err != nil {
			l.t.Fatal(err)
		}
		o, err := l.openIn(dir)
		if err == nil {
			defer func() { _ = o.store.Close() }() // a copy
			err = o.signIn()
		}
		if err != nil {
			l.t.Fatal(verdict(err))
		}
		f(o)
	})
}

// inMemory calls f with a directory that needs no disk and lives no longer.
func (l *lab) inMemory(f func(dir string)) {
	l.t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "faults-*")
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	f(dir)
}

// storeFiles are what of a store is on a disk for good.
var storeFiles = []string{"store.db", "store.db-wal", "store.db.key"}

// copyStore copies what there is of the store.
func (l *lab) copyStore(dir string) error {
	for _, name := range storeFiles {
		if err := copyFile(filepath.Join(dir, name), l.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// openIn opens the store that lies in a directory.
func (l *lab) openIn(dir string) (*opened, error) {
	now := l.now()
	st, err := store.Open(context.Background(), filepath.Join(dir, "store.db"), store.Options{Clock: func() time.Time { return now }})
	if err != nil {
		return nil, err
	}
	keys, err := seal.ReadKeyFile(filepath.Join(dir, "store.db.key"))
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	options := engine.Options{Rand: rand.NewChaCha8([32]byte{})} // of two that look, both see the same
	return &opened{Engine: engine.New(st, keys, options), lab: l, store: st, ctx: context.Background()}, nil
}

// signIn takes Alice's saved session. Where there is none, it is a store that was
// just made, and its operator signs in.
func (o *opened) signIn() error {
	token, err := o.lab.saved("alice")
	if errors.Is(err, fs.ErrNotExist) {
		var in mfa.SignedIn
		in, err = o.Login(o.ctx, mfa.LoginRequest{Email: admin, Password: mfa.NewSecret(passwords["P"])})
		token = in.Token
	}
	o.ctx = o.as(token)
	return err
}

func (o *opened) as(token mfa.Secret) context.Context {
	return mfa.WithCall(context.Background(), mfa.Call{Token: token})
}

// saved is the token of a person's saved session.
func (l *lab) saved(who string) (token mfa.Secret, err error) {
	names, err := filepath.Glob(l.path(who + "/mfactl/sessions/*.json"))
	if err != nil || len(names) != 1 {
		return token, cmp.Or(err, fs.ErrNotExist)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		return token, err
	}
	var kept struct {
		Token string `json:"token"`
	}
	err = json.Unmarshal(b, &kept)
	return mfa.NewSecret(kept.Token), err
}

// verdict is an error in words: its code, and what lies behind it.
func verdict(err error) string {
	if err == nil {
		return "ok"
	}
	e := mfa.AsError(err)
	return fmt.Sprintf("%s (%v; %v)", e.Code, e, e.Cause)
}

// everything asks for all there is, a line each.
func (o *opened) everything() sight {
	var s sight
	users, err := o.ListUsers(o.ctx, mfa.ListUsersRequest{})
	s.add("users", len(users.Items), err)
	for _, u := range users.Items {
		info, err := o.ShowUser(o.ctx, mfa.ShowUserRequest{User: u.ID})
		s.add("user", info, err)
	}
	sessions, err := o.ListSessions(o.ctx, mfa.ListSessionsRequest{})
	addAll(&s, "session", sessions.Items, err)
	tokens, err := o.ListTokens(o.ctx, mfa.ListTokensRequest{})
	addAll(&s, "token", tokens.Items, err)
	roles, err := o.ListRoles(o.ctx, mfa.ListRolesRequest{})
	addAll(&s, "role", roles.Items, err)
	communities, err := o.ListCommunities(o.ctx, mfa.ListCommunitiesRequest{})
	addAll(&s, "community", communities.Items, err)
	for _, c := range communities.Items {
		policy, err := o.ShowPolicy(o.ctx, mfa.ShowPolicyRequest{Community: c.ID})
		s.add("policy", policy, err)
	}
	requests, err := o.ListRequests(o.ctx, mfa.ListRequestsRequest{})
	addAll(&s, "request", requests.Items, err)
	events, err := o.ListEvents(o.ctx, mfa.ListEventsRequest{})
	for i := range events.Items {
		e := &events.Items[i]
		e.From = mfa.Provenance{} // differs with every process
		if e.KeyHash != "" {
			e.KeyHash = "keyed" // by the store's key, and each init makes another
		}
	}
	addAll(&s, "event", events.Items, err)
	return s
}

func (s *sight) add(what string, v any, err error) {
	b, _ := json.Marshal(v) // the service's replies are made for it
	*s = append(*s, what+" "+string(b)+" "+verdict(err))
}

func addAll[T any](s *sight, what string, items []T, err error) {
	s.add(what+"s", len(items), err)
	for _, item := range items {
		s.add(what, item, nil)
	}
}
