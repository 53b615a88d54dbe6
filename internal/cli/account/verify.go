package account

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// NewVerify makes the command that checks a user's code for an application.
func NewVerify(a *app.App) *cobra.Command {
	req := mfa.VerifyRequest{}
	cmd := &cobra.Command{
		Use:   "verify USER",
		Short: "Check a user's code, as an application does at sign-in",
		Long: `Check a code of a user. A right one is spent; a wrong one counts. A file of backup
codes, as --save writes it, is one attempt, and its first unused code is spent.

With --if-enrolled, the method is "none" for a user without 2FA. The answer stays no for a
service account, for users of whom the policy requires 2FA, within 24 hours after their 2FA was
disabled or reset, and within 30 days after another account gave up their address.

Exit status: 0 right, 7 wrong, 8 locked. If a code is given by a flag, 0 is a
positive verdict and nothing else. In a script, write -- before the user: the name
may begin with "-".`,
		Example: `  printf %s "$CODE" | mfactl verify --code-stdin -o json -- "$USER"
  mfactl verify --code-file backup-codes.txt -- "$USER"`,
		Args: app.Exactly("USER"),
	}
	cmd.Flags().StringVar((*string)(&req.Method), "method", "", "take a code of this `kind` only: "+mfa.KindNames(mfa.Kinds(), "or", mfa.MayVerify))
	cmd.Flags().BoolVar(&req.IfEnrolled, "if-enrolled", false, "a user who has no 2FA, and needs none, is right without a code")
	code := app.SecretFlags(cmd, "code", "the code")
	verify := func(ctx context.Context, args []string) (out mfa.Verdict, err error) {
		if err := app.RefuseList(args[0]); err != nil {
			return out, err
		}
		req.User = a.UserName(args[0])
		var questions []app.Question
		if code.Given() || !req.IfEnrolled || a.Term.CanPrompt() {
			questions = append(questions, app.Code(&req.Code, code, "Code of "+req.User))
		}
		out, err = verifyCode(ctx, a, &req, code.Given(), questions...)
		if err == nil && !out.OK { // a server that is not ours, or of another mind: no is no
			err = &mfa.Error{Code: mfa.Rejected}
		}
		return out, err
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
