package cli_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/config"
)

// remoteSocket is where the server of a store listens in scripts that run remotely;
// empty in those that run on the store itself.
func remoteSocket(env func(string) string) string {
	dir, path := env("TEST_REMOTE"), env("MFACTL_STORE")
	if dir == "" || path == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(dir, hex.EncodeToString(sum[:4]))
}

// worksOnStore reports whether a command is for the store itself also where the rest
// of a script works against a server.
func worksOnStore(args []string) bool {
	first := ""
	if len(args) > 0 {
		first = args[0]
	}
	return slices.Contains([]string{"init", "store", "doctor", "serve"}, first) || slices.Contains(args, "--break-glass")
}

// remotely runs a command against the server of its store, which the first one
// starts. The session of init is taken along: it is one of the same store.
func remotely(a *program, socket string, args []string) int {
	env := a.Env
	if worksOnStore(args) {
		status := process(a, args)
		if status == 0 && args[0] == "init" {
			adopt(env, socket)
		}
		return status
	}
	if err := startServer(env, socket); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "no server:", err)
	}
	a.Env = func(name string) string {
		switch name {
		case "MFACTL_STORE":
			return ""
		case "MFACTL_SERVER":
			return "unix:" + socket
		}
		return env(name)
	}
	status := process(a, args)
	if status == 0 && !worksAnywhere(args) {
		note(socket + ".calls")
	}
	return status
}

// worksAnywhere reports whether a command asks no store and no server, or may end well
// without.
func worksAnywhere(args []string) bool {
	for _, arg := range args {
		if slices.Contains([]string{"-h", "--help", "--store", "--server", "--context"}, arg) {
			return true // or at another place
		}
	}
	return len(args) == 0 || slices.Contains([]string{"completion", "context", "demo", "help", "logout", "version"}, args[0])
}

// note adds a line to a file.
func note(path string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(f)
	}
	if err != nil || f.Close() != nil {
		panic(err)
	}
}

// wereServed fails unless the servers of every script had a request for each command
// that did something there.
func wereServed(t *testing.T, servers string) {
	t.Helper()
	scripts, err := os.ReadDir(servers)
	if err != nil || len(scripts) == 0 {
		t.Fatal("no servers", err)
	}
	all := 0
	for _, s := range scripts {
		calls, requests := 0, 0
		for suffix, count := range map[string]func(string){
			"calls": func(text string) { calls += strings.Count(text, "\n") },
			"log":   func(text string) { requests += strings.Count(text, `"msg":"request"`) },
		} {
			files, _ := filepath.Glob(filepath.Join(servers, s.Name(), "*."+suffix))
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				count(string(b))
			}
		}
		t.Logf("%s: %d requests of %d commands", s.Name(), requests, calls)
		if requests < calls {
			t.Errorf("%s: %d commands ended well, and the server had %d requests", s.Name(), calls, requests)
		}
		all += calls
	}
	if all < 100 {
		t.Errorf("only %d commands worked at a server", all)
	}
}

// adopt saves the session of a store, and the device marker that came with it, as those of its
// server.
func adopt(env func(string) string, socket string) {
	place := "unix:" + socket
	session := sessionFile(env, env("MFACTL_STORE"))
	moved := func(from string, to func(map[string]any) string) {
		var s map[string]any
		b, err := os.ReadFile(from)
		if err == nil {
			err = json.Unmarshal(b, &s)
		}
		if err != nil {
			panic(fmt.Sprint("what init leaves cannot be read: ", err))
		}
		s["place"] = place
		if b, err = json.Marshal(s); err == nil {
			err = os.WriteFile(to(s), b, 0o600)
		}
		if err != nil {
			panic(err)
		}
	}
	moved(session, func(map[string]any) string { return sessionFile(env, place) })
	markers, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(session)), "markers", "*.json"))
	if err != nil || len(markers) != 1 {
		panic(fmt.Sprint("init left ", len(markers), " device markers: ", err))
	}
	moved(markers[0], func(m map[string]any) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "%v\n%v\n%v", m["uid"], m["user"], place))
		return filepath.Join(filepath.Dir(markers[0]), hex.EncodeToString(sum[:8])+".json")
	})
}

// sessionFile is where the session of a place is saved: a path, a URL, or "context NAME".
func sessionFile(env func(string) string, place string) string {
	sum := sha256.Sum256([]byte(place))
	return filepath.Join(config.FindDirs(env, os.Geteuid() == 0).State, "sessions", hex.EncodeToString(sum[:8])+".json")
}

// startServer starts mfactl serve and waits for the word that systemd waits for. It
// outlives this process; who began the script ends it.
func startServer(env func(string) string, socket string) error {
	if c, err := (&net.Dialer{}).DialContext(context.Background(), "unix", socket); err == nil {
		return c.Close()
	}
	if !there(env("MFACTL_STORE")) {
		return nil // the client finds nobody
	}
	ready, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket + ".n", Net: "unixgram"})
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(socket + ".n") }()
	defer func() { _ = ready.Close() }()
	log, err := os.OpenFile(socket+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	c := exec.CommandContext(context.Background(), "mfactl", "serve", "--listen", "unix:"+socket)
	c.Env = append(os.Environ(), "TEST_REMOTE=", "TEST_TRANSCRIPT=", "NOTIFY_SOCKET="+socket+".n")
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return err
	}
	if err := os.WriteFile(socket+".pid", []byte(strconv.Itoa(c.Process.Pid)), 0o600); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait(); _ = ready.Close() }()
	word := make([]byte, 64)
	n, err := ready.Read(word)
	if err != nil {
		return fmt.Errorf("it ended: %w", <-ended)
	}
	if string(word[:n]) != "READY=1" {
		return fmt.Errorf("it said %q", word[:n])
	}
	return nil
}

