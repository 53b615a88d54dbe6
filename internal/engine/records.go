package engine

import (
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Labels of the MACs. A record of one sort never passes for one of another.
const (
	macCommunity = "mfactl community"
	macUser      = "mfactl user"
	macFactor    = "mfactl factor"
	macSession   = "mfactl session"
	macToken     = "mfactl API token" //nolint:gosec // a label
	macEvent     = "mfactl event"
	macApproval  = "mfactl approval"
	macMark      = "mfactl high-water mark"
	macKeyCopy   = "mfactl key copy"
	macInstance  = "mfactl instance"
	macName      = "mfactl unknown name"
	macStranger  = "mfactl stranger's counter"
	tagCodes     = "mfactl look-up code"
)

// canonical writes every field of a record but its revision and its MAC as
// name, length and JSON. A zero field is left out, so that a field added later
// does not change what older records say. The instance stands first: a record
// of another store does not verify in this one.
func canonical(instance string, record any) []byte {
	v := reflect.ValueOf(record)
	out := appendField(make([]byte, 0, 1024), "instance", []byte(instance))
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if name == "Rev" || name == "MAC" || f.IsZero() {
			continue
		}
		b := asJSON(f)
		if s := string(b); s == "[]" || s == "{}" {
			continue // a store need not tell empty from none
		}
		out = appendField(out, name, b)
	}
	return out
}

// asJSON writes a value as [json.Marshal] does. Most are short words or times, which need
// none of its work: a verify reads and signs some ninety fields.
func asJSON(v reflect.Value) []byte {
	if v.Kind() == reflect.String && !writesItself(v.Type()) && isPlain(v.String()) {
		return []byte(`"` + v.String() + `"`)
	}
	write := json.Marshal
	if v.Type() == timeType {
		write = func(t any) ([]byte, error) { return t.(time.Time).MarshalJSON() }
	}
	b, err := write(v.Interface())
	if err != nil {
		panic(err) // records hold plain data only
	}
	return b
}

var (
	stringType    = reflect.TypeFor[string]()
	timeType      = reflect.TypeFor[time.Time]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// writesItself reports whether a type of text has a form of its own in JSON.
func writesItself(t reflect.Type) bool {
	return t != stringType && (t.Implements(marshaler) || t.Implements(textMarshaler))
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

func appendField(out []byte, name string, value []byte) []byte {
	out = binary.AppendUvarint(out, uint64(len(name)))
	out = append(out, name...)
	out = binary.AppendUvarint(out, uint64(len(value)))
	return append(out, value...)
}

// verify checks a record's MAC. Damaged, never "off": whoever writes the
// database without the key changes no decision.
func (s *scope) verify(label, what string, record any, mac []byte) error {
	err := s.e.keys.VerifyMAC(label, canonical(s.instance, record), mac)
	if err != nil {
		return mfa.Errorf(mfa.Damaged, "the record of %s does not verify", what).WithCause(err)
	}
	return nil
}

func (s *scope) sign(label string, record any) []byte {
	return s.e.keys.MAC(label, canonical(s.instance, record))
}

// community reads a community and verifies it.
func (s *scope) community(id string) (mfa.Community, error) {
	c, err := s.r.Community(id)
	if err != nil {
		return c, s.gone(err, "a community")
	}
	return c, s.verify(macCommunity, "community "+c.Name, c, c.MAC)
}

// gone turns a missing row that must be there into damage.
func (s *scope) gone(err error, what string) error {
	if errors.Is(err, mfa.NotFound) {
		return mfa.Errorf(mfa.Damaged, "the record of %s is missing", what) // without its cause, which says "not found"
	}
	return err
}

// putCommunity writes a community. What was made of it before is forgotten.
func (s *scope) putCommunity(c *mfa.Community) error {
	s.changed, s.homes = true, nil
	c.MAC = s.sign(macCommunity, *c)
	return s.tx.PutCommunity(c)
}

func (s *scope) putUser(u *mfa.User) error {
	s.changed = true
	return s.keepUser(u)
}

// keepUser writes what a refusal may write too: attempts.
func (s *scope) keepUser(u *mfa.User) error {
	u.MAC = s.sign(macUser, *u)
	return s.tx.PutUser(u)
}

func (s *scope) putFactor(f *mfa.Factor) error {
	s.changed = true
	return s.keepFactor(f)
}

// putMarked writes a confirmed factor and marks it in the user row, which the
// caller writes.
func (s *scope) putMarked(u *account, f *mfa.Factor) error {
	if err := s.putFactor(f); err != nil {
		return err
	}
	unmark(u, f.ID)
	u.Factors = append(u.Factors, markOf(*f))
	return nil
}

// markOf is what the user row remembers of a factor: which it is, and its newest
// state, of which 64 bits of the MAC tell.
func markOf(f mfa.Factor) mfa.FactorMark {
	return mfa.FactorMark{ID: f.ID, Kind: f.Kind, Seen: hex.EncodeToString(f.MAC[max(0, len(f.MAC)-8):])}
}

// keepFactor writes what a refusal may write too: the tries of a pending
// enrolment.
func (s *scope) keepFactor(f *mfa.Factor) error {
	f.MAC = s.sign(macFactor, *f)
	return s.tx.PutFactor(f)
}

func (s *scope) deleteFactor(id string) error {
	s.changed = true
	return s.tx.DeleteFactor(id)
}

func (s *scope) putApproval(a *mfa.Approval) error {
	s.changed = true
	a.MAC = s.sign(macApproval, *a)
	return s.tx.PutApproval(a)
}

func (s *scope) putSession(x *mfa.Session) error {
	x.MAC = s.sign(macSession, *x)
	return s.tx.PutSession(x)
}

func (s *scope) putToken(k *mfa.Token) error {
	s.changed = true
	return s.keepToken(k)
}

// keepToken writes what a refusal may write too: when the token was used.
func (s *scope) keepToken(k *mfa.Token) error {
	k.MAC = s.sign(macToken, *k)
	return s.tx.PutToken(k)
}
