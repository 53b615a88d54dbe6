package engine_test

import (
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

func TestTheEngineIsAService(t *testing.T) {
	mfatest.TestService(t, func(t *testing.T) mfatest.World {
		w := newWorld(t)
		return w.conforming(w.Engine)
	})
}

func TestAClientOfItsHandlerIsAService(t *testing.T) {
	mfatest.TestService(t, func(t *testing.T) mfatest.World {
		w := newWorld(t)
		return w.conforming(w.client(t))
	})
}

func (w *world) conforming(s mfa.Service) mfatest.World {
	return mfatest.World{Service: s, Clock: w.clock, Operator: mfatest.Operator{
		Email: w.admin.email, Password: w.admin.password, Token: w.admin.token, Phone: w.admin.phone,
	}}
}
