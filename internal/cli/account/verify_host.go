package account

import (
	"context"
	"errors"
	"os"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// verifyCode verifies with the session or token there is. Where there is neither, a program
// of root or of the store's owner may verify all the same: on the opened store, or at a socket
// of the server that only verifies.
func verifyCode(ctx context.Context, a *app.App, req *mfa.VerifyRequest, given bool, questions ...app.Question) (out mfa.Verdict, err error) {
	if !given && a.Term.CanPrompt() || a.TokenFrom() != "" {
		return app.AskAndCall(ctx, a, mfa.Service.Verify, req, questions...)
	}
	_, live, err := app.LiveSession(a)
	if err != nil || live {
		return app.AskAndCall(ctx, a, mfa.Service.Verify, req, questions...)
	}
	verify, err := hostVerifier(ctx, a)
	if err != nil || verify == nil {
		return app.AskAndCall(ctx, a, mfa.Service.Verify, req, questions...) // says why nobody is signed in
	}
	if err := app.AskAll(ctx, a, questions...); err != nil {
		return out, err
	}
	out, err = verify(a.CallContext(ctx, "Verify", "", mfa.Secret{}, *req), *req)
	if !errors.Is(err, mfa.Unauthenticated) {
		return out, err
	}
	if _, err := a.SignedIn(ctx); err != nil { // it was the main socket of the server
		return out, err
	}
	return app.Call(ctx, a, mfa.Service.Verify, *req)
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
