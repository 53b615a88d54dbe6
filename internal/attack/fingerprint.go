package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// mark is the fingerprint of a state.
type mark [16]byte

// fingerprint is the same for two states that differ in nothing that decides: ids become
// addresses, times become ages, lists have no order, and secrets, counters and MACs are left
// out.
func (w *world) fingerprint(ctx context.Context) (m mark, _ error) {
	p := &printer{now: w.clock.now, names: map[string]string{}}
	err := w.store.View(ctx, func(r mfa.Reader) error { return p.store(r) })
	p.add(reflect.ValueOf(summary(w.state)))
	sum := sha256.Sum256(p.out)
	copy(m[:], sum[:])
	return m, err
}

// printer writes what decides.
type printer struct {
	now   time.Time
	names map[string]string // of ids
	out   []byte
}

// ages are the only ages that anything asks for: an hour, a day, a week and a month. The jumps
// of the clock are a little more than the first three, so that up to four of them never make
// one of the next, and two states with equal ages have the same future.
var ages = []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// age is which of the ages a time has reached, or is away from the moment.
func (p *printer) age(t time.Time) byte {
	d, sign := p.now.Sub(t), byte(0)
	if t.IsZero() {
		return 99
	}
	if d < 0 {
		d, sign = -d, 50
	}
	i := 0
	for i < len(ages) && d >= ages[i] {
		i++
	}
	return sign + byte(i)
}

// store writes what a store holds.
func (p *printer) store(r mfa.Reader) error {
	users, err := r.Users(mfa.UserQuery{})
	if err != nil {
		return err
	}
	communities, err := r.Communities()
	if err != nil {
		return err
	}
	for _, u := range users {
		p.names[u.ID] = u.Email
	}
	for _, c := range communities {
		p.names[c.ID] = c.Name
	}
	for _, u := range users {
		if err := p.user(r, u); err != nil {
			return err
		}
	}
	for _, c := range communities {
		c.MAC, c.Rev, c.Proof = nil, 0, nil
		p.add(reflect.ValueOf(c))
	}
	requests, err := r.Requests(mfa.RequestQuery{Status: mfa.RequestPending})
	for _, q := range requests {
		if p.now.Before(q.ExpiresAt) {
			q.ID, q.MAC, q.Rev = "", nil, 0
			p.add(reflect.ValueOf(q))
		}
	}
	if err != nil {
		return err
	}
	formers, err := r.FormerAccounts(mfa.FormerQuery{})
	for _, f := range formers {
		f.ID, f.MAC, f.Rev = "", nil, 0
		p.add(reflect.ValueOf(f))
	}
	return err
}

func (p *printer) user(r mfa.Reader, u mfa.User) error {
	factors, err := r.Factors(u.ID)
	kinds := []any{}
	for _, f := range factors {
		kinds = append(kinds, []any{f.Kind, f.Status, f.ExpiresAt})
	}
	p.add(reflect.ValueOf(kinds))
	if err != nil {
		return err
	}
	u.MAC, u.Rev, u.Proof, u.PasswordHash, u.Factors, u.PreferredID = nil, 0, nil, "", nil, ""
	if !u.LastSignInAt.IsZero() { // how long ago it was decides nothing
		u.LastSignInAt = p.now
	}
	u.OTP, u.Code, u.Password = mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}
	u.VerifyOTP, u.VerifyCode = mfa.Attempts{}, mfa.Attempts{}
	p.add(reflect.ValueOf(u))
	return nil
}

// add writes a value. The elements of a list are sorted.
func (p *printer) add(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // the rest has nothing to say
	case reflect.Struct:
		if t, ok := reflect.TypeAssert[time.Time](v); ok {
			p.out = append(p.out, 't', p.age(t))
			return
		}
		for _, f := range v.Fields() {
			p.add(f)
		}
	case reflect.Interface:
		p.add(v.Elem())
	case reflect.String:
		text := v.String()
		if name, ok := p.names[text]; ok {
			text = name
		}
		p.out = append(binary.AppendUvarint(append(p.out, 's'), uint64(len(text))), text...)
	case reflect.Slice:
		p.list(v.Len(), v.Index)
	case reflect.Map:
		keys := v.MapKeys()
		p.list(len(keys), func(i int) reflect.Value {
			return reflect.ValueOf([]any{keys[i].Interface(), v.MapIndex(keys[i]).Interface()})
		})
	case reflect.Bool:
		p.out = append(p.out, 'f')
		if v.Bool() {
			p.out = append(p.out, 't')
		}
	case reflect.Int, reflect.Int64:
		p.out = binary.AppendVarint(append(p.out, 'i'), v.Int())
	}
}

// list writes the elements of a list in an order that depends on them alone.
func (p *printer) list(n int, at func(int) reflect.Value) {
	all := p.out
	parts := make([]string, n)
	for i := range n {
		p.out = nil
		p.add(at(i))
		parts[i] = string(p.out)
	}
	slices.Sort(parts)
	p.out = append(binary.AppendVarint(append(all, 'l'), int64(n)), strings.Join(parts, "")...)
}

// summary is what the attacker knows and did, without the secrets themselves.
func summary(s state) any {
	type has struct{ Password, SetCode, Recovery, Owned, Gone bool }
	known := map[string]has{}
	for name, k := range s.known {
		known[name] = has{!k.password.IsZero(), !k.setCode.IsZero(), !k.recovery.IsZero(), k.owned, k.gone}
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
	people := slices.Sorted(maps.Keys(s.people))
	return []any{known, halves, !s.token.IsZero(), s.service, people, s.born, s.fallen, s.left}
}
