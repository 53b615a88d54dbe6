package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// NewVerifyHandler returns a handler of Verify alone, for a socket of the host. It asks for
// no token: it serves the users with these uids, as the kernel names them, and no request
// that came through a proxy, which could have been anybody's.
func NewVerifyHandler(verify func(context.Context, mfa.VerifyRequest) (mfa.Verdict, error), uids []int, o Options) *Handler {
	h := NewHandler(verifier{verify: verify}, o)
	h.routes = map[string]Route{"Verify": h.routes["Verify"]}
	h.admit = func(r *http.Request) *mfa.Error {
		if uid, known := r.Context().Value(peerKey{}).(int); !known || !slices.Contains(uids, uid) {
			return mfa.Errorf(mfa.Forbidden, "this socket is for root and the owner of the store")
		}
		for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
			if len(r.Header.Values(name)) > 0 {
				return mfa.Errorf(mfa.Forbidden, "this socket is not for proxies, and the request has the header %s", name).
					WithHint("have the proxy use the main socket, with a token")
			}
		}
		if len(r.Header.Values("Authorization")) > 0 {
			return mfa.UsageError("Authorization", "this socket takes no token").WithHint("use the main socket with a token")
		}
		return nil
	}
	return h
}

// verifier is a Service of which only Verify is called, and WhoAmI to learn whether the caller
// is known.
type verifier struct {
	mfa.Service
	verify func(context.Context, mfa.VerifyRequest) (mfa.Verdict, error)
}

// Verify implements [mfa.Verification].
func (v verifier) Verify(ctx context.Context, req mfa.VerifyRequest) (mfa.Verdict, error) {
	return v.verify(ctx, req)
}

// WhoAmI implements [mfa.SignIn]. The caller is known: the kernel has named them.
func (verifier) WhoAmI(context.Context, mfa.WhoAmIRequest) (mfa.Identity, error) {
	return mfa.Identity{}, nil
}
