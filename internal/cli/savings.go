package cli

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// savings is where the secrets of many users go: one file of JSON lines, a file
// for each, or the output. All places are made before anything changes.
type savings struct {
	reveal *reveal
	dir    string
	files  map[string]*term.SecretFile
	wrote  bool
}

// planned makes sure that a way was named at all. The screen is none: nobody
// reads forty codes off it.
func (s *savings) planned(a *App) error {
	switch {
	case s.reveal.save != "" && s.dir != "":
		return mfa.Bad("--save-dir", "given together with --save")
	case s.reveal.flag != "":
		return a.plan(&reveal{flag: s.reveal.flag, also: s.reveal.save != "" || s.dir != ""})
	case s.reveal.save == "" && s.dir == "":
		return mfa.Bad("--save", "the answers hold secrets, and nothing says where they may go").
			WithHint("add --save FILE, --save-dir DIR, or --reveal to have them in the output")
	}
	return nil
}

// make makes the files for the users who get a secret.
func (s *savings) make(a *App, users []string) error {
	if s.reveal.save != "" {
		return a.plan(s.reveal)
	}
	if s.dir == "" {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return mfa.Bad("--save-dir", "cannot be made: %s", why(err)).WithCause(err)
	}
	s.files = map[string]*term.SecretFile{}
	for _, user := range users {
		path := filepath.Join(s.dir, url.PathEscape(user)+".txt")
		f, err := term.SaveFile(path)
		if err != nil {
			s.undo()
			return mfa.Bad("--save-dir", "%s", notSaved(path, err)).WithCause(err)
		}
		s.files[user] = f
	}
	return nil
}

// put saves what was made for one user, and has it on the disk before it
// returns.
func (s *savings) put(user string, one secret, v view) error {
	if f := s.files[user]; f != nil {
		delete(s.files, user)
		return fill(f, one.text())
	}
	if s.reveal.file == nil {
		return nil
	}
	v.secret = true
	text, err := v.jsonLines()
	if err == nil {
		_, err = s.reveal.file.Write([]byte(text))
	}
	if err == nil {
		err = s.reveal.file.Flush()
	}
	s.wrote = true
	return err
}

// close ends the saving: what no secret came for is removed.
func (s *savings) close() error {
	if !s.wrote {
		s.undo()
	}
	err := s.drop()
	if s.reveal.file != nil {
		err = errors.Join(err, s.reveal.file.Close())
	}
	return err
}

// undo removes every file made.
func (s *savings) undo() {
	s.reveal.drop(mfa.Conflict)
	_ = s.drop() // nothing is in them
}

func (s *savings) drop() (err error) {
	for _, f := range s.files {
		err = errors.Join(err, f.Discard())
	}
	s.files = nil
	return err
}
