package mfa_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestEveryActionIsListedOnce(t *testing.T) {
	b, err := os.ReadFile("action.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, a := range mfa.Actions() {
		listed[string(a)]++
	}
	all := regexp.MustCompile(`(?m)^\tAct\w+ +Action = "([a-z0-9.]+)"`).FindAllStringSubmatch(string(b), -1)
	if len(all) != len(mfa.Actions()) {
		t.Errorf("%d actions, %d listed", len(all), len(mfa.Actions()))
	}
	for _, m := range all {
		if listed[m[1]] != 1 {
			t.Errorf("%s is listed %d times", m[1], listed[m[1]])
		}
	}
}
