//go:build faults && linux && amd64

package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// server is mfactl serve over a lab's store: on a socket, in clear on this machine,
// and with health and metrics on a second socket.
type server struct {
	l   *lab
	dir string // of the sockets; their names must be short
	tcp string
	cmd *exec.Cmd
}

func (l *lab) newServer() *server {
	l.t.Helper()
	dir, err := os.MkdirTemp("", "mfactl") //nolint:usetesting // a socket's path has at most 107 bytes
	if err != nil {
		l.t.Fatal(err)
	}
	s := &server{l: l, dir: dir}
	l.t.Cleanup(func() {
		s.end(syscall.SIGKILL)
		_ = os.RemoveAll(dir)
	})
	return s
}

func (s *server) socket() string { return filepath.Join(s.dir, "s") }

// start starts the server and waits until it listens.
func (s *server) start() *server {
	t := s.l.t
	t.Helper()
	s.cmd = s.l.cmd("server", "", "serve", "--listen", "unix:"+s.socket(), "--listen", "127.0.0.1:0", "--admin-listen", "unix:"+filepath.Join(s.dir, "a"))
	s.cmd.Env = append(s.cmd.Env, "GOMAXPROCS=2")
	log, err := s.cmd.StderrPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for n := 0; n < 3; {
		if !lines.Scan() {
			t.Fatalf("the server ended: %v", s.cmd.Wait())
		}
		var said struct{ Msg, Listen string }
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		if said.Msg == "serving" {
			n++
		}
		if strings.HasPrefix(said.Listen, "127.") {
			s.tcp = said.Listen
		}
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	return s
}

// end ends the server by a signal, and returns its exit status.
func (s *server) end(by syscall.Signal) int {
	if s.cmd == nil || s.cmd.Process == nil {
		return 0
	}
	_ = s.cmd.Process.Signal(by)
	_ = s.cmd.Wait()
	status := s.cmd.ProcessState.ExitCode()
	s.cmd = nil
	return status
}

// client is a client of the server's socket.
func (s *server) client() *api.Client {
	s.l.t.Helper()
	c, err := api.NewClient(api.Server{Socket: s.socket()}, api.DialOptions{Backoff: 5 * time.Millisecond})
	if err != nil {
		s.l.t.Fatal(err)
	}
	s.l.t.Cleanup(func() { _ = c.Close() })
	return c
}

// token is the saved session of somebody of the lab.
func (s *server) token(who string) mfa.Secret {
	s.l.t.Helper()
	token, err := s.l.saved(who)
	if err != nil {
		s.l.t.Fatal(err)
	}
	return token
}

func as(t *testing.T, token mfa.Secret, key string) context.Context {
	return mfa.WithCall(t.Context(), mfa.Call{Token: token, Key: mfa.NewSecret(key)})
}

// metric reads one number from the server's metrics.
func (s *server) metric(name string) float64 {
	t := s.l.t
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(s.dir, "a"))
	}}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://unix/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	return 0 // nothing was counted yet
}

// A server is killed while eight work, started again, and killed again; they go on
// under the same keys. Nothing that was acknowledged is lost, and nothing is done
// twice.
func TestAKilledServerLosesNothingThatWasAcknowledged(t *testing.T) {
	kills := 40
	if testing.Short() {
		kills = 6
	}
	const fault = "kill -9 of a server under load"
	s := newLab(t).newServer().start()
	token, acks := s.token("admin"), make(chan string)
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for worker := range 8 {
		c := s.client()
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				name := fmt.Sprintf("w%d-%05d@acme.example", worker, n)
				for again := true; again; { // until it is known what happened
					out, err := c.CreateUser(as(t, token, "create the account "+name), mfa.CreateUserRequest{Email: name, Role: mfa.RoleMember})
					code := mfa.AsError(orNil(err)).Code
					again = err != nil && (code == mfa.Unavailable || code == mfa.Unknown)
					if err != nil && !again || err == nil && (!out.Changed || out.Code.IsZero()) {
						t.Errorf("%s: %+v %v", name, out, err)
					}
					if again {
						found.add(fault, "retried", 1)
					}
				}
				acks <- name
			}
		})
	}
	var acked []string
	take := func(n int) {
		for range n {
			acked = append(acked, <-acks)
		}
	}
	for range kills {
		take(25)
		s.end(syscall.SIGKILL)
		s.start()
		found.add(fault, "kills", 1)
	}
	stop()
	go func() { all.Wait(); close(acks) }()
	for name := range acks {
		acked = append(acked, name)
	}
	lost, twice := s.made(token, acked)
	found.add(fault, "acknowledged", len(acked))
	found.add(fault, "lost", lost)
	found.add(fault, "done twice", twice)
	if lost+twice > 0 {
		t.Errorf("of %d accounts %d are lost and %d were made twice", len(acked), lost, twice)
	}
	if a := s.l.run("admin", "", "store", "check"); a.status != 0 {
		t.Errorf("store check: exit %d: %s%s", a.status, a.out, a.talk)
	}
}

