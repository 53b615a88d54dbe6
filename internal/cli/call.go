package cli

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// checkKey takes the key of --idempotency-key, or draws one of 128 bits.
func (a *App) checkKey() error {
	a.request = rand.Text()
	a.key = a.flags.key
	if a.key == "" {
		a.key = rand.Text()
		return nil
	}
	return mfa.CheckIdempotencyKey("--idempotency-key", a.key)
}

// call returns a context that says who asks, under which key, and from where.
// Each call of a method in one run has a key of its own that a later run under
// the same key gives again.
func (a *App) call(ctx context.Context, method string, token mfa.Secret) context.Context {
	return a.callFor(ctx, method, "", token)
}

// callFor is call for one user of a list, or for none: then the calls of a
// method are numbered.
func (a *App) callFor(ctx context.Context, method, user string, token mfa.Secret) context.Context {
	which := user
	if which == "" {
		if a.calls == nil {
			a.calls = map[string]int{}
		}
		a.calls[method]++
		which = strconv.Itoa(a.calls[method])
	}
	key := mfa.NewSecret(callKey(a.key, method, which))
	return mfa.WithCall(ctx, mfa.Call{Token: token, Key: key, From: a.provenance()})
}

// callKey derives the key of one call from that of the run, by HMAC-SHA-256. A name of any
// length and of any characters gives a key that fits into a header.
func callKey(key, method, which string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(method + "/" + which))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// provenance is what the operating system says of this process.
func (a *App) provenance() mfa.Provenance {
	p := mfa.Provenance{
		RequestID: a.request, Version: Version, PID: os.Getpid(), UID: strconv.Itoa(os.Getuid()),
		TTY: ttyName(), CIJob: ciJob(a.Env),
	}
	if os.Geteuid() == 0 { // anybody else may have set it
		p.SudoUser = a.Env("SUDO_USER")
	}
	who := a.caller()
	p.OSUser, p.Host = who.User, who.Host
	p.SSHClient, _, _ = strings.Cut(a.Env("SSH_CLIENT"), " ")
	return p
}

// caller returns the user who runs this process and the name of the host. A field that the
// operating system does not know is empty.
func (a *App) caller() (c Caller) {
	if a.Caller != (Caller{}) {
		return a.Caller
	}
	c.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		c.User = u.Username
	}
	return c
}

// ciJob names the job of a continuous integration service.
func ciJob(env func(string) string) string {
	if env("GITHUB_ACTIONS") == "true" {
		return strings.Join([]string{"github", env("GITHUB_REPOSITORY"), env("GITHUB_RUN_ID"), env("GITHUB_JOB")}, "/")
	}
	if env("GITLAB_CI") != "" {
		return strings.Join([]string{"gitlab", env("CI_PROJECT_PATH"), env("CI_JOB_ID")}, "/")
	}
	return ""
}

// ttyName is the terminal of this process, found by whichever of its streams
// was not redirected.
func ttyName() string {
	for _, fd := range []string{"0", "1", "2"} {
		name, err := os.Readlink("/proc/self/fd/" + fd)
		if err == nil && (strings.HasPrefix(name, "/dev/pts/") || strings.HasPrefix(name, "/dev/tty")) {
			return filepath.Clean(name)
		}
	}
	return ""
}

// osUser is who signed in: under sudo the one who called it.
func osUser(env func(string) string) int {
	if os.Geteuid() == 0 {
		if id, err := strconv.Atoi(env("SUDO_UID")); err == nil {
			return id
		}
	}
	return os.Getuid()
}

// own opens the service and returns a context that carries the session, for one
// call of a method.
func (a *App) own(ctx context.Context, method string) (mfa.Service, context.Context, error) {
	return a.ownFor(ctx, method, "")
}

// ownFor is own for a call about one user of a list: a retry finds its answer by
// the user's name, wherever it stands in the list.
func (a *App) ownFor(ctx context.Context, method, user string) (mfa.Service, context.Context, error) {
	have, err := a.signedIn(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.service(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s, a.callFor(ctx, method, user, mfa.NewSecret(have.Token)), nil
}
