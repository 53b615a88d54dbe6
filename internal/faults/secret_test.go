//go:build faults && linux && amd64

package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// secret is something that a store takes or not.
type secret struct {
	name string
	try  func(*opened) error
	user string // whose record alone decides, where it takes long to try; else empty
}

// tried is what the store says of a secret. What takes long is tried once on the
// same record.
func (l *lab) tried(o *opened, s secret) string {
	if s.user == "" {
		return verdict(s.try(o))
	}
	on := s.name + o.record(s.user)
	if _, known := l.known[on]; !known {
		l.known[on] = verdict(s.try(o))
	}
	return l.known[on]
}

// record is everything that is kept of a user, or why it cannot be read.
func (o *opened) record(email string) (text string) {
	err := o.store.View(o.ctx, func(r mfa.Reader) error {
		id, err := r.UserID(email)
		if err != nil {
			return err
		}
		u, err := r.User(id)
		text = fmt.Sprintf("%+v", u)
		return err
	})
	return text + verdict(err)
}

// secretsOf are the secrets of a user that anybody may know of, by sort: either
// password, what the phones show, the backup codes and tokens of before, and what
// an answer has made.
func (l *lab) secretsOf(name, email, answer string) [][]secret {
	all := [][]secret{{password(email, passwords["PB"])}, {password(email, passwords["PN"])}}
	var shown, old []secret
	for _, label := range []string{"phone", "tablet"} {
		if p := l.phones[name+"/"+label]; p != nil {
			shown = append(shown, code(email, p.Code(l.now())))
		}
	}
	for _, c := range l.codes[name] {
		old = append(old, code(email, c))
	}
	for _, k := range l.tokens {
		old = append(old, token(email, k))
	}
	var v any
	if json.Unmarshal([]byte(answer), &v) != nil { // nothing was told
		return append(all, shown, old)
	}
	return append(all, shown, old, made(email, "", v))
}

// made finds the one-time secrets of an answer.
func made(email, key string, v any) (all []secret) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, made(email, key, v[key])...)
		}
	case []any:
		for _, v := range v {
			all = append(all, made(email, key, v)...)
		}
	case string:
		if sort := oneTime[key]; sort != nil {
			all = append(all, sort(email, v))
		}
	}
	return all
}

// oneTime are the fields of an answer that hold a secret a store takes.
var oneTime = map[string]func(email, text string) secret{
	"codes": code, "backup_codes": code, "recovery_code": recovery, "set_password_code": setPassword, "token": token,
}

// toldOnce are the values of an answer that nobody but the caller may read.
func toldOnce(answer string) []string {
	return regexp.MustCompile(`(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}|secret=[A-Z2-7]{16,}|mfactl_t_[0-9a-f]{72}`).FindAllString(answer, -1)
}

func password(email, text string) secret {
	return secret{name: "password " + text, user: email, try: func(o *opened) error {
		_, err := o.Login(o.ctx, mfa.LoginRequest{Email: email, Password: mfa.NewSecret(text)})
		return err
	}}
}

// code is spent as an application does.
func code(email, text string) secret {
	return secret{name: "code " + text, try: func(o *opened) error {
		_, err := o.Verify(o.ctx, mfa.VerifyRequest{User: email, Code: mfa.NewSecret(text)})
		return err
	}}
}

// token is good where it looks something up as the service account.
func token(_, text string) secret {
	return secret{name: "token " + text, try: func(o *opened) error {
		_, err := o.ListUsers(o.as(mfa.NewSecret(text)), mfa.ListUsersRequest{Limit: 1})
		return err
	}}
}

func recovery(email, text string) secret {
	return secret{name: "recovery code " + text, try: func(o *opened) error {
		in, err := o.Login(o.ctx, mfa.LoginRequest{Email: email, Password: mfa.NewSecret(passwords["PB"]), Code: mfa.NewSecret(text)})
		if err == nil && in.Level != mfa.LevelEnroll {
			return fmt.Errorf("signed in at level %s", in.Level)
		}
		return err
	}}
}

func setPassword(email, text string) secret {
	return secret{name: "set-password code " + text, try: func(o *opened) error {
		_, err := o.RedeemPassword(o.ctx, mfa.RedeemPasswordRequest{
			Email: email, Code: mfa.NewSecret(text), NewPassword: mfa.NewSecret(passwords["PN"]),
		})
		return err
	}}
}
