package mfa

import (
	"errors"
	"testing"
	"time"
)

func TestASpanIsReadAndWrittenAsPeopleSayIt(t *testing.T) {
	for text, want := range map[string]struct {
		d    time.Duration
		text string
	}{
		"90d": {90 * day, "90d"}, "2d": {48 * time.Hour, "2d"}, "48h": {48 * time.Hour, "2d"}, "1d": {day, "24h"},
		"24h": {day, "24h"}, "1d12h": {36 * time.Hour, "36h"}, "49h": {49 * time.Hour, "49h"}, "1h30m": {90 * time.Minute, "1h30m"},
		"90s": {90 * time.Second, "1m30s"}, "0": {0, "0s"}, "0d": {0, "0s"}, "12h0m0s": {12 * time.Hour, "12h"}, "10m": {10 * time.Minute, "10m"},
	} {
		s, err := ParseSpan(text)
		if err != nil || time.Duration(s) != want.d || s.String() != want.text {
			t.Errorf("%q is %v, written %q (%v)", text, time.Duration(s), s, err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "+1d", "1d-1h", "-1h", "1.5d", "1", "1dd", "12h1d", "100001d", "99999999999999999999d", " 1d", "1w", "2400001h"} {
		if s, err := ParseSpan(text); !errors.Is(err, Usage) {
			t.Errorf("%q is taken for %v", text, s)
		}
	}
}

func TestASpanIsTextToAProgram(t *testing.T) {
	var s Span
	if err := s.UnmarshalText([]byte("30d")); err != nil || time.Duration(s) != 30*day {
		t.Errorf("%v (%v)", s, err)
	}
	if text, err := s.MarshalText(); err != nil || string(text) != "30d" {
		t.Errorf("%s (%v)", text, err)
	}
}
