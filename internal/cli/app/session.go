package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Session is a session as it is kept between commands, one file for each place to
// work, 0600.
type Session struct {
	Place     string    `json:"place"` // so that no token goes where it does not belong
	User      string    `json:"user"`
	Level     mfa.Level `json:"level"`
	ExpiresAt time.Time `json:"expires_at"`
	UID       int       `json:"uid"` // the OS user who signed in
	Token     string    `json:"token"`
}

// SessionFile is where the session of this place is kept.
func (a *App) SessionFile() (string, error) {
	where, err := a.Place()
	if err != nil {
		return "", err
	}
	return a.SessionPath(where), nil
}

// SessionPath is where the session of a place is kept: of a context by its name, so
// that two of them may be two people at one server.
func (a *App) SessionPath(p Place) string {
	of := p.ID()
	if p.Context != "" {
		of = "context " + p.Context
	}
	sum := sha256.Sum256([]byte(of))
	return filepath.Join(a.Dirs().State, "sessions", hex.EncodeToString(sum[:8])+".json")
}

// ReadSession reads a saved session.
func ReadSession(path string) (s Session, _ error) {
	b, err := os.ReadFile(path) //nolint:gosec // made of a hash
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	return s, err
}

// SavedSession returns the saved session of this place and OS user; ok is false
// if there is no such session.
func (a *App) SavedSession() (s Session, ok bool, _ error) {
	where, err := a.Place()
	if err != nil {
		return s, false, err
	}
	path := a.SessionPath(where)
	if there, err := isOwn(a, path, "saved session"); !there || err != nil {
		return s, false, err
	}
	if s, err = ReadSession(path); err != nil {
		return s, false, mfa.Errorf(mfa.Forbidden, "the saved session cannot be read: %s", path).
			WithHint("mfactl login").WithCause(err)
	}
	return s, s.UID == OSUser(a.Env) && s.Token != "" && s.Place == where.ID(), nil
}

// isOwn reports whether a file is there. It refuses one that others may read, or that belongs
// to another OS user. what names the file in errors.
func isOwn(a *App, path, what string) (there bool, _ error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, mfa.Errorf(mfa.Forbidden, "the %s cannot be read: %s", what, path).WithCause(err)
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return false, mfa.Errorf(mfa.Forbidden, "others may read the %s: %s", what, path).WithHint("chmod 600 %s", mfa.ShellWord(path))
	}
	if uid, known := OwnerOf(info); known && uid != os.Geteuid() && uid != OSUser(a.Env) {
		return false, mfa.Errorf(mfa.Forbidden, "the %s belongs to another user: %s", what, path).
			WithHint("remove it, then mfactl login")
	}
	return true, nil
}

// deviceMarker is a device marker as it is kept for the next sign-in, one file for each place,
// account and OS user, 0600. Signing out leaves it.
type deviceMarker struct {
	Place  string `json:"place"`
	User   string `json:"user"`
	UID    int    `json:"uid"`
	Marker string `json:"marker"`
}

// markerPath is where the device marker of an account is kept.
func markerPath(a *App, m deviceMarker) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(m.UID) + "\n" + m.User + "\n" + m.Place))
	return filepath.Join(a.Dirs().State, "markers", hex.EncodeToString(sum[:8])+".json")
}

// savedMarker returns the device marker of an account at this place. It is zero if no
// marker can be read: signing in works without one.
func savedMarker(a *App, user string) mfa.Secret {
	where, err := a.Place()
	if err != nil {
		return mfa.Secret{}
	}
	want := deviceMarker{Place: where.ID(), User: strings.ToLower(user), UID: OSUser(a.Env)}
	path := markerPath(a, want)
	there, err := isOwn(a, path, "device marker")
	if err != nil {
		a.Term.Say("mfactl: warning: %v", err)
	}
	if !there || err != nil {
		return mfa.Secret{}
	}
	have := deviceMarker{}
	if b, err := os.ReadFile(path); err != nil || json.Unmarshal(b, &have) != nil { //nolint:gosec // made of a hash
		return mfa.Secret{}
	}
	want.Marker = have.Marker
	if have != want {
		return mfa.Secret{}
	}
	return mfa.NewSecret(have.Marker)
}

