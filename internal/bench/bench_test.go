package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheMedianIsTheMiddle(t *testing.T) {
	for _, tt := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		if got := middle(tt.in); got != tt.want {
			t.Errorf("median of %v is %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	f := compare("x", sample{times: []time.Duration{30, 10, 80}}, sample{times: []time.Duration{10, 10, 20}})
	if want := []float64{1, 3, 4}; !slices.Equal(f.ratios, want) || f.median() != 3 {
		t.Errorf("ratios %v, median %v; want %v and 3", f.ratios, f.median(), want)
	}
}

func TestTheWorstFigureDecides(t *testing.T) {
	op := operation{name: "P0", goal: 1.5}
	good, bad := figure{name: "good", ratios: []float64{1.4}}, figure{name: "bad", ratios: []float64{1.6}}
	if text, missed := report(op, []figure{good, bad}); !missed || !strings.Contains(text, "1.60, goal ≤ 1.50: goal missed") {
		t.Errorf("one of two is bad:\n%s", text)
	}
	told := figure{name: "told", ratios: []float64{9}, aside: true}
	if text, missed := report(op, []figure{good, told}); missed || !strings.Contains(text, "told") || !strings.Contains(text, "1.40, goal") {
		t.Errorf("one is not shown, or is held against the goal:\n%s", text)
	}
	if text, missed := report(op, []figure{good, good}); missed || !strings.Contains(text, "1.40, goal ≤ 1.50: goal met") {
		t.Errorf("both are good:\n%s", text)
	}
}

func TestOperationsAreChosenByName(t *testing.T) {
	for only, want := range map[string]string{"": "P1 P2 P3 P5 P6", "P2": "P2", "p2,P1": "P2 P1"} {
		chosen, err := choose(only)
		var names []string
		for _, op := range chosen {
			names = append(names, op.name)
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("-only %q chose %v (%v), want %s", only, names, err, want)
		}
	}
	for _, args := range [][]string{{"-only", "P99"}, {"-rounds", "0"}, {"-rounds", "x"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}

// TestMain lets the test binary stand in for the programs that are measured.
func TestMain(m *testing.M) {
	switch os.Getenv("BENCH_TEST") {
	case "talk":
		_, _ = os.Stdout.WriteString("ok\n")
	case "fail":
		_, _ = os.Stderr.WriteString("no luck\n")
		os.Exit(3)
	case "silent":
	default:
		os.Exit(m.Run())
	}
}

func self(t *testing.T, what string) program {
	t.Helper()
	bin, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program{name: what, bin: bin, env: []string{
		"BENCH_TEST=" + what,
		"GORACE=atexit_sleep_ms=0", // or each would wait a second for other threads' races
	}}
}

func TestEveryRoundCounts(t *testing.T) {
	figures, err := interleave(t.Context(), 4, self(t, "talk"), self(t, "talk"), self(t, "talk"))
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 2 || len(figures[0].ratios) != 4 || figures[0].median() <= 0 || figures[0].ours <= 0 {
		t.Errorf("%+v", figures)
	}
}

func TestAProgramThatDoesNotWorkIsNotMeasured(t *testing.T) {
	for what, want := range map[string]string{"fail": "no luck", "silent": "printed nothing"} {
		_, err := interleave(t.Context(), 1, self(t, "talk"), self(t, what))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := interleave(ctx, 1, self(t, "talk"), self(t, "talk")); err == nil {
		t.Error("went on after it was canceled")
	}
}
