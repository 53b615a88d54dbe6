package app

import (
	"errors"
	"net/url"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// secretFiles is where the secrets of many users go: one file of JSON lines, a file for each
// user, or the output. All files are created before anything changes.
type secretFiles struct {
	output *SecretOutput
	dir    string
	files  map[string]*term.SecretFile
	wrote  bool
}

// check returns a usage error if no flag says where the secrets go. The screen is not an
// answer, because nobody reads forty codes off it.
func (s *secretFiles) check(a *App) error {
	switch {
	case s.output.Save != "" && s.dir != "":
		return mfa.UsageError("--save-dir", "given together with --save")
	case s.output.flag != "":
		return a.PlanSecret(&SecretOutput{flag: s.output.flag, Elsewhere: s.output.Save != "" || s.dir != ""})
	case s.output.Save == "" && s.dir == "":
		return mfa.UsageError("--save", "the answers hold secrets, and nothing says where they may go").
			WithHint("add --save FILE, --save-dir DIR, or --reveal to have them in the output")
	}
	return nil
}

// make makes the files for the users who get a secret.
func (s *secretFiles) make(a *App, users []string) error {
	if s.output.Save != "" {
		return a.PlanSecret(s.output)
	}
	if s.dir == "" {
		return nil
	}
	if err := MakeDirs(s.dir); err != nil {
		return mfa.UsageError("--save-dir", "cannot be made: %s", Reason(err)).WithCause(err)
	}
	s.files = map[string]*term.SecretFile{}
	for _, user := range users {
		f, err := NewSecretFile(a, "--save-dir", filepath.Join(s.dir, url.PathEscape(user)+".txt"))
		if err != nil {
			s.undo()
			return err
		}
		s.files[user] = f
	}
	return nil
}

// put saves what was made for one user, and has it on the disk before it
// returns.
func (s *secretFiles) put(user string, one Secret, v View) error {
	if f := s.files[user]; f != nil {
		delete(s.files, user)
		return WriteSecretFile(f, one.text())
	}
	if s.output.File == nil {
		return nil
	}
	v.Secret = true
	text, err := v.jsonLines()
	if err == nil {
		_, err = s.output.File.Write([]byte(text))
	}
	if err == nil {
		err = s.output.File.Flush()
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
	if s.output.File != nil {
		err = errors.Join(err, s.output.File.Close())
	}
	return err
}

// undo removes every file made.
func (s *secretFiles) undo() {
	s.output.Drop(mfa.Conflict)
	_ = s.drop() // nothing is in them
}

func (s *secretFiles) drop() (err error) {
	for _, f := range s.files {
		err = errors.Join(err, f.Discard())
	}
	s.files = nil
	return err
}
