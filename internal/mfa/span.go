package mfa

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Span is a length of time as people give it: 90d, 12h, 1h30m or 1d12h. A day has
// 24 hours, whatever the calendar says.
type Span time.Duration

const day = 24 * time.Hour

// maxDays is more than anything here may last, and far from an overflow.
const maxDays = 100_000

// ParseSpan reads a span. [Usage] for other text, and for a negative one.
func ParseSpan(text string) (Span, error) {
	bad := UsageError("time", "no length of time such as 30d, 12h or 90m: %q", text)
	days, rest, found := strings.Cut(text, "d")
	var d time.Duration
	if found {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil || n > maxDays {
			return 0, bad
		}
		d = time.Duration(n) * day //nolint:gosec // bounded above
	} else {
		rest = text
	}
	if rest != "" || !found {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 || more > maxDays*day {
			return 0, bad
		}
		d += more
	}
	return Span(d), nil
}

// String writes the span without the units that are zero: 12h, not 12h0m0s. Whole
// days are days from two on, since people say 24h.
func (s Span) String() string {
	d := time.Duration(s)
	if d >= 2*day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if rest, ok := strings.CutSuffix(text, zero); ok {
			text = rest + zero[:1]
		}
	}
	return text
}

// MarshalText writes the span as String does.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what ParseSpan takes.
func (s *Span) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSpan(string(text))
	return err
}
