package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

var stamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// fingerprint is the same for two states that differ in nothing that decides: ids become
// addresses, times become hours before now, and secrets, counters and MACs are left out.
func (w *world) fingerprint(ctx context.Context) (string, error) {
	var text strings.Builder
	names := []string{}
	err := w.store.View(ctx, func(r mfa.Reader) error { return dump(r, &text, &names) })
	if err != nil {
		return "", err
	}
	known, err := json.Marshal(summary(w.state))
	if err != nil {
		return "", err
	}
	text.Write(known)
	plain := strings.NewReplacer(names...).Replace(text.String())
	plain = stamp.ReplaceAllStringFunc(plain, func(at string) string {
		t, err := time.Parse(time.RFC3339Nano, at)
		if err != nil || t.Year() < 2000 {
			return at
		}
		return fmt.Sprint(int(w.clock.now.Sub(t).Hours()), "h")
	})
	sum := sha256.Sum256([]byte(plain))
	return string(sum[:]), nil
}

func dump(r mfa.Reader, out *strings.Builder, names *[]string) error {
	users, err := r.Users(mfa.UserQuery{})
	if err != nil {
		return err
	}
	write := json.NewEncoder(out).Encode
	for _, u := range users {
		*names = append(*names, u.ID, u.Email)
		factors, err := r.Factors(u.ID)
		if err != nil {
			return err
		}
		for _, f := range factors {
			err = errors.Join(err, write([]any{f.Kind, f.Status, f.ExpiresAt}))
		}
		u.MAC, u.Rev, u.Proof, u.PasswordHash, u.Factors, u.PreferredID = nil, 0, nil, "", nil, ""
		u.OTP, u.Code, u.Password = mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}
		u.VerifyOTP, u.VerifyCode = mfa.Attempts{}, mfa.Attempts{}
		if err := errors.Join(err, write(u)); err != nil {
			return err
		}
	}
	communities, err := r.Communities()
	for _, c := range communities {
		*names = append(*names, c.ID, c.Name)
		c.MAC, c.Rev, c.Proof = nil, 0, nil
		err = errors.Join(err, write(c))
	}
	requests, failed := r.Requests(mfa.RequestQuery{Status: mfa.RequestPending})
	for _, q := range requests {
		q.ID, q.MAC, q.Rev = "", nil, 0
		err = errors.Join(err, write(q))
	}
	return errors.Join(err, failed)
}

// summary is what the attacker knows and did, without the secrets themselves.
func summary(s state) any {
	type has struct{ Password, SetCode, Recovery bool }
	known := map[string]has{}
	for name, k := range s.known {
		known[name] = has{!k.password.IsZero(), !k.setCode.IsZero(), !k.recovery.IsZero()}
	}
	type did struct {
		Victim, What string
		At           time.Time
		Signed       bool
		By           []string
	}
	var halves []did
	for _, h := range s.halves {
		halves = append(halves, did{h.victim, h.what, h.at, h.signed, h.by})
	}
	return []any{known, halves, !s.token.IsZero(), len(s.people)}
}
