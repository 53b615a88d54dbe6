//go:build faults && linux && amd64

package faults

import (
	"fmt"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Two servers work on one store. What ends at one of them is refused by the other at
// the next request: a token, a role's permission, an account that is locked.
func TestWhatOneServerEndsTheOtherRefuses(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 100
	}
	const fault = "two servers on one store"
	l := newLab(t)
	one, two := l.newServer().start(), l.newServer().start()
	token, own := one.token("admin"), mfa.NewSecret(passwords["P"])
	servers := []mfa.Service{one.client(), two.client()}
	const svc = "svc@acme.example"
	if _, err := servers[0].CreateUser(as(t, token, ""), mfa.CreateUserRequest{Email: svc, Role: mfa.RoleHelpdesk, Service: true, Password: own}); err != nil {
		t.Fatal(err)
	}
	for n := range rounds {
		here, there := servers[n%2], servers[1-n%2]
		made, err := here.CreateToken(as(t, token, ""), mfa.CreateTokenRequest{For: svc, Name: fmt.Sprint("round ", n), Permissions: []mfa.Permission{mfa.UsersRead}, Password: own})
		if err != nil {
			t.Fatal(err)
		}
		ask := func() mfa.Code {
			_, err := there.ShowUser(as(t, made.Token, ""), mfa.ShowUserRequest{User: bob})
			return mfa.AsError(orNil(err)).Code
		}
		if code := ask(); code != "" {
			t.Fatalf("round %d: a token made at one is %s at the other", n, code)
		}
		want := mfa.Unauthenticated
		switch n % 3 {
		case 0:
			_, err = here.RevokeToken(as(t, token, ""), mfa.RevokeTokenRequest{ID: made.ID})
		case 1:
			_, err = here.LockUser(as(t, token, ""), mfa.LockUserRequest{User: svc, Password: own})
		case 2:
			_, err = here.UpdateUser(as(t, token, ""), mfa.UpdateUserRequest{User: svc, Role: mfa.RoleMember, Password: own})
			want = mfa.Forbidden
		}
		if err != nil {
			t.Fatal(err)
		}
		found.add(fault, "rounds", 1)
		l.advance(time.Second) // or their address would soon have tried too often
		if code := ask(); code != want {
			found.add(fault, "accepted after the end", 1)
			t.Errorf("round %d: %q, want %s", n, code, want)
		}
		if _, err := here.UnlockUser(as(t, token, ""), mfa.UnlockUserRequest{User: svc, Password: own}); err != nil {
			t.Fatal(err)
		}
		if _, err := there.UpdateUser(as(t, token, ""), mfa.UpdateUserRequest{User: svc, Role: mfa.RoleHelpdesk, Password: own}); err != nil {
			t.Fatal(err)
		}
	}
	if a := l.run("admin", "", "store", "check"); a.status != 0 {
		t.Errorf("store check: exit %d: %s%s", a.status, a.out, a.talk)
	}
}
