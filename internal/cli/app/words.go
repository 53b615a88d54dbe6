package app

import (
	"fmt"
	"strings"
	"time"
)

// Plural writes a number of things, of which one names a single one.
func Plural(n int, one string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", one)
	}
	if strings.HasSuffix(one, "s") {
		one += "e"
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// YesNo writes a truth value for people.
func YesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Timestamp writes a time for programs; nothing for none.
func Timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// TimeInWords writes a time as people read it: local with the offset, UTC, and how
// far away.
func (a *App) TimeInWords(t time.Time) string {
	local := t.Local()
	utc := ""
	if _, offset := local.Zone(); offset != 0 {
		utc = t.UTC().Format("15:04 UTC, ")
	}
	return local.Format("Mon 2 Jan 15:04 MST") + " (" + utc + a.TimeAway(t) + ")"
}

// TimeAway writes how far a time is from now.
func (a *App) TimeAway(t time.Time) string {
	from := t.Sub(a.Clock())
	d := from.Abs()
	var text string
	switch {
	case d < time.Second:
		return "just now"
	case d < 90*time.Second:
		text = Plural(int((d+time.Second/2)/time.Second), "second")
	case d < 90*time.Minute:
		text = Plural(int((d+time.Minute/2)/time.Minute), "minute")
	case d < 36*time.Hour:
		text = fmt.Sprintf("%d h", int((d+time.Hour/2)/time.Hour))
	default:
		text = Plural(int((d+12*time.Hour)/(24*time.Hour)), "day")
	}
	if from < 0 {
		return text + " ago"
	}
	return "in " + text
}

// TimestampOf writes a time that may not have come, as [Timestamp] does.
func TimestampOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return Timestamp(*t)
}
