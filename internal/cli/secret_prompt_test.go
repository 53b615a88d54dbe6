//go:build linux

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// newLine moves the cursor to the beginning of a line.
var newLine = regexp.MustCompile(`\x1b\[\d+;1H`)

// drawn returns the contents of the alternate screen: everything since it was last wiped, with
// a space for each new line.
func (s *screen) drawn() string {
	text := s.text()
	return newLine.ReplaceAllString(text[strings.LastIndex(text, "\x1b[H")+1:], " ")
}

// shows fails unless the screen shows each of these now.
func (s *screen) shows(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.drawn(), text) {
			s.t.Errorf("%q is not on the screen: %q", text, s.drawn())
		}
	}
}

// files returns the names of the files in a directory.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// generating runs backup-codes generate as the administrator. It returns the screen that shows
// the codes, and the codes.
func (m *machine) generating() (s *screen, codes []string) {
	m.t.Helper()
	s = m.on("admin", "backup-codes", "generate", "--password-file", m.path("P"), "--yes")
	s.sees(secretPrompt)
	if codes = lookUpCodes(s); len(codes) != 10 {
		m.t.Fatalf("%d codes are shown: %q", len(codes), s.text())
	}
	return s, codes
}

// inDirectory makes commands run in an empty directory, which it returns.
func (m *machine) inDirectory() (dir string) {
	m.t.Helper()
	m.work = m.path("work")
	if err := os.Mkdir(m.work, 0o700); err != nil {
		m.t.Fatal(err)
	}
	return m.work
}

// A word that the prompt does not name neither writes the codes to a file nor clears the only
// screen that shows them.
func TestOtherWordsUnderASecretDoNothing(t *testing.T) {
	m := newMachine(t)
	dir := m.inDirectory()
	s, codes := m.generating()
	wrong := []string{"sa", "sav", "save codes.txt", "co", "copied", "dnoe", "don", "exit", "codes.txt", "y", ""}
	for n, word := range wrong {
		s.types(word)
		s.seesTimes(secretPrompt, n+2)
		s.shows(append(codes, "Type s, c or d, or ? for what they do.")...)
	}
	s.types("?")
	s.seesTimes(secretPrompt, len(wrong)+2)
	s.shows(append(codes, secretWords()...)...)
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("there are files: %s", got)
	}
	s.types("  DONE ")
	s.sees(leaveQuestion)
	s.shows(codes...)
	s.types("")
	s.seesTimes(secretPrompt, len(wrong)+3)
	s.shows(codes...)
	s.types("D") // it was asked once
	s.ok()
	s.cleared(codes...)
	if n := strings.Count(s.text(), leaveQuestion); n != 1 {
		t.Errorf("leaving was asked about %d times", n)
	}
}

// What was typed before the codes were shown was meant for something else: it saves nothing,
// leaves nothing and turns no page.
func TestWhatWasTypedAheadAnswersNothingUnderASecret(t *testing.T) {
	m := newMachine(t)
	m.user("bob")
	dir := m.inDirectory()
	for name, c := range map[string]struct {
		rows  uint16
		pages int
		args  []string
	}{
		"backup codes":            {24, 0, []string{"backup-codes", "generate", "--yes"}},
		"backup codes in 2 pages": {12, 1, []string{"backup-codes", "generate", "--yes"}},
		"a recovery code":         {24, 0, []string{"admin", "reset-2fa", "bob@acme.example", "--reason", "lost phone"}},
	} {
		for _, ahead := range []string{"done\n", "d\ny\n", "save\nahead.txt\n", "s\n\n", "\n\nahead.txt\n", "half a li"} {
			if name == "a recovery code" {
				c.args = append(slices.Clone(c.args)[:5], "--new-code")
			}
			s := m.onTerminal(c.rows, m.cmd("admin", c.args...))
			s.sees("Your password: ")
			s.types(adminPassword + "\n" + strings.TrimSuffix(ahead, "\n"))
			for page := range c.pages {
				s.seesTimes("Enter for more: ", page+1)
				s.types("")
			}
			s.sees(secretPrompt)
			s.types("copy")
			s.sees("\x1b]52;c;")
			for page := range c.pages {
				s.seesTimes("Enter for more: ", c.pages+page+1)
				s.types("")
			}
			s.seesTimes(secretPrompt, 2)
			s.types("d")
			s.ok()
			// The Enter that turns a page is echoed behind its prompt, unlike what was typed ahead.
			for _, not := range []string{leaveQuestion, "File name", "Type s, c or d", "Saved", "Enter for more: \x1b"} {
				if strings.Contains(s.text(), not) {
					t.Errorf("%s, %q typed ahead: it was taken for an answer: %q", name, ahead, s.text())
				}
			}
			if got := files(t, dir); len(got) != 0 {
				t.Fatalf("%s, %q typed ahead: there are files: %s", name, ahead, got)
			}
		}
	}
}

