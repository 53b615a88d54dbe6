package cli_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/mfa"
)

// host is a machine on which people have accounts of their own. It needs root, which
// alone can be somebody else.
type host struct {
	t   *testing.T
	dir string
	bin string
	now time.Time
}

// person is an account of a host: no two of them may read each other's files.
type person struct {
	h      *host
	uid    uint32
	groups []uint32
	home   string
	env    []string
	phone  *authapp.App
}

const socketGroup = "daemon" // gid 1 on every Linux

func newHost(t *testing.T) *host {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can act as several users of a host")
	}
	dir, err := os.MkdirTemp("", "mfactl-host-") //nolint:usetesting // others must get in, and t.TempDir is closed to them
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	h := &host{t: t, dir: dir, now: time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC)}
	h.bin = filepath.Join(h.dir, "mfactl")
	self, err := exec.LookPath("mfactl")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	h.put("mfactl", b, 0o755)
	h.put(".clock", []byte(h.now.Format(time.RFC3339)), 0o644)
	if err := os.Chmod(h.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *host) put(name string, b []byte, mode os.FileMode) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, b, mode); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h *host) advance(d time.Duration) {
	h.now = h.now.Add(d)
	h.put(".clock", []byte(h.now.Format(time.RFC3339)), 0o644)
}

// person makes an account with a home nobody else may enter.
func (h *host) person(uid uint32, groups ...uint32) *person {
	h.t.Helper()
	p := &person{h: h, uid: uid, groups: groups}
	var err error
	if p.home, err = os.MkdirTemp(h.dir, "home-"); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Chown(p.home, int(uid), int(uid)); err != nil {
		h.t.Fatal(err)
	}
	p.put("P", adminPassword)
	p.put("PU", userPassword)
	return p
}

func (p *person) path(name string) string { return filepath.Join(p.home, name) }

// put writes a file of the person's own.
func (p *person) put(name, text string) {
	p.h.t.Helper()
	err := os.WriteFile(p.path(name), []byte(text), 0o600)
	if err == nil {
		err = os.Chown(p.path(name), int(p.uid), int(p.uid))
	}
	if err != nil {
		p.h.t.Fatal(err)
	}
}

// cmd is mfactl as this person runs it.
func (p *person) cmd(args ...string) *exec.Cmd {
	c := exec.CommandContext(p.h.t.Context(), p.h.bin, args...)
	c.Dir = p.home
	c.Env = append([]string{"HOME=" + p.home, "TERM=dumb", "TZ=UTC", "CI=true", "TEST_CLOCK=" + filepath.Join(p.h.dir, ".clock")}, p.env...)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.uid, Gid: p.uid, Groups: p.groups}}
	return c
}

func (p *person) run(stdin string, args ...string) (stdout, stderr string, status int) {
	p.h.t.Helper()
	c := p.cmd(args...)
	var out, err bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &err
	if e := c.Run(); e != nil && c.ProcessState == nil {
		p.h.t.Fatal(e)
	}
	return out.String(), err.String(), c.ProcessState.ExitCode()
}

func (p *person) must(stdin string, args ...string) string {
	p.h.t.Helper()
	out, err, status := p.run(stdin, args...)
	if status != 0 {
		p.h.t.Fatalf("uid %d: mfactl %s: exit %d: %s", p.uid, strings.Join(args, " "), status, err)
	}
	return out
}

// enable turns 2FA on, as a script does.
func (p *person) enable(password string) {
	p.h.t.Helper()
	uri := p.must("", "2fa", "enable", "--pending", "--label", "phone", "--password-file", password, "--reveal", "--jq", ".otpauth_uri")
	var err error
	if p.phone, err = authapp.Scan(strings.TrimSpace(uri)); err != nil {
		p.h.t.Fatal(err)
	}
	p.must(p.phone.Code(p.h.now), "2fa", "confirm", "--code-stdin", "--save", "codes")
	p.h.advance(30 * time.Second)
}

// serve starts a server and returns where it listens, in the order it says so.
func (p *person) serve(places int, args ...string) (at []string) {
	p.h.t.Helper()
	c := p.cmd(append([]string{"serve"}, args...)...)
	log, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		p.h.t.Fatal(err)
	}
	p.h.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	lines := bufio.NewScanner(log)
	for len(at) < places {
		if !lines.Scan() {
			p.h.t.Fatalf("the server ended: %v", c.Wait())
		}
		var said struct{ Msg, Listen string }
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			p.h.t.Fatalf("%v: %s", err, lines.Text())
		}
		if said.Msg == "serving" {
			at = append(at, said.Listen)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	return at
}

// certify makes a private CA and a certificate for this machine: ca.pem for everybody,
// tls.crt and tls.key for the person.
func (p *person) certify() (ca string) {
	p.h.t.Helper()
	sign := func(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		if err != nil {
			p.h.t.Fatal(err)
		}
		return der
	}
	keys := make([]*ecdsa.PrivateKey, 2)
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			p.h.t.Fatal(err)
		}
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: root.NotBefore, NotAfter: root.NotAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	der, err := x509.MarshalPKCS8PrivateKey(keys[1])
	if err != nil {
		p.h.t.Fatal(err)
	}
	p.put("tls.crt", text("CERTIFICATE", sign(leaf, root, keys[1], keys[0])))
	p.put("tls.key", text("PRIVATE KEY", der))
	return p.h.put("ca.pem", []byte(text("CERTIFICATE", sign(root, root, keys[0], keys[0]))), 0o644)
}

