package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/itchyny/gojq"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/term"
)

// App is one run of the program. Clock and randomness enter here; what is
// costly is opened when it is first used.
type App struct {
	In    io.Reader
	Out   io.Writer
	Err   io.Writer
	Env   func(string) string
	Clock func() time.Time
	Rand  io.Reader   // crypto/rand if nil; a server reads it from several goroutines
	Host  config.Host // this host's if zero

	Caller Caller // for the audit trail; asked of the operating system if zero

	Context context.Context // ends the run; one that a signal ends, as soon as something acts, if nil

	Hasher *seal.Hasher // of passwords; one of the full cost if nil

	// What the run makes of this. A command reads the settings and the flags, asks on the
	// terminal, and says what it is doing and what it has done.
	Term          *term.Terminal
	Flags         globalFlags
	Config        *config.Config // nil until the settings were read
	Local         *LocalStore    // nil until the store was opened
	TypedPassword mfa.Secret     // the password that was typed in this run
	Doing         string         // for errors: "cannot …"
	Done          string         // what is true now, for output that is lost

	where   *Place
	itself  bool // what is done is done to the host's store, past its server
	remote  *api.Client
	calls   map[string]int // how often each method was called, for its idempotency key
	key     string         // the idempotency key of this run
	request string         // names this run in the audit trail
	given   bool           // a secret or a list was read from a file or standard input, perhaps for ever
	resumed bool           // a saved session was used
	ended   bool           // and the Service no longer knows it
	token   mfa.Secret     // the API token that was given
	asJSON  bool
	query   *gojq.Query // of --jq
}

// Caller is the account that runs a command and the machine it runs on, both as the
// operating system names them.
type Caller struct{ User, Host string }

// globalFlags are the flags every command has.
type globalFlags struct {
	Output  string
	jq      string
	Context string
	Server  string
	CAFile  string
	Store   string
	config  string
	Key     string
	noInput bool
	Verbose bool
	token   SecretSource // an API token, in place of the saved session
}

// AddFlags adds the flags that every command has.
func (a *App) AddFlags(f *pflag.FlagSet) {
	f.StringVarP(&a.Flags.Output, "output", "o", "", "table, json, jsonl, yaml, csv or name")
	f.StringVar(&a.Flags.jq, "jq", "", "filter the JSON output with a jq `expression`")
	f.StringVar(&a.Flags.Context, "context", "", "`name` of the place to work, see mfactl context")
	f.StringVar(&a.Flags.Server, "server", "", "or `URL` of its server: https://HOST, or unix:PATH")
	f.StringVar(&a.Flags.CAFile, "ca-file", "", "`file` with the certificates that may vouch for the server")
	f.StringVar(&a.Flags.Store, "store", "", "or `path` of its store (default: this host's, or your own)")
	f.StringVar(&a.Flags.config, "config", "", "settings `file`")
	f.StringVar(&a.Flags.Key, "idempotency-key", "", "repeat a call under the `key` of a lost answer")
	a.Flags.token.Name = "token"
	f.StringVar(&a.Flags.token.file, "token-file", "", "act by the API token in a `file`, and not by a saved session")
	f.BoolVar(&a.Flags.noInput, "no-input", false, "never ask a question")
	f.BoolVarP(&a.Flags.Verbose, "verbose", "v", false, "say more on standard error")
}

// Settings reads the configuration once.
func (a *App) Settings() (config.Config, error) {
	if a.Config != nil {
		return *a.Config, nil
	}
	named := cmp.Or(a.Flags.config, a.Env("MFACTL_CONFIG"))
	c, err := config.Load(cmp.Or(named, filepath.Join(a.Dirs().Config, "config.yaml")), named != "", a.Env)
	if err != nil {
		return c, err
	}
	c.Output = cmp.Or(a.Flags.Output, c.Output, "table")
	a.Config = &c
	return c, nil
}

// applySettings applies the settings and flags of the output and of questions, before every
// command that does something.
func applySettings(a *App) error {
	c, err := a.Settings()
	if err != nil {
		return err
	}
	if !slices.Contains(Formats(), c.Output) {
		return mfa.UsageError("--output", "no such format %q", c.Output).WithHint("table, json, jsonl, yaml, csv or name")
	}
	a.asJSON = c.Output == "json" || c.Output == "jsonl"
	if c.NoInput || a.Flags.noInput {
		a.Term.NoInput("--no-input")
	}
	if err := a.checkFilter(); err != nil {
		return err
	}
	return a.checkKey()
}

// close ends what was opened.
func (a *App) close(err error) error {
	if a.remote != nil {
		err = errors.Join(err, a.remote.Close())
	}
	if a.Local == nil {
		return err
	}
	return errors.Join(err, a.Local.Store.Close())
}

// WriteCommand makes a command change something by f, and returns the command. The text doing
// says what it does, for errors.
func (a *App) WriteCommand(cmd *cobra.Command, doing string, f func(ctx context.Context, args []string) error) *cobra.Command {
	return a.ReadCommand(cmd, doing, func(ctx context.Context, args []string) error {
		return f(a.WithSignals(ctx), args)
	})
}

// ReadCommand is WriteCommand for a command that changes nothing. If the session has ended, it
// asks for a sign-in and runs the command again.
func (a *App) ReadCommand(cmd *cobra.Command, doing string, f func(ctx context.Context, args []string) error) *cobra.Command {
	return a.Prepare(cmd, doing, nil, func(ctx context.Context, args []string) error {
		err := f(ctx, args)
		if a.mayAskAgain(err) {
			a.Term.Say("mfactl: the session has ended, sign in again")
			a.ended, a.calls = true, nil // the same calls again, under the same keys
			return f(ctx, args)
		}
		return err
	})
}

// Prepare makes a command check the flags and apply the settings before it runs f. The function
// settings, if there is one, runs before that, for a command that works without the settings.
func (a *App) Prepare(cmd *cobra.Command, doing string, settings func(), f func(ctx context.Context, args []string) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.Doing = doing
		if settings != nil {
			settings()
		}
		if err := refuseEmptyFlags(cmd); err != nil {
			return err
		}
		if err := applySettings(a); err != nil {
			return err
		}
		if err := oneReader(cmd, args); err != nil {
			return err
		}
		return f(cmd.Context(), args)
	}
	return cmd
}

// FallBack puts defaults in place of settings that are broken or not needed.
func (a *App) FallBack() {
	a.Config = &config.Config{Output: cmp.Or(a.Flags.Output, a.Env("MFACTL_OUTPUT"), "table")}
}