// stopServers ends the servers of a script.
func stopServers(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.pid"))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(string(b))
		if p, err := os.FindProcess(pid); err == nil && pid > 1 {
			_ = p.Kill()
		}
	}
}

// transcribed has everything a command writes also written to a file.
func transcribed(a *program, path string, args []string) (end func(status int)) {
	var out, err bytes.Buffer
	a.Out, a.Err = &tee{a.Out, &out}, &tee{a.Err, &err}
	return func(status int) {
		f, e := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if e != nil {
			panic(e)
		}
		_, e = fmt.Fprintf(f, "$ mfactl %s\n%s-- stderr\n%s-- exit %d\n", strings.Join(args, " "), out.String(), err.String(), status)
		if e != nil || f.Close() != nil {
			panic(e)
		}
	}
}

// tee writes to a file and keeps a copy.
type tee struct {
	file interface{ Write([]byte) (int, error) }
	copy *bytes.Buffer
}

func (t *tee) Write(p []byte) (int, error) {
	t.copy.Write(p)
	return t.file.Write(p)
}

// Fd lets the terminal be found behind it.
func (t *tee) Fd() uintptr {
	if f, is := t.file.(*os.File); is {
		return f.Fd()
	}
	return ^uintptr(0)
}

// seeded gives the same bytes in the same order to whoever draws for a store, be it
// the command itself or its server.
type seeded struct{ path string }

func (s seeded) Read(p []byte) (int, error) {
	b, _ := os.ReadFile(s.path)
	n, _ := strconv.Atoi(string(b))
	sum := sha256.Sum256([]byte("draw " + strconv.Itoa(n)))
	if err := os.WriteFile(s.path, []byte(strconv.Itoa(n+1)), 0o600); err != nil {
		return 0, err
	}
	return copy(p, sum[:]), nil
}

// varying is what differs from run to run, or tells where a call came from: names of
// requests, hashes of keys that a command draws, and the connection.
var varying = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`(?s)"from": \{.*?\}`), `"from": {}`},
	{regexp.MustCompile(`"from":\{.*?\}`), `"from":{}`},
	{regexp.MustCompile(`(?m)^( *)from:\n(?:^ {4,}\S.*\n)+`), "${1}from:\n"},
	{regexp.MustCompile(`("?key_hash"?: ?"?)[0-9a-f]{64}`), "${1}HASH"},
	{regexp.MustCompile(`\b[A-Z2-7]{26}\b`), "DRAWN"},
	{regexp.MustCompile(`age1[0-9a-z]{58}`), "AGE"},
	{regexp.MustCompile(`(?s)-----BEGIN AGE.*?END AGE ENCRYPTED FILE-----`), "ARMOR"},
}

// plain is a transcript without what may vary.
func plain(text, work string) string {
	text = strings.ReplaceAll(text, work, "$WORK")
	host, _ := os.Hostname()
	me := "somebody"
	if u, err := user.Current(); err == nil {
		me = u.Username
	}
	for _, where := range []string{
		`([^\s,]+ as )?` + regexp.QuoteMeta(me) + `( \(login uid unknown\))?@` + regexp.QuoteMeta(host),
		`uid ` + strconv.Itoa(os.Getuid()) + `(?P<token> token \S+ of [^\s,]+)?( claimed: os_user=[^,\n]*)?`,
	} {
		text = regexp.MustCompile(where).ReplaceAllString(text, "WHERE${token}")
	}
	for _, v := range varying {
		text = v.what.ReplaceAllString(text, v.by)
	}
	return text
}

// sameTranscripts fails unless every script wrote the same, byte for byte, on the
// store itself and against a server.
func sameTranscripts(t *testing.T, local, remote string) {
	t.Helper()
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts")
	}
	for _, path := range scripts {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		near, err1 := os.ReadFile(filepath.Join(local, name))
		far, err2 := os.ReadFile(filepath.Join(remote, name))
		if err1 != nil || err2 != nil || len(near) == 0 {
			t.Errorf("%s has no transcript: %v %v", name, err1, err2)
			continue
		}
		if a, b, line := firstDifference(string(near), string(far)); line > 0 {
			t.Errorf("%s differs in line %d:\nlocal:  %s\nremote: %s", name, line, a, b)
		}
	}
}

func firstDifference(a, b string) (inA, inB string, line int) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		if i >= len(x) || i >= len(y) || x[i] != y[i] {
			return strings.Join(x[min(i, len(x)):min(i+3, len(x))], "\n"), strings.Join(y[min(i, len(y)):min(i+3, len(y))], "\n"), i + 1
		}
	}
	return "", "", 0
}
