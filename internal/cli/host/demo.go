package host

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// demoStep is how far the demo's clock moves from one act to the next: one time
// step, so that each act meets a fresh code and nobody has to wait for it.
const demoStep = 30 * time.Second

// NewDemo makes the demo, which shows commands by run, the whole program.
func NewDemo(a *app.App, run func(*app.App, []string) int) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a whole account's life on a throw-away store",
		Long: `Show a whole account's life: an operator and a user, a QR code, backup codes, a
sign-in, a replay that is refused, a lost phone, a reset, and the audit trail.

Each step is the command one would type with its real output, on a real store
that is thrown away, with a simulated phone.`,
		Args: app.Exactly(),
	}
	keep := cmd.Flags().String("keep", "", "keep the store in a new `directory`, to play with")
	return a.WriteCommand(cmd, "show the demo", func(ctx context.Context, _ []string) error { return runDemo(ctx, a, run, *keep) })
}

// demo is one run: a store, two people, their phones, and a clock that moves.
type demo struct {
	a     *app.App
	run   func(*app.App, []string) int // the whole program
	dir   string
	now   time.Time
	out   bytes.Buffer // of the last command
	fresh *authapp.App // the key that was scanned last
	err   error        // the first thing that went otherwise than it must
}

func runDemo(ctx context.Context, a *app.App, run func(*app.App, []string) int, keep string) error {
	d := &demo{a: a, run: run, dir: keep, now: a.Clock().Add(-6*demoStep - mfa.HalfMax)}
	if keep == "" {
		dir, err := os.MkdirTemp("", "mfactl-demo-")
		if err != nil {
			return mfa.Errorf(mfa.Unavailable, "no throw-away directory can be made").WithCause(err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // the system's temporary directory
		d.dir = dir
	} else if err := d.prepareKept(); err != nil {
		return err
	}
	for name, text := range map[string]string{ //nolint:gosec // the passwords of two people who do not exist
		"olivia.pw": "a quiet harbor at seven", "bob.pw": "nine green bicycles uphill", "config.yaml": "",
	} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
			return mfa.Errorf(mfa.Unavailable, "cannot write to %s", d.dir).WithCause(err)
		}
	}
	d.play(ctx)
	if d.err == nil && keep != "" {
		d.sayKept()
	}
	return d.err
}

// prepareKept makes the directory to keep, which must be new.
func (d *demo) prepareKept() error {
	abs, err := filepath.Abs(d.dir)
	if err == nil {
		d.dir = abs
		err = os.Mkdir(abs, 0o700)
	}
	if err != nil {
		return mfa.UsageError("--keep", "cannot make %s: %s", d.dir, app.Reason(err)).WithCause(err)
	}
	return nil
}

// play is the story.
func (d *demo) play(ctx context.Context) {
	d.say("An operator makes a store and turns on 2FA. The phone is simulated, everything else is real.")
	d.must(ctx, "olivia", "", "init --community Acme --email olivia@acme.example --password-file olivia.pw --no-enable")
	d.enroll(ctx, "olivia", "phone")
	phone := d.fresh

	d.say("She makes an account. Bob signs in, turns on 2FA, and signs in with a code.")
	d.must(ctx, "olivia", "", "admin users create bob@acme.example --role member --new-password-file bob.pw --password-file olivia.pw")
	d.must(ctx, "bob", "", "login bob@acme.example --password-file bob.pw")
	codes := d.enroll(ctx, "bob", "phone")
	d.tick()
	code := d.fresh.Code(d.now)
	d.must(ctx, "bob", code, "login bob@acme.example --password-file bob.pw --code-stdin")

	d.say("Somebody looked over his shoulder. The same code is refused, the same as a wrong one.")
	d.refused(ctx, "bob", code, "login bob@acme.example --password-file bob.pw --code-stdin")

	d.say("The phone is at home: a backup code does, once.")
	d.must(ctx, "bob", codes[0], "login bob@acme.example --password-file bob.pw --code-stdin")

	d.now = d.now.Add(mfa.HalfMax)
	d.say("A week later the phone and the codes are lost. Olivia signs in, resets his 2FA, and reads him the recovery code.")
	d.must(ctx, "olivia", phone.Code(d.now), "login olivia@acme.example --password-file olivia.pw --code-stdin")
	d.must(ctx, "olivia", "", `admin reset-2fa bob@acme.example --reason "lost phone #4411" --password-file olivia.pw --yes --reveal`)
	recovery := d.word("Recovery code")
	d.say("From now on his password alone, or an old backup code, signs nobody in.")
	d.refused(ctx, "bob", codes[1], "login bob@acme.example --password-file bob.pw --code-stdin")

	d.say("Password and recovery code do, once, and only to set up 2FA anew.")
	d.must(ctx, "bob", recovery, "login bob@acme.example --password-file bob.pw --code-stdin")
	d.enroll(ctx, "bob", "new phone")
	d.must(ctx, "bob", "", "2fa status")
	d.tick()

	d.say("An application checks a code of his with the operator's session.")
	d.must(ctx, "olivia", d.fresh.Code(d.now), "verify --code-stdin -- bob@acme.example")

	d.say("And who did what?")
	d.must(ctx, "olivia", "", "admin audit list")
}

