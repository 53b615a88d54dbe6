package engine_test

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

type personKey struct{}

// proving returns a service to which the people of a world give their passwords where an act
// may need them.
func proving(s mfa.Service) mfatest.Proving {
	return mfatest.Proving{Service: s, Of: func(ctx context.Context) (password mfa.Secret) {
		if p, ok := ctx.Value(personKey{}).(*person); ok {
			password = p.password
		}
		return password
	}}
}
