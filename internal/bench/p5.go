package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
)

// verifyRight is P5: right codes, each of a counter and so each of its own.
func verifyRight() operation {
	return operation{
		name: "P5", what: "HTTP verify of right codes, requests/s", against: "net/http, JSON, one look-up and one durable update", goal: 0.6, atLeast: true,
		measure: func(ctx context.Context, l *lab) ([]figure, error) {
			return overHTTP(ctx, l, "p5", http.StatusOK, rightCode)
		},
	}
}

// verifyWrong is P6: wrong codes, never five in a row, since then it would be no check.
func verifyWrong() operation {
	return operation{
		name: "P6", what: "HTTP verify of wrong codes, requests/s", against: "net/http, JSON, one look-up and one durable update", goal: 0.6, atLeast: true,
		measure: func(ctx context.Context, l *lab) ([]figure, error) {
			return overHTTP(ctx, l, "p6", http.StatusUnprocessableEntity, wrongCode)
		},
	}
}

// reach is how many counters before and after the next a server looks at.
const reach = 10

// coder makes a code for the nth try; false where it is by chance, once in some fifty
// thousand, what it must not be. The counter is that of the last right code, where all
// tries are wrong.
type coder func(p *authapp.App, n, counter int64) (code string, ok bool)

// rightCode is the code of a counter, unless it is one of those just before as well.
func rightCode(p *authapp.App, n, _ int64) (string, bool) {
	return p.At(n), !among(p, p.At(n), max(0, n-reach), n)
}

// wrongCode is the code of a counter far away.
func wrongCode(p *authapp.App, n, counter int64) (string, bool) {
	code := p.At(n + 1_000_000)
	return code, !among(p, code, max(0, counter-reach), counter+2*reach)
}

// among reports whether a code is that of a counter from first on, before end.
func among(p *authapp.App, code string, first, end int64) bool {
	for n := first; n < end; n++ {
		if p.At(n) == code {
			return true
		}
	}
	return false
}

// crowd is how many accounts there are, and the most clients.
const crowd = 32

// inARow is how many codes of one account a round may try.
const inARow = 4

// site is a server of mfactl with accounts whose factor is a counter.
type site struct {
	ctx    context.Context
	mfactl *served
	phones []*authapp.App
	next   []int64 // the counter of each phone
	right  int64   // that of all of them, where next is of wrong codes
	unlock *served
}

// overHTTP measures both servers with 1, 8 and 32 clients, in turn in each round.
func overHTTP(ctx context.Context, l *lab, name string, want int, code coder) (out []figure, err error) {
	floor, err := l.floor(ctx, name)
	if err != nil {
		return nil, err
	}
	s, err := l.site(ctx, name)
	if err != nil {
		return nil, err
	}
	rounds := max(3, l.rounds/4)
	for _, clients := range []int{1, 8, crowd} {
		var ours, theirs sample
		for round := range rounds + 1 {
			if want != http.StatusOK {
				if err := s.forgive(); err != nil {
					return nil, err
				}
			}
			bodies := s.bodies(clients, code)
			for _, turn := range []int{round % 2, 1 - round%2} {
				of, by, status := &ours, s.mfactl, want
				if turn == 1 {
					of, by, status = &theirs, floor, http.StatusOK
				}
				took, err := by.load(ctx, bodies, status)
				if err != nil {
					return nil, err
				}
				if round > 0 { // the first warms up
					of.times = append(of.times, took)
				}
			}
		}
		f := compare(fmt.Sprintf("%d clients", clients), theirs, ours) // a ratio of speeds
		f.ours, f.theirs = f.theirs, f.ours
		out = append(out, f)
	}
	return out, nil
}

// bodies are the requests of each client of one round.
func (s *site) bodies(clients int, code coder) [][]string {
	out := make([][]string, clients)
	for i := range crowd { // the same accounts whatever the number of clients
		for range inARow {
			text, ok := code(s.phones[i], s.next[i], s.right)
			for s.next[i]++; !ok; s.next[i]++ {
				text, ok = code(s.phones[i], s.next[i], s.right)
			}
			out[i%clients] = append(out[i%clients], fmt.Sprintf(`{"user":%q,"code":%q}`, user(i), text))
		}
	}
	return out
}

// forgive ends what wrong codes have led to: an administrator unlocks each account, and
// a right code ends the row.
func (s *site) forgive() error {
	for i := range crowd {
		if err := s.unlock.post(s.ctx, fmt.Sprintf(`{"user":%q}`, user(i)), http.StatusOK); err != nil {
			return err
		}
		code, ok := rightCode(s.phones[i], s.right, 0)
		if !ok {
			code = s.phones[i].At(s.right + 1)
		}
		if err := s.mfactl.post(s.ctx, fmt.Sprintf(`{"user":%q,"code":%q}`, user(i), code), http.StatusOK); err != nil {
			return err
		}
	}
	s.right += 2
	return nil
}

func user(i int) string { return fmt.Sprintf("user%d@acme.example", i) }

