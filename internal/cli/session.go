package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// saved is a session as it is kept between commands, one file for each place to
// work, 0600.
type saved struct {
	Place     string    `json:"place"` // so that no token goes where it does not belong
	User      string    `json:"user"`
	Level     mfa.Level `json:"level"`
	ExpiresAt time.Time `json:"expires_at"`
	UID       int       `json:"uid"` // the OS user who signed in
	Token     string    `json:"token"`
}

func (a *App) sessionFile() (string, error) {
	where, err := a.place()
	if err != nil {
		return "", err
	}
	return a.sessionPath(where), nil
}

// sessionPath is where the session of a place is kept: of a context by its name, so
// that two of them may be two people at one server.
func (a *App) sessionPath(p place) string {
	of := p.id()
	if p.context != "" {
		of = "context " + p.context
	}
	sum := sha256.Sum256([]byte(of))
	return filepath.Join(a.dirs().State, "sessions", hex.EncodeToString(sum[:8])+".json")
}

// readSession reads a saved session.
func readSession(path string) (s saved, _ error) {
	b, err := os.ReadFile(path) //nolint:gosec // made of a hash
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	return s, err
}

// session returns the saved session of this place and OS user; ok is false
// where there is none.
func (a *App) session() (s saved, ok bool, _ error) {
	path, err := a.sessionFile()
	if err != nil {
		return s, false, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return s, false, mfa.Errorf(mfa.Forbidden, "the saved session cannot be read: %s", path).WithCause(err)
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return s, false, mfa.Errorf(mfa.Forbidden, "others may read the saved session: %s", path).WithHint("chmod 600 %s", mfa.ShellWord(path))
	}
	if uid, known := ownerOf(info); known && uid != os.Geteuid() && uid != osUser(a.Env) {
		return s, false, mfa.Errorf(mfa.Forbidden, "the saved session belongs to another user: %s", path).
			WithHint("remove it, then mfactl login")
	}
	if s, err = readSession(path); err != nil {
		return s, false, mfa.Errorf(mfa.Forbidden, "the saved session cannot be read: %s", path).
			WithHint("mfactl login").WithCause(err)
	}
	where, err := a.place()
	return s, s.UID == osUser(a.Env) && s.Token != "" && s.Place == where.id(), err
}

// canSave makes sure, before anything changes, that a session can be saved.
func (a *App) canSave() error {
	if err := noToken(a); err != nil {
		return err
	}
	path, err := a.sessionFile()
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return noState(a, dir, err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return noState(a, dir, err)
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}

// noState says that a session cannot be saved, and what is true all the same.
func noState(a *App, dir string, err error) error {
	if a.done != "" {
		return mfa.Errorf(mfa.Unknown, "%s, but the session cannot be saved in %s", a.done, dir).
			WithHint("make the directory writable, then mfactl login").WithCause(err)
	}
	return mfa.Errorf(mfa.Unavailable, "a session cannot be saved in %s", dir).
		WithHint("make the directory writable, or set XDG_STATE_HOME").WithCause(err)
}

// save keeps a session.
func (a *App) save(in mfa.SignedIn) error {
	where, err := a.place()
	if err != nil {
		return err
	}
	path, err := a.sessionFile()
	if err != nil {
		return err
	}
	b, err := json.Marshal(saved{
		Place: where.id(), User: in.User, Level: in.Level, ExpiresAt: in.ExpiresAt,
		UID: osUser(a.Env), Token: in.Token.Reveal(),
	})
	if err != nil {
		return mfa.Fault(err)
	}
	if err := replaceFile(path, append(b, '\n')); err != nil {
		return noState(a, filepath.Dir(path), err)
	}
	return nil
}

// replaceFile puts a new file, 0600, in the place of the old one: whoever looks
// sees either, whole, also after a power cut.
func replaceFile(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// forget removes the saved session. Unknown where it cannot.
func (a *App) forget() error {
	path, err := a.sessionFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return mfa.Errorf(mfa.Unknown, "you are signed out, but the saved session is still there: %s", path).
			WithHint("rm %s", mfa.ShellWord(path)).WithCause(err)
	}
	return nil
}

// mayAskAgain reports whether a command may begin anew after a fresh sign-in:
// the Service no longer knows the saved session, so nothing has happened, there
// is somebody to ask, and no secret was read that cannot be read twice.
func (a *App) mayAskAgain(err error) bool {
	return err != nil && told(err).Code == mfa.Unauthenticated &&
		a.resumed && !a.ended && !a.given && a.done == "" && a.term.CanPrompt()
}

// liveSession returns the saved session. live is false if there is no session, or if it has
// expired as far as this host knows.
func liveSession(a *App) (_ saved, live bool, _ error) {
	s, ok, err := a.session()
	return s, ok && !a.ended && a.Clock().Before(s.ExpiresAt), err
}

// signedIn returns the session to act with, or the API token that is given: then
// no session is read. Whoever is not signed in is asked then and there; without a
// terminal that is Unauthenticated.
func (a *App) signedIn(ctx context.Context) (saved, error) {
	if a.tokenFrom() != "" {
		token, err := apiToken(ctx, a)
		return saved{Token: token.Reveal()}, err
	}
	s, live, err := liveSession(a)
	if err != nil {
		return s, err
	}
	if live {
		a.resumed = true
		return s, nil
	}
	if !a.term.CanPrompt() {
		return s, notSignedInError(ctx, a)
	}
	in, err := signIn(ctx, a, signInOptions{email: s.User})
	if err != nil {
		return s, err
	}
	a.ended, a.done = false, "" // of what comes now nothing is done yet
	return saved{User: in.User, Level: in.Level, ExpiresAt: in.ExpiresAt, Token: in.Token.Reveal()}, nil
}

// requireSession makes sure that there is a session to act with and a service to call. A
// command that asks questions does this first, so that no answer is given in vain.
func requireSession(ctx context.Context, a *App) error {
	_, err := a.signedIn(ctx)
	if err == nil {
		_, err = a.service(ctx)
	}
	return err
}

// notSignedInError is the error if there is no session and no terminal to sign in on:
// Unauthenticated, or Forbidden if a sign-in would fail because the store may not be opened.
func notSignedInError(ctx context.Context, a *App) error {
	if _, err := a.service(ctx); errors.Is(err, mfa.Forbidden) {
		return err
	}
	return &mfa.Error{Code: mfa.Unauthenticated}
}