// Every secret that is shown once has the same prompt. Enter alone saves it to a new private
// file with the proposed name; a second file gets another name. Only a set of backup codes
// asks before it is left unsaved.
func TestEverySecretHasThePromptAndAFileOfItsOwn(t *testing.T) {
	m := newMachine(t)
	m.user("bob")
	for _, email := range []string{"carol@acme.example", "eve@acme.example"} {
		m.must("admin", "", "admin", "users", "create", email, "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	}
	m.must("eve", "", "login", "eve@acme.example", "--password-file", m.path("PU"))
	dir := m.inDirectory()
	code := `([0-9A-Z]{4}-){3}[0-9A-Z]{4}\n`
	for file, c := range map[string]struct {
		who  string
		args []string
		text string
	}{
		"mfactl-backup-codes":      {"admin", []string{"backup-codes", "generate", "--yes", "--password-file", m.path("P")}, `# .*\n(` + code + `){10}`},
		"mfactl-recovery-code":     {"admin", []string{"admin", "reset-2fa", "bob@acme.example", "--reason", "lost", "--new-code", "--password-file", m.path("P")}, `# .*\n` + code},
		"mfactl-set-password-code": {"admin", []string{"admin", "users", "reset-password", "carol@acme.example", "--yes", "--reason", "lost", "--password-file", m.path("P")}, `# .*\n` + code},
		"mfactl-token":             {"admin", []string{"admin", "tokens", "create", "--password-file", m.path("P"), "--allow", "users:read"}, `mfactl_\S+\n`},
		"mfactl-authenticator-key": {"eve", []string{"2fa", "enable", "--pending", "--password-file", m.path("PU")}, `# .*\n[A-Z2-7]{32}\notpauth://.*\n`},
	} {
		for n, name := range []string{file + ".txt", file + "-2.txt"} {
			s := m.on(c.who, c.args...)
			s.sees(secretPrompt)
			s.types([]string{"s", " SAVE "}[n])
			s.sees("File name [" + name + "]: ")
			s.types("")
			s.ok()
			s.sees("Saved to " + filepath.Join(dir, name))
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !regexp.MustCompile(`^`+c.text+`$`).Match(b) {
				t.Fatalf("%s holds %q (%v)", name, b, err)
			}
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", name, info.Mode(), err)
			}
			lines := strings.Split(strings.TrimSpace(string(b)), "\n")
			s.cleared(lines[len(lines)-1])
		}
		s := m.on(c.who, c.args...)
		s.sees(secretPrompt)
		s.types("d")
		if file == "mfactl-backup-codes" {
			s.sees(leaveQuestion)
			s.types("y")
		}
		s.ok()
		if asked := strings.Contains(s.text(), leaveQuestion); asked != (file == "mfactl-backup-codes") {
			t.Errorf("%s: that leaving was asked about is %v", file, asked)
		}
	}
}

// ~/ is the home directory of the user, whatever the working directory is, and the full path is
// printed.
func TestASecretIsSavedInTheHomeDirectory(t *testing.T) {
	m := newMachine(t)
	dir, home := m.inDirectory(), t.TempDir()
	m.extra = []string{"HOME=" + home}
	for name, want := range map[string]string{
		"~/codes.txt": filepath.Join(home, "codes.txt"), " ./here.txt ": filepath.Join(dir, "here.txt"),
		filepath.Join(home, "full.txt"): filepath.Join(home, "full.txt"),
	} {
		s, codes := m.generating()
		s.types("s")
		s.sees("File name [")
		s.types(name)
		s.ok()
		s.sees("Saved to " + want)
		s.cleared(codes...)
		if b, err := os.ReadFile(want); err != nil || !strings.HasSuffix(string(b), "\n"+strings.Join(codes, "\n")+"\n") {
			t.Errorf("%s holds %q (%v)", want, b, err)
		}
	}
	if got := append(files(t, dir), files(t, home)...); len(got) != 3 {
		t.Errorf("there are files: %s", got)
	}
}

// If a file cannot be created, the codes stay on the screen and the prompt follows. A file that
// already has the name is unchanged.
func TestASecretThatCannotBeSavedStaysOnTheScreen(t *testing.T) {
	m := newMachine(t)
	dir := m.inDirectory()
	old := filepath.Join(dir, "old.txt")
	if err := os.WriteFile(old, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"link": old, "dangling": filepath.Join(dir, "nowhere"), "full": "/dev/full"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t, dir)
	s, codes := m.generating()
	const exists, ownHome = "already exists and is not overwritten", "only your own home directory"
	if err := os.MkdirAll(m.path("admin"), 0o700); err != nil { // what ~admin must not mean
		t.Fatal(err)
	}
	tries := []struct{ name, says string }{
		{"old.txt", exists}, {old, exists}, {"link", exists}, {"dangling", exists}, {"full", exists}, {"/dev/full", exists},
		{".", exists}, {"~", exists}, {"missing/codes.txt", "no such file or directory"}, {"old.txt/codes.txt", "not a directory"},
		{"~admin/codes", ownHome}, {"~admin", ownHome}, {"~nobody/codes", ownHome}, {"~codes.txt", ownHome},
		{"codes\x1b[A.txt", "not a file name"}, {strings.Repeat("x", 300), "name too long"},
	}
	for n, try := range tries {
		s.types("save")
		s.seesTimes("File name [", n+1)
		s.shows(codes...)
		s.types(try.name)
		s.seesTimes(secretPrompt, n+2)
		s.shows(append(codes, try.says)...)
		if got := files(t, dir); !slices.Equal(got, before) {
			t.Fatalf("%.20q: there are files: %s", try.name, got)
		}
	}
	if b, err := os.ReadFile(old); err != nil || string(b) != "old" {
		t.Errorf("the old file holds %q (%v)", b, err)
	}
	if info, err := os.Stat(old); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the old file: %v %v", info.Mode(), err)
	}
	s.types("s")
	s.types("new.txt")
	s.ok()
	s.sees("Saved to " + filepath.Join(dir, "new.txt"))
}

