package sqlstore

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// micros is the stored form of a time: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// timeAt scans microseconds into a time.
func timeAt(t *time.Time) *timeScan { return (*timeScan)(t) }

type timeScan time.Time

// Scan implements sql.Scanner.
func (t *timeScan) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return unreadable(fmt.Errorf("a time is %T", src))
	}
	*t = timeScan(fromMicros(us))
	return nil
}

// bytesAt scans a value into bytes of its own; an empty one becomes nil.
func bytesAt(b *[]byte) *bytesScan { return (*bytesScan)(b) }

type bytesScan []byte

// Scan implements sql.Scanner.
func (b *bytesScan) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*b = nil
	case []byte:
		*b = cloned(v)
	default:
		return unreadable(fmt.Errorf("a value is %T", src))
	}
	return nil
}

// boolAt scans a boolean, which SQLite stores as a number.
func boolAt(b *bool) *boolScan { return (*boolScan)(b) }

type boolScan bool

// Scan implements sql.Scanner.
func (b *boolScan) Scan(src any) error {
	switch src {
	case true, int64(1):
		*b = true
	case false, int64(0):
		*b = false
	default:
		return unreadable(fmt.Errorf("a boolean is %v", src))
	}
	return nil
}

// blob is the stored form of bytes: never NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// jsonAt stores a value as JSON text, and scans such text into it.
func jsonAt[T any](value *T) jsonText[T] { return jsonText[T]{value} }

type jsonText[T any] struct{ value *T }

// Value implements [driver.Valuer].
func (j jsonText[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(j.value)
	return string(text), err
}

// Scan implements sql.Scanner.
func (j jsonText[T]) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return unreadable(fmt.Errorf("JSON text is %T", src))
	}
	if s == "{}" || s == "[]" { // most rows
		return nil
	}
	if err := json.Unmarshal([]byte(s), j.value); err != nil {
		return unreadable(err)
	}
	return nil
}

// listAt is jsonAt for a list, of which nil is stored as an empty one.
func listAt[T any](list *[]T) listText[T] { return listText[T]{jsonAt(list)} }

type listText[T any] struct{ jsonText[[]T] }

// Value implements [driver.Valuer].
func (l listText[T]) Value() (driver.Value, error) {
	if len(*l.value) == 0 {
		return "[]", nil // most rows
	}
	return l.jsonText.Value()
}

// errUnreadable is the cause of every error about a row that cannot be decoded.
var errUnreadable = errors.New("store: a row holds a value that mfactl never writes")

// unreadable says that a row holds what this program never wrote.
func unreadable(cause error) error {
	return mfa.Errorf(mfa.Damaged, "a record in the store cannot be read").WithCause(fmt.Errorf("%w: %w", errUnreadable, cause))
}

// attempts is the stored form of [mfa.Attempts]: times as in the other columns.
type attempts struct {
	Consecutive int     `json:"n,omitempty"`
	Forgiven    int     `json:"forgiven,omitempty"`
	Wrong       []int64 `json:"wrong,omitempty"`
	InFlight    []int64 `json:"in_flight,omitempty"`
	LockedUntil int64   `json:"locked_until,omitempty"`
	NoticeAt    int64   `json:"notice_at,omitempty"`
}

func storedAttempts(a mfa.Attempts) attempts {
	return attempts{
		Consecutive: a.Consecutive,
		Forgiven:    a.Forgiven,
		Wrong:       mapped(a.Wrong, micros),
		InFlight:    mapped(a.InFlight, micros),
		LockedUntil: micros(a.LockedUntil),
		NoticeAt:    micros(a.NoticeAt),
	}
}

func (a attempts) record() mfa.Attempts {
	return mfa.Attempts{
		Consecutive: a.Consecutive,
		Forgiven:    a.Forgiven,
		Wrong:       mapped(a.Wrong, fromMicros),
		InFlight:    mapped(a.InFlight, fromMicros),
		LockedUntil: fromMicros(a.LockedUntil),
		NoticeAt:    fromMicros(a.NoticeAt),
	}
}

// mapped applies f to each; nothing becomes nil.
func mapped[A, B any](in []A, f func(A) B) []B {
	var out []B
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}