// One user of a machine serves over TLS with a private CA, and another one administers
// from there, who can read neither the store nor its key.
func TestAnotherUserAdministersOverTLS(t *testing.T) {
	h := newHost(t)
	server, admin, bob := h.person(50001), h.person(50002), h.person(50003)
	ca := server.certify()
	server.must("", "--store", "store.db", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
	at := server.serve(1, "--store", "store.db", "--listen", "127.0.0.1:0", "--tls-cert", "tls.crt", "--tls-key", "tls.key")
	if _, stderr, status := admin.run("", "--server", "https://"+at[0], "login", "--email", "admin@acme.example", "--password-file", "P"); status != 11 || !strings.Contains(stderr, "--ca-file") {
		t.Errorf("without the CA: exit %d: %s", status, stderr)
	}
	for _, p := range []*person{admin, bob} {
		p.must("", "context", "create", "prod", "--server", "https://"+at[0], "--ca-file", ca, "--use")
	}
	admin.must("", "login", "--email", "admin@acme.example", "--password-file", "P")
	admin.enable("P")
	admin.must("", "admin", "users", "create", "bob@acme.example", "--new-password-file", "PU", "--password-file", "P")
	bob.must("", "login", "--email", "bob@acme.example", "--password-file", "PU")
	bob.enable("PU")
	if out := admin.must(bob.phone.Code(h.now), "verify", "bob@acme.example", "--code-stdin", "-o", "json"); !strings.Contains(out, `"ok": true`) {
		t.Errorf("verify: %s", out)
	}
	h.now = h.now.Add(mfa.HalfMax) // what the administrator did when they created the account is over
	h.put(".clock", []byte(h.now.Format(time.RFC3339)), 0o644)
	admin.must(admin.phone.Code(h.now), "login", "--email", "admin@acme.example", "--password-file", "P", "--code-stdin")
	bob.must(bob.phone.Code(h.now), "login", "--email", "bob@acme.example", "--password-file", "PU", "--code-stdin")
	code := strings.TrimSpace(admin.must("", "admin", "reset-2fa", "bob@acme.example", "--reason", "lost phone", "--password-file", "P", "--yes", "--reveal", "--jq", ".recovery_code"))
	if _, _, status := bob.run("", "whoami"); status != 4 {
		t.Errorf("bob's session is alive after the reset: exit %d", status)
	}
	if out := bob.must(code, "login", "--email", "bob@acme.example", "--password-file", "PU", "--code-stdin", "-o", "json"); !strings.Contains(out, `"level": "enroll"`) {
		t.Errorf("login: %s", out)
	}
	from := admin.must("", "admin", "audit", "list", "--action", "2fa.reset", "--jq", `.items[0].from | [.address, .uid, .claimed] | @csv`)
	if !strings.HasPrefix(from, `"127.0.0.1",,"`) {
		t.Errorf("the reset came from %s", from)
	}
	for _, file := range []string{"store.db", "store.db.key"} {
		if _, stderr, status := admin.run("", "--store", server.path(file), "whoami"); status != 5 && status != 4 {
			t.Errorf("%s can be opened: exit %d: %s", file, status, stderr)
		}
	}
}

// Three people of a host share its socket by a group: each is who they are, for the
// server and for the audit, and none can read the store, its key or another's session.
// Who is not in the group does not come in.
func TestThePeopleOfAHostShareASocketAndNothingElse(t *testing.T) {
	h := newHost(t)
	server := h.person(50001, 1)
	h.publish(server, 0o700)
	socket := filepath.Join(h.dir, "run", "mfactl.sock")
	server.must("", "--store", "store.db", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
	server.serve(1, "--store", "store.db", "--listen", "unix:"+socket, "--socket-group", socketGroup)
	names := []string{"admin", "bob", "carol"}
	var people []*person
	for i, name := range names {
		p := h.person(50011+uint32(i), 1)
		p.env = []string{"MFACTL_SERVER=unix:" + socket, "TEST_HOST=" + h.dir}
		if i > 0 {
			people[0].must("", "admin", "users", "create", name+"@acme.example", "--new-password-file", "PU", "--password-file", "P")
		}
		file := "PU"
		if i == 0 {
			file = "P"
		}
		p.must("", "login", "--email", name+"@acme.example", "--password-file", file)
		p.enable(file)
		people = append(people, p)
	}
	for i, p := range people {
		if got := p.must("", "whoami", "-o", "name"); strings.TrimSpace(got) != names[i]+"@acme.example" {
			t.Errorf("uid %d is %s", p.uid, got)
		}
		for _, path := range []string{server.path("store.db"), server.path("store.db.key"), people[(i+1)%3].home} {
			c := p.cmd()
			c.Path, c.Args = "/bin/cat", []string{"cat", path}
			if out, err := c.CombinedOutput(); err == nil {
				t.Errorf("uid %d reads %s: %d bytes", p.uid, path, len(out))
			}
		}
		stolen := *p
		stolen.env = append(stolen.env, "XDG_STATE_HOME="+filepath.Join(people[(i+1)%3].home, ".local", "state"))
		if out, _, status := stolen.run("", "whoami", "-o", "name"); status == 0 {
			t.Errorf("uid %d acts as %s", p.uid, out)
		}
	}
	out := people[0].must("", "admin", "audit", "list", "--action", "2fa.enable", "--jq", `[.items[] | .actor + " " + .from.uid] | sort | join(",")`)
	if strings.TrimSpace(out) != "admin@acme.example 50011,bob@acme.example 50012,carol@acme.example 50013" {
		t.Errorf("the audit says %s", out)
	}
	outsider := h.person(50014)
	outsider.env = people[0].env
	if _, stderr, status := outsider.run("", "login", "--email", "bob@acme.example", "--password-file", "PU"); status != 5 || !strings.Contains(stderr, "may not be opened") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}
