package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mfactl/mfactl/internal/authapp"
)

// verify is P3: one code checked, claimed, counted and audited, durably. The
// factor is a counter, so that every round has a right code of its own.
func verify() operation {
	return operation{
		name: "P3", what: "verify of a right code on a local store", against: "opening the same file and one durable change", goal: 1.25,
		measure: func(ctx context.Context, l *lab) ([]figure, error) {
			write, err := l.yard(ctx, "write")
			if err != nil {
				return nil, err
			}
			linked, err := l.linked(ctx, "write")
			if err != nil {
				return nil, err
			}
			mfactl, err := l.product(ctx)
			if err != nil {
				return nil, err
			}
			dir, env, err := initialized(ctx, l, mfactl, "p3")
			if err != nil {
				return nil, err
			}
			next, err := counter(ctx, mfactl, dir, env)
			if err != nil {
				return nil, err
			}
			store, code := filepath.Join(dir, "mfactl.db"), filepath.Join(dir, "code")
			return interleave(ctx, l.rounds,
				program{name: "write", bin: write, args: []string{store, "yard"}, env: env},
				program{name: "mfactl verify", bin: mfactl, args: []string{"verify", adminEmail, "--code-file", code, "-o", "json"}, env: env, before: next},
				program{name: "(the libraries alone)", bin: linked, args: []string{store, "linked"}, env: env, aside: true})
		},
	}
}

// counter turns 2FA on with a counter and returns what writes its next code.
func counter(ctx context.Context, mfactl, dir string, env []string) (next func() error, err error) {
	run := func(args ...string) (string, error) {
		cmd := program{bin: mfactl, args: args, env: env}.command(ctx)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("mfactl %s: %w\n%s", strings.Join(args, " "), err, errs.Bytes())
		}
		return strings.TrimSpace(string(out)), nil
	}
	uri, err := run("2fa", "enable", "--kind", "hotp", "--pending", "--password-file", filepath.Join(dir, "password"), "--reveal", "--jq", ".otpauth_uri")
	if err != nil {
		return nil, err
	}
	token, err := authapp.Scan(uri)
	if err != nil {
		return nil, err
	}
	presses, path := int64(0), filepath.Join(dir, "code")
	next = func() error {
		presses++
		return os.WriteFile(path, []byte(token.At(presses-1)), 0o600)
	}
	if err := next(); err != nil {
		return nil, err
	}
	_, err = run("2fa", "confirm", "--code-file", path, "--save", filepath.Join(dir, "backup-codes"))
	return next, err
}
