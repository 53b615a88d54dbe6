package account

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// verifyWithin is how long verify waits for an answer unless --timeout says otherwise: a sign-in
// waits for it.
const verifyWithin = 5 * time.Second

// NewVerify makes the command that checks a user's code for an application.
func NewVerify(a *app.App) *cobra.Command {
	req, within := mfa.VerifyRequest{}, verifyWithin
	cmd := &cobra.Command{
		Use:   "verify USER",
		Short: "Check a user's code, as an application does at sign-in",
		Long: `Check a code of a user. A right one is spent; a wrong one counts. A file of backup
codes, as --save writes it, is one attempt, and its first unused code is spent.

With --if-enrolled, the method is "none" for a user without 2FA. The answer stays no for a
service account, for users of whom the policy requires 2FA, within 24 hours after their 2FA was
disabled or reset, and within 30 days after another account gave up their address.

Exit status: 0 right, 7 wrong, 8 locked, 11 or 15 no answer within --timeout. If a code is
given by a flag, 0 is a positive verdict and nothing else. In a script, write -- before the user: the name
may begin with "-".`,
		Example: `  printf %s "$CODE" | mfactl verify --code-stdin -o json -- "$USER"
  mfactl verify --code-file backup-codes.txt -- "$USER"
  mfactl verify --code-stdin --service vpn --client-address "$ADDRESS" --timeout 2s -- "$USER"`,
		Args: app.Exactly("USER"),
	}
	cmd.Flags().StringVar((*string)(&req.Method), "method", "", "take a code of this `kind` only: "+mfa.KindNames(mfa.Kinds(), "or", mfa.MayVerify))
	cmd.Flags().BoolVar(&req.IfEnrolled, "if-enrolled", false, "a user who has no 2FA, and needs none, is right without a code")
	cmd.Flags().StringVar(&req.Service, "service", "", "the `name` of what the user signs in to, recorded as claimed")
	cmd.Flags().StringVar(&req.ClientAddress, "client-address", "", "the `address` the user comes from, recorded as claimed")
	cmd.Flags().DurationVar(&within, "timeout", verifyWithin, "how long to wait for the answer, such as 2s")
	code := app.SecretFlags(cmd, "code", "the code")
	once := func(ctx context.Context) (out mfa.Verdict, err error) {
		var questions []app.Question
		if code.Given() || !req.IfEnrolled || a.Term.CanPrompt() {
			questions = append(questions, app.Code(&req.Code, code, "Code of "+req.User))
		}
		out, err = verifyCode(ctx, a, &req, within, code.Given(), questions...)
		if err == nil && !out.OK { // a server that is not ours, or of another mind: no is no
			err = &mfa.Error{Code: mfa.Rejected}
		}
		return out, err
	}
	verify := func(ctx context.Context, args []string) (out mfa.Verdict, err error) {
		if err := app.RefuseList(args[0]); err != nil {
			return out, err
		}
		if within <= 0 {
			return out, mfa.UsageError("--timeout", "not longer than 0")
		}
		req.User = a.UserName(args[0])
		if a.Term.CanPrompt() {
			return once(ctx)
		}
		return inTime(ctx, within, once) // nothing waits for a person, so the limit is for all of it
	}
	return app.Act(a, cmd, "verify a code", verify, func(_ *app.App, out mfa.Verdict) app.View {
		return app.View{
			Kind: "Verdict", Data: out, Names: []string{out.User}, Done: "the code was right and is spent",
			Header: []string{"USER", "OK", "METHOD", "BACKUP CODES LEFT"},
			Rows:   [][]string{{out.User, app.YesNo(out.OK), string(out.Method), strconv.Itoa(out.BackupCodesLeft)}},
			Say: func() string {
				text := app.Line("%s: right (%s)", out.User, out.Method)
				if mfa.KindOf(out.Method).Class == mfa.LookUpSet {
					text += codesLeft(out.BackupCodesLeft)
				}
				return text
			},
		}
	})
}