// If there is no room for the whole file, no part of it is left, and the codes stay on the
// screen. A limit on the size of files simulates a full disk: the file takes 100 bytes of the
// codes and no more.
func TestASecretThatFitsNowhereStaysOnTheScreen(t *testing.T) {
	m := newMachine(t)
	dir := m.inDirectory()
	s, codes := m.generating()
	lift := s.limit(unix.RLIMIT_FSIZE, 100)
	for n := range 3 {
		s.types("s")
		s.seesTimes("File name [", n+1)
		s.types("codes.txt")
		s.seesTimes(secretPrompt, n+2)
		s.shows(append(codes, "cannot save to "+filepath.Join(dir, "codes.txt")[:20], "file too large")...)
		if got := files(t, dir); len(got) != 0 {
			t.Fatalf("a part of the file is left: %s", got)
		}
	}
	lift()
	s.types("d")
	s.sees("These codes are neither saved nor copied, and they will not be shown again. " + leaveQuestion)
	s.types("n")
	s.seesTimes(secretPrompt, 5)
	s.types("s")
	s.seesTimes("File name [", 4)
	s.types("codes.txt")
	s.ok()
	if b, err := os.ReadFile(filepath.Join(dir, "codes.txt")); err != nil || !strings.HasSuffix(string(b), strings.Join(codes, "\n")+"\n") {
		t.Errorf("saved: %q, %v", b, err)
	}
}

// limit sets a limit of the program on the screen, and returns a function that lifts it.
func (s *screen) limit(resource int, most uint64) (lift func()) {
	s.t.Helper()
	var was unix.Rlimit
	if err := unix.Prlimit(s.cmd.Process.Pid, resource, nil, &was); err != nil {
		s.t.Skip("the limits of a process cannot be set here: ", err)
	}
	set := func(l unix.Rlimit) {
		s.t.Helper()
		if err := unix.Prlimit(s.cmd.Process.Pid, resource, &l, nil); err != nil {
			s.t.Fatal(err)
		}
	}
	set(unix.Rlimit{Cur: most, Max: was.Max})
	return func() { set(was) }
}

// If the codes cannot be sent to the clipboard, the only screen that shows them stays, and
// they do not count as copied. A process that may open no more files cannot open its terminal.
func TestASecretThatCannotBeCopiedStaysOnTheScreen(t *testing.T) {
	m := newMachine(t)
	s, codes := m.generating()
	lift := s.limit(unix.RLIMIT_NOFILE, 3)
	for n := range 2 {
		s.types("c")
		s.seesTimes(secretPrompt, n+2)
		s.shows(append(codes, "cannot copy: open /dev/tty: too many open files")...)
	}
	lift()
	s.types("d")
	s.sees(leaveQuestion)
	s.types("n")
	s.seesTimes(secretPrompt, 4)
	s.types("c")
	s.seesTimes(secretPrompt, 5)
	s.shows(append(codes, "mfactl cannot confirm that")...)
	s.types("d")
	s.ok()
	s.cleared(codes...)
}