// Somebody looks into the store of a running server with another program, which believes
// that nobody uses it if the server holds no lock on it, and clears its log away. What
// the server acknowledges afterwards is there after it was killed.
func TestAnotherProgramThatLooksLosesNothing(t *testing.T) {
	const fault = "another program looks into the store"
	if _, err := exec.LookPath("sqlite3"); err != nil {
		t.Skip("sqlite3 is not installed:", err)
	}
	looks := 20
	if testing.Short() {
		looks = 3
	}
	s := newLab(t).newServer().start()
	token := s.token("admin")
	var acked []string
	create := func(name string) {
		if _, err := s.client().CreateUser(as(t, token, "create the account "+name), mfa.CreateUserRequest{Email: name, Role: mfa.RoleMember}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		acked = append(acked, name)
	}
	for n := range looks {
		create(fmt.Sprintf("before-%d@acme.example", n)) // it writes already
		s.ready()
		look := exec.CommandContext(t.Context(), "sqlite3", s.l.path("store.db"), "SELECT count(*) FROM events")
		if out, err := look.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		create(fmt.Sprintf("after-%d@acme.example", n))
		s.end(syscall.SIGKILL)
		s.start()
	}
	lost, twice := s.made(token, acked)
	found.add(fault, "looks", looks)
	found.add(fault, "lost", lost)
	if lost+twice > 0 {
		t.Errorf("of %d accounts %d are lost and %d were made twice", len(acked), lost, twice)
	}
}

// ready fails unless the server says that it can serve.
func (s *server) ready() {
	t := s.l.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.tcp+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/readyz: %s", resp.Status)
	}
}

func orNil(err error) error {
	if err == nil {
		return &mfa.Error{}
	}
	return err
}

// made counts the accounts that are not there, and those that were made more often
// than once.
func (s *server) made(token mfa.Secret, names []string) (lost, twice int) {
	t, c := s.l.t, s.client()
	times := map[string]int{}
	for before, more := int64(0), true; more; {
		page, err := c.ListEvents(as(t, token, ""), mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActUserCreate}, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range page.Items {
			times[ev.Target]++
		}
		before, more = page.Next, page.Next != 0
	}
	for _, name := range names {
		if times[name] == 0 {
			lost++
		}
		if times[name] > 1 {
			twice++
		}
	}
	return lost, twice
}

// SIGHUP, by which a service manager has settings read again, ends no server.
func TestAHangUpEndsNoServer(t *testing.T) {
	s := newLab(t).newServer().start()
	for range 50 {
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.ready()
	}
	if status := s.end(syscall.SIGTERM); status != 0 {
		t.Errorf("exit %d", status)
	}
}

// Thirty sign-ins are in flight when SIGTERM comes: each is answered, and the server
// ends well.
func TestATerminatedServerFinishesWhatItBegan(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	const fault, inFlight = "SIGTERM of a server", 30
	l := newLab(t)
	for range rounds {
		s := l.newServer().start()
		answers := make(chan error, inFlight)
		for n := range inFlight {
			c := s.client()
			go func() {
				key := "sign in 0123456789 number " + strconv.Itoa(n)
				_, err := c.Login(as(t, mfa.Secret{}, key), mfa.LoginRequest{Email: fmt.Sprintf("nobody%d@acme.example", n), Password: mfa.NewSecret("no password of anybody")})
				answers <- err
			}()
		}
		for s.metric(`mfactl_connections{state="busy"}`)+s.metric(`mfactl_requests_total{method="Login",code="rejected"}`) < inFlight {
			if t.Context().Err() != nil {
				t.Fatal("they never came")
			}
		}
		status := s.end(syscall.SIGTERM)
		for range inFlight {
			if err := <-answers; mfa.AsError(orNil(err)).Code != mfa.Rejected {
				found.add(fault, "cut off", 1)
				t.Errorf("not answered: %v", err)
			} else {
				found.add(fault, "answered", 1)
			}
		}
		if status != 0 {
			t.Errorf("exit %d", status)
		}
	}
}