// enroll turns on 2FA in two steps, as scripts do, and returns the backup codes.
func (d *demo) enroll(ctx context.Context, who, label string) []string {
	d.tick()
	qr := "half"
	if d.a.Term.Accessible() || !d.a.Term.UTF8() && d.a.Term.OutIsTerminal() {
		qr = "none"
	}
	d.must(ctx, who, "", fmt.Sprintf("2fa enable --pending --label %q --password-file %s.pw --reveal --qr %s", label, who, qr))
	uri := d.word("URI")
	var err error
	if d.fresh, err = authapp.Scan(uri); err != nil {
		d.fail("the phone cannot read the QR code")
		d.fresh = &authapp.App{}
		return make([]string, 2)
	}
	d.must(ctx, who, d.fresh.Code(d.now), "2fa confirm --code-stdin --reveal")
	var codes []string
	for l := range strings.SplitSeq(d.out.String(), "\n") {
		if code := strings.TrimSpace(l); len(code) == 19 && strings.Count(code, "-") == 3 {
			codes = append(codes, code)
		}
	}
	if len(codes) < 2 {
		d.fail("no backup codes came")
		return make([]string, 2)
	}
	return codes
}

func (d *demo) tick() { d.now = d.now.Add(demoStep) }

func (d *demo) say(text string) {
	if d.err == nil {
		d.print("\n# " + text + "\n")
	}
}

func (d *demo) print(text string) {
	if _, err := io.WriteString(d.a.Out, text); err != nil && d.err == nil {
		d.err = mfa.Errorf(mfa.Internal, "the output could not be written").WithCause(err)
	}
}

func (d *demo) fail(why string) {
	if d.err == nil {
		d.err = mfa.Errorf(mfa.Internal, "%s", why)
	}
}

func (d *demo) must(ctx context.Context, who, stdin, command string) {
	if status := d.step(ctx, who, stdin, command); status != 0 {
		d.fail(fmt.Sprintf("a step ended with exit status %d", status))
	}
}

// refused runs a step that must be answered with no.
func (d *demo) refused(ctx context.Context, who, stdin, command string) {
	if status := d.step(ctx, who, stdin, command); status != mfa.Rejected.Facts().Exit {
		d.fail(fmt.Sprintf("a step that must be refused ended with exit status %d", status))
	}
}

// step prints a command and runs it as one would, with its own session, on the
// demo's store and clock.
func (d *demo) step(ctx context.Context, who, stdin, command string) int {
	if d.err != nil || ctx.Err() != nil {
		d.fail("stopped")
		return 0
	}
	typed := "mfactl " + command
	if stdin != "" {
		typed = "printf " + stdin + " | " + typed
	}
	d.print("\n" + who + "$ " + typed + "\n")
	d.out.Reset()
	sub := &app.App{
		In: strings.NewReader(stdin), Out: io.MultiWriter(&d.out, d.a.Out), Err: d.a.Out,
		Clock: func() time.Time { return d.now }, Rand: d.a.Rand, Hasher: d.a.Hasher, Env: d.env(who), Context: ctx,
	}
	args := append([]string{ // before the command, which may end with -- and a name
		"--no-input", "--output", "table",
		"--store", filepath.Join(d.dir, "store.db"), "--config", filepath.Join(d.dir, "config.yaml"),
	}, words(command)...)
	for i, arg := range args {
		if strings.HasSuffix(arg, ".pw") {
			args[i] = filepath.Join(d.dir, arg)
		}
	}
	return d.run(sub, args)
}

// env gives each person a session directory of their own.
func (d *demo) env(who string) func(string) string {
	return func(name string) string {
		switch name {
		case "XDG_STATE_HOME":
			return filepath.Join(d.dir, who)
		case "CI", "GITHUB_ACTIONS", "GITLAB_CI", "SUDO_UID":
			return ""
		}
		if strings.HasPrefix(name, "MFACTL_") {
			return "" // the demo is the same for everybody
		}
		return d.a.Env(name)
	}
}

// word returns what follows a label at the beginning of a line of the last
// output.
func (d *demo) word(label string) string {
	for l := range strings.SplitSeq(d.out.String(), "\n") {
		if rest, ok := strings.CutPrefix(l, label+" "); ok {
			return strings.Fields(rest)[0]
		}
	}
	return ""
}

// words splits a command at spaces outside double quotes.
func words(command string) []string {
	var out []string
	for i, part := range strings.Split(command, `"`) {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

// sayKept tells how to go on with what is left.
func (d *demo) sayKept() {
	d.print("\n# The accounts are yours to play with:\n\n" + app.Line("cd %s", d.dir) +
		"export MFACTL_STORE=$PWD/store.db\nexport XDG_STATE_HOME=$PWD/olivia   # or $PWD/bob\nmfactl whoami\n\n" +
		"The passwords are in olivia.pw and bob.pw; the phones' secrets and the backup codes stand above.\n")
}