// A long text that is pasted by mistake answers no question under a secret and does not clear
// the screen.
func TestAnAnswerThatIsTooLongLeavesASecretOnTheScreen(t *testing.T) {
	m := newMachine(t)
	dir := m.inDirectory()
	s, codes := m.generating()
	long := strings.Repeat("d", 5000)
	for n, word := range []string{"", "s", "d"} {
		if word != "" {
			s.types(word)
			s.sees(map[string]string{"s": "File name [", "d": leaveQuestion}[word])
		}
		s.types(long)
		s.seesTimes(secretPrompt, n+2)
		s.shows(append(codes, "the answer is too long")...)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("there are files: %s", got)
	}
	s.types("d")
	s.ok()
}

// What was typed while the pages of a long list were shown was meant for a page, and does not
// answer the prompt under the last one.
func TestWhatWasTypedBetweenPagesAnswersNothingUnderASecret(t *testing.T) {
	m := newMachine(t)
	dir := m.inDirectory()
	for _, typed := range []string{"\nd\ny\n", "\ns\n\n", "\nsave\npage.txt\n", "\nhalf a li", strings.Repeat("x", 5000)} {
		s := m.onTerminal(12, m.cmd("admin", "backup-codes", "generate", "--yes", "--password-file", m.path("P")))
		s.sees("Enter for more: ")
		s.types(strings.TrimSuffix(typed, "\n"))
		s.sees(secretPrompt)
		s.types("copy")
		s.seesTimes("Enter for more: ", 2)
		s.types("")
		s.seesTimes(secretPrompt, 2)
		s.types("d")
		s.ok()
		for _, not := range []string{leaveQuestion, "File name", "Type s, c or d", "Saved"} {
			if strings.Contains(s.text(), not) {
				t.Errorf("%q: it was taken for an answer: %q", typed, s.text())
			}
		}
		if got := files(t, dir); len(got) != 0 {
			t.Errorf("%q: there are files: %s", typed, got)
		}
	}
}

// A set of one code is one code in every sentence.
func TestASetOfOneBackupCodeIsSpokenOfAsOne(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "policy", "set", "backup_codes=1", "--password-file", m.path("P"))
	s := m.on("admin", "backup-codes", "generate", "--password-file", m.path("P"), "--yes")
	s.sees(secretPrompt)
	s.shows("The backup code of admin@acme.example", "Store it somewhere other than your phone.")
	s.types("d")
	s.sees("This code is neither saved nor copied, and it will not be shown again. " + leaveQuestion)
	s.types("y")
	s.ok()
}

// A terminal does not report whether it copied, so the codes stay. They count as copied.
func TestACopiedSecretStaysOnTheScreen(t *testing.T) {
	m := newMachine(t)
	s, codes := m.generating()
	for n, word := range []string{"c", " Copy"} {
		s.types(word)
		s.seesTimes(secretPrompt, n+2)
		s.shows(append(codes, "mfactl cannot confirm that")...)
	}
	if n := strings.Count(s.text(), "\x1b]52;c;"); n != 2 {
		t.Errorf("sent %d times", n)
	}
	s.types("d")
	s.ok()
	s.cleared(codes...)
	if strings.Contains(s.text(), leaveQuestion) {
		t.Error("codes that were copied are asked about")
	}
}

// Ctrl-C at each question of the prompt says what is true now and writes nothing.
func TestCtrlCAtEachQuestionUnderASecret(t *testing.T) {
	m := newMachine(t)
	dir := m.inDirectory()
	for question, word := range map[string]string{secretPrompt: "", "File name [": "s", leaveQuestion: "d"} {
		s, codes := m.generating()
		if word != "" {
			s.types(word)
			s.sees(question)
		}
		if _, err := fmt.Fprint(s.f, "half.txt\x03"); err != nil {
			t.Fatal(err)
		}
		if status := s.ends(); status != 130 || !s.echoes() || !strings.Contains(s.text(), "the backup codes were replaced") {
			t.Errorf("%s: exit status %d: %q", question, status, s.text())
		}
		s.cleared(codes...)
		if got := files(t, dir); len(got) != 0 {
			t.Errorf("%s: there are files: %s", question, got)
		}
	}
}
