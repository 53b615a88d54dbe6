package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Context is a named place to work: a server, or a store. Its session is kept
// elsewhere.
type Context struct {
	Name    string `yaml:"name" json:"name"`
	Server  string `yaml:"server,omitempty" json:"server,omitempty"`     // https://…, or unix:PATH
	CAFile  string `yaml:"ca_file,omitempty" json:"ca_file,omitempty"`   // who may vouch for the server
	Store   string `yaml:"store,omitempty" json:"store,omitempty"`       // path
	KeyFile string `yaml:"key_file,omitempty" json:"key_file,omitempty"` // of the store; where it is by default if empty
}

// Contexts is the file of contexts. It is a list, since a map of viper's would
// change the names, and a file of its own, since we write it and people write the
// settings.
type Contexts struct {
	Current string    `yaml:"current,omitempty"`
	List    []Context `yaml:"contexts"`
}

// LoadContexts reads the file; one that is not there is empty. Usage for one that is
// none of ours, Forbidden where others may write it.
func LoadContexts(path string) (c Contexts, _ error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil && info.Mode().Perm()&0o022 != 0 && os.PathSeparator == '/' {
		return c, writable("the contexts", path, info)
	}
	b, err := os.ReadFile(path) //nolint:gosec // G304: in the user's own directory
	if err != nil {
		return c, mfa.UsageError("contexts", "cannot read %s", path).WithCause(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, mfa.UsageError("contexts", "%s is not a file of contexts", path).WithHint("mend it, or remove it").WithCause(err)
	}
	return c, c.check(path)
}

// check refuses what people may have written by mistake, and what could lead to the wrong
// place.
func (c Contexts) check(path string) error {
	for i, one := range c.List {
		switch {
		case one.Name == "" || (one.Server == "") == (one.Store == ""):
			return mfa.UsageError("contexts", "%s: context %d needs a name, and a server or a store, one of them", path, i+1).WithHint("mend the file")
		case c.index(one.Name) != i:
			return mfa.UsageError("contexts", "%s: there are two contexts of the name %s", path, one.Name).WithHint("mend the file")
		}
	}
	return nil
}

// Text is the file as it is written.
func (c Contexts) Text() ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(c), e.Close()); err != nil {
		return nil, mfa.Fault(err)
	}
	return b.Bytes(), nil
}

// Find returns the context of a name. NotFound if it does not exist.
func (c Contexts) Find(name string) (Context, error) {
	i := c.index(name)
	if i < 0 {
		return Context{}, mfa.Errorf(mfa.NotFound, "no context %s", name).WithHint("mfactl context list")
	}
	return c.List[i], nil
}

// Add adds a context, after the others.
func (c *Contexts) Add(one Context) { c.List = append(c.List, one) }

// Remove takes a context away; it may have been the current one.
func (c *Contexts) Remove(name string) {
	c.List = slices.Delete(c.List, c.index(name), c.index(name)+1)
	if c.Current == name {
		c.Current = ""
	}
}

func (c *Contexts) index(name string) int {
	return slices.IndexFunc(c.List, func(one Context) bool { return one.Name == name })
}

// writable is the error of a file that others may write.
func writable(what, path string, info fs.FileInfo) error {
	return mfa.Errorf(mfa.Forbidden, "others may write %s: %s has mode %04o", what, path, info.Mode().Perm()).
		WithHint("chmod 600 %s", mfa.ShellWord(path))
}