// floor starts the yardstick, which prints where it listens.
func (l *lab) floor(ctx context.Context, name string) (*served, error) {
	bin, err := l.yard(ctx, "floor")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, bin, filepath.Join(l.dir, name+"-floor.db")) //nolint:gosec // a binary of the lab
	said, err := cmd.StdoutPipe()
	if err == nil {
		err = l.start(cmd)
	}
	if err != nil {
		return nil, err
	}
	at, err := bufio.NewReader(said).ReadString('\n')
	return newServed("http://"+strings.TrimSpace(at), ""), err
}

// start starts a server that runs until the lab is closed.
func (l *lab) start(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	l.running = append(l.running, cmd)
	return nil
}

// startTime is how long a server may take to start.
const startTime = 30 * time.Second

// serve starts mfactl and returns where it listens, as it says in the first line of its
// log. The log is a file: the process that makes the load must not read it meanwhile. When it
// stands there the server tells as it tells a service manager, see sd_notify(3).
func (l *lab) serve(ctx context.Context, name string, cmd *exec.Cmd) (at string, err error) {
	ready, err := (&net.ListenConfig{}).ListenPacket(ctx, "unixgram", filepath.Join(l.dir, name+".ready"))
	if err != nil {
		return "", err
	}
	log, err := os.Create(filepath.Join(l.dir, name+".log")) //nolint:gosec // G304: in the lab
	if err != nil {
		return "", errors.Join(err, ready.Close())
	}
	cmd.Env, cmd.Stderr = append(cmd.Env, "NOTIFY_SOCKET="+ready.LocalAddr().String()), log
	if err := l.start(cmd); err != nil {
		return "", errors.Join(err, ready.Close(), log.Close())
	}
	if err = ready.SetReadDeadline(time.Now().Add(startTime)); err == nil {
		_, _, err = ready.ReadFrom(make([]byte, 1024))
	}
	if err := errors.Join(err, ready.Close(), log.Close()); err != nil {
		return "", err
	}
	text, err := os.ReadFile(log.Name())
	if err != nil {
		return "", err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	var entry struct{ Listen string }
	if err := json.Unmarshal(line, &entry); err != nil || entry.Listen == "" {
		return "", errors.Join(errors.New("no server: "+string(line)), err)
	}
	return entry.Listen, nil
}

// site makes the accounts and starts the server.
func (l *lab) site(ctx context.Context, name string) (*site, error) {
	mfactl, err := l.product(ctx)
	if err != nil {
		return nil, err
	}
	dir, env, err := initialized(ctx, l, mfactl, name)
	if err != nil {
		return nil, err
	}
	if _, err := counter(ctx, mfactl, dir, env); err != nil { // its administrator needs 2FA
		return nil, err
	}
	s := &site{ctx: ctx, next: make([]int64, crowd), right: 1}
	for i := range crowd {
		p, err := member(ctx, mfactl, dir, env, i)
		if err != nil {
			return nil, err
		}
		s.phones = append(s.phones, p)
		s.next[i] = 1
	}
	cmd := program{bin: mfactl, args: []string{"serve", "--listen", "127.0.0.1:0"}, env: env}.command(ctx)
	at, err := l.serve(ctx, name, cmd)
	if err != nil {
		return nil, err
	}
	token, err := savedToken(dir)
	s.mfactl, s.unlock = newServed("http://"+at+"/v3/Verify", token), newServed("http://"+at+"/v3/UnlockUser", token)
	return s, err
}

// member makes an account and turns its 2FA on with a counter.
func member(ctx context.Context, mfactl, dir string, env []string, i int) (*authapp.App, error) {
	own := append(slices.Clip(env), "XDG_STATE_HOME="+filepath.Join(dir, fmt.Sprint("state-", i)))
	password := filepath.Join(dir, "password")
	for _, c := range []program{
		{args: []string{"admin", "users", "create", user(i), "--new-password-file", password, "--password-file", password}, env: env},
		{args: []string{"login", user(i), "--password-file", password}, env: own},
	} {
		c.bin = mfactl
		if out, err := c.command(ctx).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("mfactl %s: %w\n%s", c.args[0], err, out)
		}
	}
	enroll := program{bin: mfactl, env: own, args: []string{"2fa", "enable", "--kind", "hotp", "--pending", "--password-file", password, "--reveal", "--jq", ".otpauth_uri"}}
	uri, err := enroll.command(ctx).Output()
	if err != nil {
		return nil, err
	}
	p, err := authapp.Scan(strings.TrimSpace(string(uri)))
	if err != nil {
		return nil, err
	}
	confirm := program{bin: mfactl, env: own, args: []string{"2fa", "confirm", "--code-stdin", "--save", filepath.Join(dir, fmt.Sprint("codes-", i))}}.command(ctx)
	confirm.Stdin = strings.NewReader(p.At(0))
	if out, err := confirm.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mfactl 2fa confirm: %w\n%s", err, out)
	}
	return p, nil
}

// savedToken is the token of the administrator's saved session.
func savedToken(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "STATE", "mfactl", "sessions", "*.json"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("%d saved sessions: %w", len(files), err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		return "", err
	}
	var s struct{ Token string }
	return s.Token, json.Unmarshal(b, &s)
}
