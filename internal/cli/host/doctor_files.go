package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
)

// permissions finds files that others may read, directories that others may
// write, and files of another owner than the store's.
func (p *patient) permissions() (out []finding) {
	owner := -1
	if info, err := os.Stat(p.place.Store); err == nil {
		if uid, known := app.OwnerOf(info); known {
			owner = uid
		}
	}
	kept, _ := store.Kept(p.place.Store) // another check says so
	files := append(store.Files(p.place.Store), kept...)
	if !p.place.Handed { // that directory is the service manager's
		files = append(files, p.place.Key)
	}
	for _, path := range files {
		if info, ok := p.stat(path, &out); ok {
			out = append(out, filePermissions(path, info)...)
			out = append(out, ownership(path, info, owner)...)
		}
	}
	return append(append(out, p.closed(files)...), p.ownFiles()...)
}

// kept finds copies of the store that migrations have left.
func (p *patient) kept() (out []finding) {
	files, err := store.Kept(p.place.Store)
	for _, path := range files {
		out = append(out, finding{statusWarning, path + " was left by a migration, with the secrets of that time", "once you need not go back: rm " + mfa.ShellWord(path)})
	}
	return append(out, failed(err)...)
}

// ownFiles finds the user's own files that are open to others.
func (p *patient) ownFiles() (out []finding) {
	session, _ := p.SessionFile() // without one there is nothing to look at
	files := []string{session}
	if app.Exists(p.ContextsFile()) {
		files = append(files, p.ContextsFile())
	}
	for _, path := range files {
		if info, ok := p.stat(path, &out); ok {
			out = append(out, filePermissions(path, info)...)
		}
	}
	return append(out, p.closed(files)...)
}

// closed finds directories of files into which others could put one.
func (p *patient) closed(files []string) (out []finding) {
	for _, dir := range directories(files) {
		if info, ok := p.stat(dir, &out); ok {
			out = append(out, p.dirPermissions(dir, info)...)
		}
	}
	return out
}

// stat looks at a path that may not be there; what may not be looked at is
// itself a finding.
func (p *patient) stat(path string, out *[]finding) (fs.FileInfo, bool) {
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		*out = append(*out, finding{statusProblem, fmt.Sprintf("%s cannot be looked at: %s", path, app.Reason(err)), "run as the user whom the store belongs to"})
	}
	return info, err == nil
}

// directories lists the directories of files, each once.
func directories(files []string) []string {
	var dirs []string
	for _, path := range files {
		if dir := filepath.Dir(path); path != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func filePermissions(path string, info fs.FileInfo) []finding {
	mode := info.Mode().Perm()
	what := fmt.Sprintf("%s is open to others (mode %04o)", path, mode)
	return findingOf(os.PathSeparator == '/' && mode&0o077 != 0, statusProblem, what, "chmod 600 "+mfa.ShellWord(path))
}

func ownership(path string, info fs.FileInfo, owner int) []finding {
	uid, known := app.OwnerOf(info)
	what := fmt.Sprintf("%s belongs to user %d, and the store to user %d", path, uid, owner)
	return findingOf(known && owner >= 0 && uid != owner, statusProblem, what, fmt.Sprintf("chown %d %s", owner, mfa.ShellWord(path)))
}

// dirPermissions wants a directory of ours closed, and of any other that nobody
// else can put files into it; what is sticky keeps files from being replaced.
func (p *patient) dirPermissions(dir string, info fs.FileInfo) []finding {
	mode, remedy := info.Mode(), "chmod 700 "+mfa.ShellWord(dir)
	open := os.PathSeparator == '/' && mode.Perm()&0o077 != 0
	if open && mode.Perm()&0o022 != 0 && mode&fs.ModeSticky == 0 {
		return findingOf(true, statusProblem, fmt.Sprintf("others may replace files in %s (mode %04o)", dir, mode.Perm()), remedy)
	}
	return findingOf(open && p.ours(dir), statusWarning, fmt.Sprintf("%s is open to others (mode %04o)", dir, mode.Perm()), remedy)
}

// ours reports whether a directory is one that mfactl makes for itself.
func (p *patient) ours(dir string) bool {
	d := p.Dirs()
	return slices.ContainsFunc([]string{d.Config, d.Data, d.State}, func(own string) bool {
		return dir == own || strings.HasPrefix(dir, own+string(filepath.Separator))
	})
}
