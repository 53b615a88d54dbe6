package mfa

import (
	"testing"
	"time"
)

func TestTextThatIsNotUTF8IsNamed(t *testing.T) {
	const wrong = "not \xff UTF-8"
	note := wrong
	for name, c := range map[string]struct {
		request any
		field   string
	}{
		"a text":            {ShowUserRequest{User: wrong}, "user"},
		"a secret":          {LoginRequest{Email: "a@acme.example", Password: NewSecret(wrong)}, "password"},
		"a name":            {EnrollRequest{Kind: Kind(wrong)}, "kind"},
		"below":             {EnrollRequest{Params: OTPParams{Algorithm: wrong}}, "algorithm"},
		"in a list":         {ListEventsRequest{Actions: []Action{ActReset, Action(wrong)}}, "actions"},
		"a value of a map":  {SetPolicyRequest{Rules: map[string]string{"lockout": wrong}}, "rules"},
		"a key of a map":    {SetPolicyRequest{Rules: map[string]string{wrong: "1"}}, "rules"},
		"behind a pointer":  {UpdateRoleRequest{Note: &note}, "note"},
		"embedded":          {LockUserRequest{User: "a@acme.example", Change: Change{Reason: wrong}}, "reason"},
		"beside a time":     {ListEventsRequest{Since: time.Now(), Until: time.Now(), Actor: wrong}, "actor"},
		"nothing but UTF-8": {LoginRequest{Email: "ä@acme.example", Password: NewSecret("😀")}, ""},
		"nothing":           {WhoAmIRequest{}, ""},
	} {
		err := CheckText(c.request)
		if c.field == "" && err == nil {
			continue
		}
		if e := AsError(err); err == nil || e.Code != Usage || e.Field != c.field {
			t.Errorf("%s: %v, want the field %q", name, err, c.field)
		}
	}
}
