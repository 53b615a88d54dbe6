package admin

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newCheckCode(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check-code USER",
		Short: "Tell what a code read out on the phone says: right secret, clock off",
		Long: `Check a code that a user reads out. It looks two hours around and tells whether
the secret is right and how far the clock is off. It signs nobody in, counts as an
attempt and spends the code.

Exit status: 0 right secret, 7 wrong secret, 8 locked.`,
		Example: `  mfactl admin check-code alice@acme.example
  printf %s "$CODE" | mfactl admin check-code --code-stdin -o json -- "$USER"`,
		Args: app.Exactly("USER"),
	}
	code := app.SecretFlags(cmd, "code", "the code")
	check := func(ctx context.Context, args []string) (out mfa.CodeChecked, _ error) {
		if err := app.RefuseList(args[0]); err != nil {
			return out, err
		}
		req := mfa.CheckCodeRequest{User: a.UserName(args[0])}
		a.Doing = "check a code of " + req.User
		return app.AskAndCall(ctx, a, mfa.Service.CheckCode, &req, app.Code(&req.Code, code, "Code of "+req.User))
	}
	return app.Act(a, cmd, "check a code", check, func(_ *app.App, out mfa.CodeChecked) app.View {
		return app.View{
			Kind: "CodeChecked", Data: out, Names: []string{out.User}, Done: "the code was right and is spent",
			Header: []string{"USER", "METHOD", "LABEL", "DRIFT SECONDS", "PRESSES", "IN REACH"},
			Rows: [][]string{{
				out.User, string(out.Method), out.Label, strconv.Itoa(out.Drift), strconv.Itoa(out.Presses), app.YesNo(out.InReach),
			}},
			Say: func() string { return app.Line("%s: %s", out.User, drifted(out)) + remedy(out) },
		}
	})
}

// drifted says what the code tells of the phone.
func drifted(out mfa.CodeChecked) string {
	text := "right secret (" + string(out.Method) + " \"" + out.Label + "\"), "
	switch {
	case out.Presses > 0:
		return text + "counter " + app.Plural(out.Presses, "press") + " ahead"
	case mfa.KindOf(out.Method).Counter:
		return text + "counter in step"
	case out.Drift < -30:
		return text + "phone " + spell(-out.Drift) + " slow"
	case out.Drift > 30:
		return text + "phone " + spell(out.Drift) + " fast"
	}
	return text + "clock right"
}

// spell writes seconds as people say them: 4 min 30 s.
func spell(seconds int) string {
	d := time.Duration(seconds) * time.Second
	var parts []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.size; n > 0 {
			parts = append(parts, strconv.Itoa(int(n))+" "+unit.name)
			d -= n * unit.size
		}
	}
	return strings.Join(parts, " ")
}

// remedy says what to do next.
func remedy(out mfa.CodeChecked) string {
	switch {
	case out.InReach:
		return app.Line("Sign-in takes such codes; this one is spent, the next one will do.")
	case mfa.KindOf(out.Method).Counter:
		return app.Line("Sign in with a backup code, then: mfactl 2fa resync %q", out.Label)
	}
	return app.Line("Have the phone set its clock automatically, or sign in with a backup code, then: mfactl 2fa resync %q", out.Label)
}
