package engine_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestEveryMethodHasARuleAndEveryRuleAMethod(t *testing.T) {
	service := reflect.TypeFor[mfa.Service]()
	methods := map[string]bool{}
	for method := range service.Methods() {
		methods[method.Name] = true
		if _, ok := mfa.RuleOf(method.Name); !ok {
			t.Errorf("%s has no rule", method.Name)
		}
	}
	for _, r := range mfa.Rules() {
		if !methods[r.Method] {
			t.Errorf("the rule of %s has no method", r.Method)
		}
		if r.Permission != "" && len(r.Levels) == 0 {
			t.Errorf("%s needs a permission and no session", r.Method)
		}
	}
}

// call calls a method by its name with a request that names a user and a
// password where it has such fields.
func (p *person) call(method, user string) error {
	m := reflect.ValueOf(p.w.Engine).MethodByName(method)
	req := reflect.New(m.Type().In(1)).Elem()
	set := func(name string, value any) {
		if f := req.FieldByName(name); f.IsValid() && f.IsZero() {
			f.Set(reflect.ValueOf(value).Convert(f.Type()))
		}
	}
	set("User", user)
	set("Permissions", []mfa.Permission{mfa.UsersRead})
	set("Email", "somebody.new@acme.example")
	set("Password", p.password)
	set("NewPassword", mfa.NewSecret("another long password"))
	set("Kind", mfa.KindTOTP)
	set("Factor", "phone")
	set("Label", "other")
	set("Code", mfa.NewSecret("000000"))
	set("Rules", map[string]string{"lockout": "4"})
	set("Name", "some-name")
	if method == "UpdateCommunity" {
		set("Community", "Acme")
	}
	if method == "Login" || method == "RedeemPassword" {
		req.FieldByName("Email").SetString(p.email)
	}
	out := m.Call([]reflect.Value{reflect.ValueOf(p.ctx()), req})
	err, _ := reflect.TypeAssert[error](out[1])
	return err
}

// Every method, at every session level: only the levels of its rule get past
// authorization.
func TestEverySessionLevelMeetsEveryMethod(t *testing.T) {
	w := newWorld(t)
	people := map[mfa.Level]*person{}
	for _, level := range []mfa.Level{mfa.LevelChallenge, mfa.LevelEnroll, mfa.LevelPassword, mfa.LevelMFA, mfa.LevelToken} {
		p := w.user(string(level)+"@acme.example", mfa.RoleOperator)
		if level != mfa.LevelPassword {
			p.enable()
		}
		if level == mfa.LevelEnroll {
			p.login(p.reset().RecoveryCode.Reveal())
		}
		if level == mfa.LevelChallenge {
			p.login("")
		}
		if level == mfa.LevelToken {
			p.token = p.issue("all", mfa.Permissions()...).Token
		}
		people[level] = p
	}
	victim := w.user("victim@acme.example", mfa.RoleAuditor)
	none := &person{email: "none@acme.example", password: mfa.NewSecret("a password of nobody")}
	for _, rule := range mfa.Rules() {
		if len(rule.Levels) == 0 || rule.Method == "Answer" {
			continue
		}
		err := none.in(w.fork(t)).call(rule.Method, victim.email)
		if mfa.AsError(err).Code != mfa.Unauthenticated {
			t.Errorf("%s without a session: %v", rule.Method, err)
		}
		for level, p := range people {
			err := p.in(w.fork(t)).call(rule.Method, victim.email) // a fork each: a revoked token ends what another has
			code := mfa.Code("")
			if err != nil {
				code = mfa.AsError(err).Code
			}
			widens := err != nil && rule.Password == mfa.PasswordToWiden && rule.Admits(level) && level == mfa.LevelToken &&
				strings.HasPrefix(err.Error(), "an API token may not ")
			refused := !widens && (code == mfa.Forbidden || code == mfa.Unauthenticated)
			if refused == rule.Admits(level) {
				t.Errorf("%s at level %s: %v", rule.Method, level, err)
			}
			if level == mfa.LevelChallenge && code != mfa.Unauthenticated {
				t.Errorf("%s with a challenge: %v", rule.Method, err)
			}
		}
	}
}

func TestACommunityIsNotReachedFromAnother(t *testing.T) {
	w := newWorld(t)
	other := w.community("Other", "")
	child := w.community("Child", w.admin.community())
	admin := w.user("boss@acme.example", mfa.RoleAdmin)
	admin.enable()
	for name, c := range map[string]struct {
		community string
		want      mfa.Code
	}{"outside": {other, mfa.NotFound}, "below": {child, ""}} {
		email := name + "@elsewhere.example"
		pw := mfa.NewSecret("a password of somebody")
		_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: email, Community: c.community, NewPassword: pw})
		ok(t, err)
		p := &person{w: w, email: email, password: pw}
		p.login("")
		p.enable()
		for _, user := range []string{email, p.id()} {
			_, err = w.Reset(admin.ctx(), mfa.ResetRequest{User: user, Password: admin.password, NewCode: true})
			code(t, err, c.want)
		}
		_, err = w.CreateUser(admin.ctx(), mfa.CreateUserRequest{Email: "new" + email, Community: c.community})
		code(t, err, c.want)
	}
	page, err := w.ListUsers(admin.ctx(), mfa.ListUsersRequest{})
	ok(t, err)
	for _, u := range page.Items {
		if u.Community == "Other" {
			t.Errorf("%s is seen from outside", u.Email)
		}
	}
}

func TestEveryWrongSignInGetsOneAnswer(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	gone := w.user("gone@acme.example", mfa.RoleMember)
	w.edit(gone.email, func(u *mfa.User) { u.Status = mfa.UserDeactivated })
	wrong := mfa.NewSecret("not the password")
	want := ""
	for name, req := range map[string]mfa.LoginRequest{
		"an unknown address":               {Email: "nobody@acme.example", Password: wrong},
		"a wrong password":                 {Email: bob.email, Password: wrong},
		"a wrong password with a code":     {Email: bob.email, Password: wrong, Code: bob.code()},
		"a wrong code":                     {Email: bob.email, Password: bob.password, Code: bob.wrong()},
		"a wrong backup code":              {Email: bob.email, Password: bob.password, Code: mfa.NewSecret("0000-0000-0000-0000")},
		"a deactivated account":            {Email: gone.email, Password: gone.password},
		"a deactivated account, not right": {Email: gone.email, Password: wrong},
	} {
		_, err := w.Login(t.Context(), req)
		code(t, err, mfa.Rejected)
		e := mfa.AsError(err)
		got := fmt.Sprint(e.Error(), e.HintText(), e.Field, e.RetryAt)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s is told apart: %s", name, got)
		}
	}
}

func TestOneUserHasOneName(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for _, name := range []string{"BOB@acme.example", "Bob@Acme.Example", "ｂｏｂ@acme.example"} {
		out, err := w.Login(t.Context(), mfa.LoginRequest{Email: name, Password: bob.password})
		ok(t, err)
		if out.User != bob.email {
			t.Errorf("%q signs in %q", name, out.User)
		}
	}
	for _, name := range []string{"bob@acme.example ", " bob@acme.example", "bob@acme.example\x00", "bob@acme.example\u200b", "bob", "", "@", "a@b@c", "a:b@c.example", "bob@acme\u202e.example"} {
		_, err := w.Login(t.Context(), mfa.LoginRequest{Email: name, Password: bob.password})
		code(t, err, mfa.Usage)
	}
}
