// Package config reads the settings: flags over MFACTL_* over the file over
// defaults. It is the only package that knows viper, reads nothing before Load
// is called, and never writes.
package config

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/spf13/viper"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Config is every setting. A setting is one field.
type Config struct {
	Context       string `mapstructure:"context"`        // name of the place to work
	Server        string `mapstructure:"server"`         // or its server
	CAFile        string `mapstructure:"ca_file"`        // who may vouch for the server
	Store         string `mapstructure:"store"`          // or path of its store
	KeyFile       string `mapstructure:"key_file"`       // key file of a local store
	Output        string `mapstructure:"output"`         // default of -o
	NoInput       bool   `mapstructure:"no_input"`       // never ask
	DefaultDomain string `mapstructure:"default_domain"` // of a USER without @
	QR            string `mapstructure:"qr"`             // default of --qr
}

// Dirs are where files live: XDG directories, or for root those of the system.
type Dirs struct {
	Config string // settings and the default store's key
	Data   string // the default store
	State  string // saved sessions
}

// Host is where the server and the store of a host are.
type Host struct {
	Socket string // of mfactl serve, for the people of the host
	Data   string // directory of the store
	Config string // directory of its key
}

// SystemHost is where they are by convention (Filesystem Hierarchy Standard).
func SystemHost() Host {
	return Host{Socket: "/run/mfactl/mfactl.sock", Data: "/var/lib/mfactl", Config: "/etc/mfactl"}
}

// FindDirs returns the directories for an environment. It touches none of them.
func FindDirs(env func(string) string, root bool) Dirs {
	state := filepath.Join(xdg(env, "XDG_STATE_HOME", ".local/state"), "mfactl")
	if root && env("XDG_CONFIG_HOME") == "" && env("XDG_DATA_HOME") == "" {
		host := SystemHost()
		return Dirs{Config: host.Config, Data: host.Data, State: state}
	}
	return Dirs{
		Config: filepath.Join(xdg(env, "XDG_CONFIG_HOME", ".config"), "mfactl"),
		Data:   filepath.Join(xdg(env, "XDG_DATA_HOME", ".local/share"), "mfactl"),
		State:  state,
	}
}

// xdg returns a base directory; a relative one is to be ignored, says the
// XDG Base Directory Specification.
func xdg(env func(string) string, name, fallback string) string {
	if dir := env(name); filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(Home(env), filepath.FromSlash(fallback))
}

// Home is the user's own directory, from the user database where the
// environment says nothing.
func Home(env func(string) string) string {
	if dir := env("HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if u, err := user.Current(); err == nil && filepath.IsAbs(u.HomeDir) {
		return u.HomeDir
	}
	return string(filepath.Separator)
}

// Load reads the file, if there is one, and the environment: MFACTL_ and the
// setting's name. A file that was named must exist. Usage, naming the file and the setting, for what cannot be
// read; Forbidden where others may write it.
func Load(path string, named bool, env func(string) string) (Config, error) {
	var c Config
	v := viper.New()
	for setting := range reflect.TypeFor[Config]().Fields() {
		name := setting.Tag.Get("mapstructure")
		if value := env("MFACTL_" + strings.ToUpper(name)); value != "" {
			v.Set(name, value)
		}
	}
	v.SetConfigFile(path)
	v.SetConfigType("yaml")
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
	case err != nil:
		return c, mfa.UsageError("config", "cannot read %s", path).WithCause(err)
	case info.Mode().Perm()&0o022 != 0 && os.PathSeparator == '/':
		return c, writable("the settings", path, info)
	default:
		if err := v.ReadInConfig(); err != nil {
			return c, mfa.UsageError("config", "%s is not valid YAML", path).WithCause(err)
		}
	}
	if err := v.UnmarshalExact(&c); err != nil {
		return c, mfa.UsageError("config", "%s: %s", path, wrongSetting(err)).WithHint("mfactl help environment").WithCause(err)
	}
	return c, nil
}

// wrongSetting names the settings that a decoder's error is about.
func wrongSetting(err error) string {
	text := err.Error()
	if m := regexp.MustCompile(`invalid keys: (.*)`).FindStringSubmatch(text); m != nil {
		return "unknown setting " + m[1]
	}
	if m := regexp.MustCompile(`'([A-Za-z]+)'`).FindStringSubmatch(text); m != nil {
		return "wrong value for " + strings.ToLower(m[1])
	}
	return "a wrong value"
}
