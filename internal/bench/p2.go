package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
)

const adminEmail = "admin@acme.example"

// status is P2: the smallest command that opens the store, by somebody who is
// signed in.
func status() operation {
	return operation{
		name: "P2", what: "2fa status on a local store", against: "opening the same file and one look-up", goal: 1.1,
		measure: func(ctx context.Context, l *lab) ([]figure, error) {
			lookup, err := l.yard(ctx, "lookup")
			if err != nil {
				return nil, err
			}
			linked, err := l.linked(ctx, "lookup")
			if err != nil {
				return nil, err
			}
			mfactl, err := l.product(ctx)
			if err != nil {
				return nil, err
			}
			dir, env, err := initialized(ctx, l, mfactl, "p2")
			if err != nil {
				return nil, err
			}
			store := filepath.Join(dir, "mfactl.db")
			return interleave(ctx, l.rounds,
				program{name: "lookup", bin: lookup, args: []string{store, adminEmail}, env: env},
				program{name: "mfactl 2fa status", bin: mfactl, args: []string{"2fa", "status", "-o", "json"}, env: env},
				program{name: "(the libraries alone)", bin: linked, args: []string{store, adminEmail}, env: env, aside: true})
		},
	}
}

// initialized makes a home with a store whose operator is signed in, by the
// product's own commands.
func initialized(ctx context.Context, l *lab, mfactl, name string) (dir string, env []string, err error) {
	if dir, env, err = l.home(name); err != nil {
		return "", nil, err
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(rand.Text()+"\n"), 0o600); err != nil {
		return "", nil, err
	}
	err = program{name: "mfactl init", bin: mfactl, env: env, args: []string{
		"init", "--community", "Acme", "--email", adminEmail, "--password-file", password, "--no-enable", "-o", "json",
	}}.try(ctx)
	return dir, env, err
}
