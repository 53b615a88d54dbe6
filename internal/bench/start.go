package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// start is P1: how fast the program starts, against a cobra hello.
func (b *bench) start() error {
	hello := process{args: []string{b.bin("hello"), "--help"}}
	for _, args := range [][]string{{"--help"}, {"version"}, {"completion", "bash"}} {
		p := process{args: append([]string{b.bin("mfactl")}, args...)}
		if err := b.compare(fmt.Sprintf("P1 mfactl %s", args[0]), 1.5, p, hello); err != nil {
			return err
		}
	}
	return nil
}

// status is P2: a local "2fa status" against a minimal program that looks one
// user up in the very same file.
func (b *bench) status() error {
	password := filepath.Join(b.dir, "password")
	if err := os.WriteFile(password, []byte("correct horse battery staple"), 0o600); err != nil {
		return err
	}
	home := filepath.Join(b.dir, "home")
	path := filepath.Join(home, "store.db")
	env := []string{"MFACTL_STORE=" + path, "HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CONFIG_HOME=" + home}
	cmd := exec.CommandContext(b.ctx, b.bin("mfactl"), "init", "--community", "Acme", "--email", "admin@acme.example", //nolint:gosec // our own
		"--password-file", password, "--no-enable", "-o", "json")
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return b.compare("P2 mfactl 2fa status", 1.1,
		process{env: env, args: []string{b.bin("mfactl"), "2fa", "status", "-o", "json"}},
		process{args: []string{b.bin("lookup"), path, "admin@acme.example"}})
}
