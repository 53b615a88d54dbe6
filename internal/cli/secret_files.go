package cli

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// secretFiles is where the secrets of many users go: one file of JSON lines, a file for each
// user, or the output. All files are created before anything changes.
type secretFiles struct {
	output *secretOutput
	dir    string
	files  map[string]*term.SecretFile
	wrote  bool
}

// check returns a usage error if no flag says where the secrets go. The screen is not an
// answer, because nobody reads forty codes off it.
func (s *secretFiles) check(a *App) error {
	switch {
	case s.output.save != "" && s.dir != "":
		return mfa.UsageError("--save-dir", "given together with --save")
	case s.output.flag != "":
		return a.plan(&secretOutput{flag: s.output.flag, also: s.output.save != "" || s.dir != ""})
	case s.output.save == "" && s.dir == "":
		return mfa.UsageError("--save", "the answers hold secrets, and nothing says where they may go").
			WithHint("add --save FILE, --save-dir DIR, or --reveal to have them in the output")
	}
	return nil
}

// make makes the files for the users who get a secret.
func (s *secretFiles) make(a *App, users []string) error {
	if s.output.save != "" {
		return a.plan(s.output)
	}
	if s.dir == "" {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return mfa.UsageError("--save-dir", "cannot be made: %s", why(err)).WithCause(err)
	}
	s.files = map[string]*term.SecretFile{}
	for _, user := range users {
		path := filepath.Join(s.dir, url.PathEscape(user)+".txt")
		f, err := term.SaveFile(path)
		if err != nil {
			s.undo()
			return mfa.UsageError("--save-dir", "%s", notSaved(path, err)).WithCause(err)
		}
		s.files[user] = f
	}
	return nil
}

// put saves what was made for one user, and has it on the disk before it
// returns.
func (s *secretFiles) put(user string, one secret, v view) error {
	if f := s.files[user]; f != nil {
		delete(s.files, user)
		return fill(f, one.text())
	}
	if s.output.file == nil {
		return nil
	}
	v.secret = true
	text, err := v.jsonLines()
	if err == nil {
		_, err = s.output.file.Write([]byte(text))
	}
	if err == nil {
		err = s.output.file.Flush()
	}
	s.wrote = true
	return err
}

// close ends the saving: what no secret came for is removed.
func (s *secretFiles) close() error {
	if !s.wrote {
		s.undo()
	}
	err := s.drop()
	if s.output.file != nil {
		err = errors.Join(err, s.output.file.Close())
	}
	return err
}

// undo removes every file made.
func (s *secretFiles) undo() {
	s.output.drop(mfa.Conflict)
	_ = s.drop() // nothing is in them
}

func (s *secretFiles) drop() (err error) {
	for _, f := range s.files {
		err = errors.Join(err, f.Discard())
	}
	s.files = nil
	return err
}
