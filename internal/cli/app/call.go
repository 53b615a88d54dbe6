package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/provenance"
	"github.com/mfactl/mfactl/internal/mfa"
)

// checkKey takes the key of --idempotency-key, or draws one of 128 bits.
func (a *App) checkKey() error {
	a.request = rand.Text()
	a.key = a.Flags.Key
	if a.key == "" {
		a.key = rand.Text()
		return nil
	}
	return mfa.CheckIdempotencyKey("--idempotency-key", a.key)
}

// serviceMethod is a method of [mfa.Service], such as mfa.Service.Reset.
type serviceMethod[Q, R any] = func(mfa.Service, context.Context, Q) (R, error)

// Call calls a method of the service for the user who is signed in, or for the API token
// that is given. Without either it asks for a sign-in, or fails if there is no terminal.
func Call[Q, R any](ctx context.Context, a *App, method serviceMethod[Q, R], req Q) (R, error) {
	return CallFor(ctx, a, "", method, req)
}

// CallFor is Call for one user of a list, who is part of the key: a retry finds the answer
// wherever the user stands in the list.
func CallFor[Q, R any](ctx context.Context, a *App, user string, method serviceMethod[Q, R], req Q) (out R, _ error) {
	have, err := a.SignedIn(ctx)
	if err != nil {
		return out, err
	}
	return callAs(ctx, a, user, mfa.NewSecret(have.Token), method, req)
}

// CallProving is CallFor for a method that needs the caller's password only if the call widens
// authority. A password that was given goes along, and so does one that was typed before. If
// the method then says that it needs one, mfactl asks for it and calls again. A dry run needs
// none. The function with returns the request with a password.
func CallProving[Q, R any](ctx context.Context, a *App, user string, from *SecretSource, dry bool, method serviceMethod[Q, R], with func(mfa.Secret) Q) (out R, err error) {
	var password mfa.Secret
	if known := from.Given() || !a.TypedPassword.IsZero(); known && !dry {
		if password, err = a.ReadPassword(ctx, from, "Your password"); err != nil {
			return out, err
		}
	}
	out, err = CallFor(ctx, a, user, method, with(password))
	if !password.IsZero() || !lacksPassword(err) {
		return out, err
	}
	if !a.Term.CanPrompt() {
		return out, mfa.UsageError("--"+from.Name+"-file", "%s", mfa.AsError(err).Message)
	}
	a.Tell(Line("%s", mfa.AsError(err).Message))
	if password, err = a.ReadPassword(ctx, from, "Your password"); err != nil {
		return out, err
	}
	return CallFor(ctx, a, user, method, with(password))
}

// lacksPassword reports whether a method needs the caller's password and the call brought none.
func lacksPassword(err error) bool {
	e := mfa.AsError(err)
	return err != nil && e.Code == mfa.Usage && e.Field == "password"
}

// CallWith is Call with the token of a session, or with none before a sign-in.
func CallWith[Q, R any](ctx context.Context, a *App, token mfa.Secret, method serviceMethod[Q, R], req Q) (R, error) {
	return callAs(ctx, a, "", token, method, req)
}

func callAs[Q, R any](ctx context.Context, a *App, user string, token mfa.Secret, method serviceMethod[Q, R], req Q) (out R, _ error) {
	s, err := a.Service(ctx)
	if err != nil {
		return out, err
	}
	name := strings.TrimSuffix(reflect.TypeFor[Q]().Name(), "Request") // each method has its own type
	return method(s, a.CallContext(ctx, name, user, token, req), req)
}

// Show makes a command print the reply of a call that changes nothing.
func Show[R any](a *App, cmd *cobra.Command, doing string, call func(ctx context.Context, args []string) (R, error), view func(*App, R) View) *cobra.Command {
	return a.ReadCommand(cmd, doing, func(ctx context.Context, args []string) error {
		out, err := call(ctx, args)
		if err != nil {
			return err
		}
		return a.Print(view(a, out))
	})
}

// Act is Show for a call that changes something.
func Act[R any](a *App, cmd *cobra.Command, doing string, call func(ctx context.Context, args []string) (R, error), view func(*App, R) View) *cobra.Command {
	return Show(a, cmd, doing, func(ctx context.Context, args []string) (R, error) {
		return call(a.WithSignals(ctx), args)
	}, view)
}

// AskAndCall is Call with questions before it. It makes sure first that there is a session to
// act with and a service to call, so that no answer is given in vain.
func AskAndCall[Q, R any](ctx context.Context, a *App, method serviceMethod[Q, R], req *Q, questions ...Question) (out R, err error) {
	if err = AskBefore(ctx, a, questions...); err != nil {
		return out, err
	}
	return Call(ctx, a, method, *req)
}

// AskBefore asks what a call needs, once it is sure that the call can be made.
func AskBefore(ctx context.Context, a *App, questions ...Question) error {
	if _, err := a.SignedIn(ctx); err != nil {
		return err
	}
	if _, err := a.Service(ctx); err != nil {
		return err
	}
	return AskAll(ctx, a, questions...)
}

// CallContext returns a context that says who asks, under which key, and from where. Each
// call of a method in one run has a key of its own, which a later run under the same key
// gives again. The key contains the user, or if there is none the number of the call. A dry
// run has no key and no number, since a later run may omit it.
func (a *App) CallContext(ctx context.Context, method, user string, token mfa.Secret, req any) context.Context {
	call := mfa.Call{Token: token, From: a.provenance()}
	if r, ok := req.(interface{ Says() mfa.Change }); ok && r.Says().DryRun {
		return mfa.WithCall(ctx, call)
	}
	which := user
	if which == "" {
		if a.calls == nil {
			a.calls = map[string]int{}
		}
		a.calls[method]++
		which = strconv.Itoa(a.calls[method])
	}
	call.Key = mfa.NewSecret(callKey(a.key, method, which))
	return mfa.WithCall(ctx, call)
}

// callKey derives the key of one call from that of the run, by HMAC-SHA-256. A name of any
// length and of any characters gives a key that fits into a header.
func callKey(key, method, which string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(method + "/" + which))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// provenance says who runs this process and from where.
func (a *App) provenance() mfa.Provenance {
	p := provenance.OfProcess(a.Env)
	if a.Caller != (Caller{}) {
		p.OSUser, p.Host, p.LoginUID, p.LoginUser = a.Caller.User, a.Caller.Host, "", ""
	}
	p.RequestID, p.Version, p.TTY = a.request, Version, TTYName()
	return p
}

// TTYName is the terminal of this process, found by whichever of its streams
// was not redirected.
func TTYName() string {
	for _, fd := range []string{"0", "1", "2"} {
		name, err := os.Readlink("/proc/self/fd/" + fd)
		if err == nil && (strings.HasPrefix(name, "/dev/pts/") || strings.HasPrefix(name, "/dev/tty")) {
			return filepath.Clean(name)
		}
	}
	return ""
}

// OSUser is who signed in: under sudo the one who called it.
func OSUser(env func(string) string) int {
	if os.Geteuid() == 0 {
		if id, err := strconv.Atoi(env("SUDO_UID")); err == nil {
			return id
		}
	}
	return os.Getuid()
}
