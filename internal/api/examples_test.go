package api_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/mfa"
)

// cast is whom the examples are about.
type cast struct {
	*world
	bob, eve, second *person
	carol            mfa.Secret // her set-password code
	request          string     // of the second administrator
	tokenID          string     // of the service account ci
}

// person is a person with a session.
type person struct {
	email    string
	password mfa.Secret
	token    mfa.Secret
	phone    *authapp.App
}

const longPassword = "a long password of somebody"

func newCast(t *testing.T) *cast {
	t.Helper()
	c := &cast{world: newWorld(t)}
	c.bob, c.eve, c.second = c.person("bob", mfa.RoleMember), c.person("eve", mfa.RoleMember), c.person("second", mfa.RoleOperator)
	c.enroll(c.bob, "phone")
	c.enroll(c.bob, "tablet")
	c.enroll(c.second, "phone")
	made, err := c.engine.CreateUser(c.ctx(), mfa.CreateUserRequest{Email: "carol@acme.example", Role: mfa.RoleMember})
	c.ok(err)
	c.carol = made.Code
	_, err = c.engine.CreateUser(c.ctx(), mfa.CreateUserRequest{Email: "ci@acme.example", Role: mfa.RoleHelpdesk, Service: true, Password: mfa.NewSecret(adminPassword)})
	c.ok(err)
	token, err := c.engine.CreateToken(c.ctx(), mfa.CreateTokenRequest{For: "ci@acme.example", Name: "old", Permissions: []mfa.Permission{mfa.UsersRead}, Password: mfa.NewSecret(adminPassword)})
	c.ok(err)
	c.tokenID = token.ID
	_, err = c.engine.CreateRole(c.ctx(), mfa.CreateRoleRequest{Name: "desk", Permissions: []mfa.Permission{mfa.UsersRead}, Password: mfa.NewSecret(adminPassword)})
	c.ok(err)
	_, err = c.engine.CreateCommunity(c.ctx(), mfa.CreateCommunityRequest{Name: "Old branch"})
	c.ok(err)
	filed, err := c.engine.Reset(c.as(c.second), mfa.ResetRequest{User: c.bob.email, Password: c.second.password, Request: true})
	c.ok(err)
	c.request = filed.Request.ID
	return c
}

func (c *cast) person(name string, role mfa.Role) *person {
	c.t.Helper()
	p := &person{email: name + "@acme.example", password: mfa.NewSecret(longPassword)}
	_, err := c.engine.CreateUser(c.ctx(), mfa.CreateUserRequest{Email: p.email, Role: role, NewPassword: p.password, Password: mfa.NewSecret(adminPassword)})
	c.ok(err)
	in, err := c.engine.Login(c.t.Context(), mfa.LoginRequest{Email: p.email, Password: p.password})
	c.ok(err)
	p.token = in.Token
	c.settle(p.email)
	return p
}

// begin begins a factor, and enroll confirms it.
func (c *cast) begin(p *person, label string) {
	c.t.Helper()
	e, err := c.engine.Enroll(c.as(p), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: label, Password: p.password, Further: label == "tablet"})
	c.ok(err)
	p.phone, err = authapp.Scan(e.OtpauthURI.Reveal())
	c.ok(err)
}

func (c *cast) enroll(p *person, label string) {
	c.t.Helper()
	first := p.phone
	c.begin(p, label)
	a, err := c.engine.Activate(c.as(p), mfa.ActivateRequest{Code: mfa.NewSecret(p.phone.Code(c.clock.Now()))})
	c.ok(err)
	if p.token = a.Session.Token; first != nil {
		p.phone = first
	}
	c.clock.Advance(30 * time.Second)
}

// variables are what the example of a method needs, and who calls it.
func (c *cast) variables(method string) (by mfa.Secret, env map[string]string) {
	code := func(p *authapp.App) string { return p.Code(c.clock.Now()) }
	env = map[string]string{"PASSWORD": adminPassword, "NEW_PASSWORD": "another long password", "REQUEST": c.request, "TOKEN_ID": c.tokenID, "CODE": code(c.bob.phone)}
	by = c.token
	switch method {
	case "Login":
		env["PASSWORD"] = longPassword
	case "Answer":
		in, err := c.engine.Login(c.t.Context(), mfa.LoginRequest{Email: c.bob.email, Password: c.bob.password})
		c.ok(err)
		env["CHALLENGE"] = in.Token.Reveal()
	case "RedeemPassword":
		env["SET_PASSWORD_CODE"] = c.carol.Reveal()
	case "Activate":
		c.begin(c.eve, "phone")
		by, env["CODE"] = c.eve.token, code(c.eve.phone)
	case "RemoveFactor":
		by, env["PASSWORD"] = c.bob.token, longPassword
	case "ResyncFactor":
		by, env["NEXT_CODE"] = c.bob.token, c.bob.phone.Code(c.clock.Now().Add(30*time.Second))
	}
	return by, env
}

var snippet = regexp.MustCompile("(?s)\n### ([A-Za-z]+)\n.*?\n```sh\n(.*?)```\n")

// Every example of the page is a call that works, typed as it stands there.
func TestEveryExampleOfThePageWorks(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s to run the examples with", tool)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]string{}
	for _, m := range snippet.FindAllStringSubmatch(string(page), -1) {
		examples[m[1]] = m[2]
	}
	all := newCast(t)
	if err := all.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range api.Routes() {
		t.Run(r.Rule.Method, func(t *testing.T) {
			c := *all
			c.world = all.fork(t)
			by, env := c.variables(r.Rule.Method)
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "auth"), []byte("Authorization: Bearer "+by.Reveal()+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "bash", "-euc", examples[r.Rule.Method])
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "SERVER="+listen(t, c.handler(c.engine)).URL)
			for name, value := range env {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			reply := reflect.New(r.Reply)
			d := json.NewDecoder(strings.NewReader(string(out)))
			d.DisallowUnknownFields()
			if err := d.Decode(reply.Interface()); err != nil || reply.Elem().IsZero() {
				t.Errorf("%s\nis answered with %s: %v", examples[r.Rule.Method], out, err)
			}
		})
	}
}

func (c *cast) as(p *person) context.Context {
	return mfa.WithCall(c.t.Context(), mfa.Call{Token: p.token})
}
