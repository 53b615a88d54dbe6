package account

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// verifyCode verifies with the session or token there is. Where there is neither, a program
// of root or of the store's owner may verify all the same: on the opened store, or at a socket
// of the server that only verifies.
func verifyCode(ctx context.Context, a *app.App, req *mfa.VerifyRequest, within time.Duration, given bool, questions ...app.Question) (out mfa.Verdict, err error) {
	if !given && a.Term.CanPrompt() || a.TokenFrom() != "" {
		return askAndVerify(ctx, a, req, within, questions...)
	}
	_, live, err := app.LiveSession(a)
	if err != nil || live {
		return askAndVerify(ctx, a, req, within, questions...)
	}
	verify, err := hostVerifier(ctx, a)
	if err != nil || verify == nil {
		return askAndVerify(ctx, a, req, within, questions...) // says why nobody is signed in
	}
	if err := app.AskAll(ctx, a, questions...); err != nil {
		return out, err
	}
	out, err = inTime(ctx, within, func(ctx context.Context) (mfa.Verdict, error) {
		return verify(a.CallContext(ctx, "Verify", "", mfa.Secret{}, *req), *req)
	})
	if !errors.Is(err, mfa.Unauthenticated) {
		return out, err
	}
	// It was the main socket of the server.
	return askAndVerify(ctx, a, req, within)
}

// askAndVerify verifies as the caller who is signed in. The time limit is for the call: people
// take longer to type a code.
func askAndVerify(ctx context.Context, a *app.App, req *mfa.VerifyRequest, within time.Duration, questions ...app.Question) (mfa.Verdict, error) {
	if err := app.AskBefore(ctx, a, questions...); err != nil {
		return mfa.Verdict{}, err
	}
	return inTime(ctx, within, func(ctx context.Context) (mfa.Verdict, error) {
		return app.Call(ctx, a, mfa.Service.Verify, *req)
	})
}

// inTime runs what must not take longer than a time limit. If the limit ended it, the error
// says so.
func inTime(ctx context.Context, within time.Duration, verify func(context.Context) (mfa.Verdict, error)) (mfa.Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := verify(ctx)
	if e := mfa.AsError(err); err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && (e.Code == mfa.Unknown || e.Code.IsRetryable()) {
		err = mfa.Errorf(e.Code, "no answer within %s", within).WithCause(err)
	}
	return out, err
}

// hostVerifier returns what verifies without a session at the place to work; nil if there is
// no such thing.
func hostVerifier(ctx context.Context, a *app.App) (func(context.Context, mfa.VerifyRequest) (mfa.Verdict, error), error) {
	p, err := a.Place()
	switch {
	case err != nil:
		return nil, err
	case p.Server != nil && p.Server.Socket == "":
		return nil, nil
	case p.Server != nil:
		c, err := a.Dial(p)
		if err != nil {
			return nil, err
		}
		return c.Verify, nil
	}
	info, err := os.Stat(p.Store)
	if err != nil {
		return nil, err
	}
	if uid, known := app.OwnerOf(info); !known || uid != os.Geteuid() && os.Geteuid() != 0 {
		return nil, nil
	}
	l, err := a.OpenStore(ctx)
	if err != nil {
		return nil, err
	}
	return l.Engine.VerifyOnHost, nil
}