// saveMarker keeps a new device marker. Where it cannot, the user is warned: the session is
// saved all the same.
func saveMarker(a *App, place string, in mfa.SignedIn) {
	if in.Marker.IsZero() {
		return
	}
	m := deviceMarker{Place: place, User: strings.ToLower(in.User), UID: OSUser(a.Env), Marker: in.Marker.Reveal()}
	path := markerPath(a, m)
	b, err := json.Marshal(m)
	if err == nil {
		err = MakeDirs(filepath.Dir(path))
	}
	if err == nil {
		err = ReplaceFile(path, append(b, '\n'))
	}
	if err != nil {
		a.Term.Say("mfactl: warning: the device marker cannot be saved in %s: strangers who guess at your password can keep you out", filepath.Dir(path))
	}
}

// CanSaveSession makes sure, before anything changes, that a session can be saved.
func (a *App) CanSaveSession() error {
	if err := RefuseToken(a); err != nil {
		return err
	}
	path, err := a.SessionFile()
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := MakeDirs(dir); err != nil {
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
	if a.Done != "" {
		return mfa.Errorf(mfa.Unknown, "%s, but the session cannot be saved in %s", a.Done, dir).
			WithHint("make the directory writable, then mfactl login").WithCause(err)
	}
	return mfa.Errorf(mfa.Unavailable, "a session cannot be saved in %s", dir).
		WithHint("make the directory writable, or set XDG_STATE_HOME").WithCause(err)
}

// SaveSession keeps a session, and the device marker that came with it.
func (a *App) SaveSession(in mfa.SignedIn) error {
	where, err := a.Place()
	if err != nil {
		return err
	}
	path := a.SessionPath(where)
	b, err := json.Marshal(Session{
		Place: where.ID(), User: in.User, Level: in.Level, ExpiresAt: in.ExpiresAt,
		UID: OSUser(a.Env), Token: in.Token.Reveal(),
	})
	if err != nil {
		return mfa.Fault(err)
	}
	if err := ReplaceFile(path, append(b, '\n')); err != nil {
		return noState(a, filepath.Dir(path), err)
	}
	saveMarker(a, where.ID(), in)
	return nil
}

// ReplaceFile puts a new file, 0600, in the place of the old one: a reader sees either
// the one or the other, whole, also after a power cut.
func ReplaceFile(path string, text []byte) (err error) {
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
	if err = errors.Join(err, HandOver(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// ForgetSession removes the saved session. Unknown where it cannot.
func (a *App) ForgetSession() error {
	path, err := a.SessionFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return mfa.Errorf(mfa.Unknown, "you are signed out, but the saved session is still there: %s", path).
			WithHint("rm %s", mfa.ShellWord(path)).WithCause(err)
	}
	return nil
}

// mayAskAgain reports whether a command may begin again after a fresh sign-in:
// the Service no longer knows the saved session, so nothing has happened, there
// is somebody to ask, and nothing was read that cannot be read twice.
func (a *App) mayAskAgain(err error) bool {
	return err != nil && ErrorOf(err).Code == mfa.Unauthenticated &&
		a.resumed && !a.ended && !a.given && a.Done == "" && a.Term.CanPrompt()
}

// LiveSession returns the saved session. live is false if there is no session, or if it has
// expired as far as this host knows.
func LiveSession(a *App) (_ Session, live bool, _ error) {
	s, ok, err := a.SavedSession()
	return s, ok && !a.ended && a.Clock().Before(s.ExpiresAt), err
}

// SignedIn returns the session to act with, or the API token that is given: then
// no session is read. A user who is not signed in is asked to sign in at once; without a
// terminal the error is Unauthenticated.
func (a *App) SignedIn(ctx context.Context) (Session, error) {
	if a.TokenFrom() != "" {
		token, err := apiToken(ctx, a)
		return Session{Token: token.Reveal()}, err
	}
	s, live, err := LiveSession(a)
	if err != nil {
		return s, err
	}
	if live {
		a.resumed = true
		return s, nil
	}
	if !a.Term.CanPrompt() {
		return s, notSignedInError(ctx, a)
	}
	in, err := SignIn(ctx, a, SignInOptions{Email: s.User, Password: &SecretSource{Name: "password"}})
	if err != nil {
		return s, err
	}
	a.ended, a.Done = false, "" // of what comes now nothing is done yet
	return Session{User: in.User, Level: in.Level, ExpiresAt: in.ExpiresAt, Token: in.Token.Reveal()}, nil
}

// notSignedInError is the error if there is no session and no terminal to sign in on:
// Unauthenticated, or Forbidden if a sign-in would fail because the store may not be opened.
func notSignedInError(ctx context.Context, a *App) error {
	if _, err := a.Service(ctx); errors.Is(err, mfa.Forbidden) {
		return err
	}
	return &mfa.Error{Code: mfa.Unauthenticated}
}
