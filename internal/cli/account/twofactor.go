package account

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// NewTwoFactor makes the commands for one's own factors.
func NewTwoFactor(a *app.App) *cobra.Command {
	return app.Group("2fa", "Enable and tend your own 2FA", []string{"two-factor"},
		newEnable(a), newConfirm(a), newAdd(a), newStatus(a), newFactorList(a), newPrefer(a), newRename(a),
		newRemove(a), newResync(a), newDisable(a))
}

// enableOptions are what enable and add are given.
type enableOptions struct {
	req      mfa.EnrollRequest
	password *app.SecretSource
	pending  bool
	qr       term.QRMode
	output   app.SecretOutput
}

func enableCommand(a *app.App, use, short, long string, further bool) *cobra.Command {
	o := enableOptions{req: mfa.EnrollRequest{Further: further}}
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: app.Exactly()}
	f := cmd.Flags()
	f.StringVar((*string)(&o.req.Kind), "kind", string(mfa.KindTOTP), "`kind` of factor: "+mfa.KindNames(mfa.Kinds(), "or", mfa.MayEnroll))
	f.StringVar(&o.req.Label, "label", "", "a `name` to know it by (default phone, or the kind)")
	f.StringVar(&o.req.Params.Algorithm, "algorithm", "", "SHA1, SHA256 or SHA512 (default SHA1, which every app knows)")
	f.IntVar(&o.req.Params.Digits, "digits", 0, "6 or 8 (default 6)")
	f.IntVar(&o.req.Params.Period, "period", 0, "30 or 60 `seconds` (default 30)")
	f.BoolVar(&o.pending, "pending", false, "only begin; finish with mfactl 2fa confirm")
	qr := f.String("qr", "", "how to draw the QR code: auto, half, full, none, FILE.png or FILE.svg")
	o.password = app.SecretFlags(cmd, "password", "your password")
	o.output.Flags(cmd)
	return a.WriteCommand(cmd, "enable 2FA", func(ctx context.Context, _ []string) error {
		o.qr = qrMode(a, *qr)
		if !o.qr.Known() {
			return mfa.UsageError("--qr", "no such way %q", string(o.qr)).WithHint("auto, half, full, none, FILE.png or FILE.svg")
		}
		if o.pending {
			return beginEnrollment(ctx, a, o)
		}
		return enableOnTerminal(ctx, a, o)
	})
}

func newEnable(a *app.App) *cobra.Command {
	cmd := enableCommand(a, "enable", "Turn on 2FA with an authenticator app",
		`Turn on 2FA: confirm your password, scan the QR code, type the code the app
shows, and keep the ten backup codes.

Scripts do it in two steps: --pending prints the secret, and
"mfactl 2fa confirm" takes the first code within ten minutes.`, false)
	cmd.Example = `  mfactl 2fa enable --label phone
  mfactl 2fa enable --pending --label phone --password-file P --reveal -o json`
	return cmd
}

func newAdd(a *app.App) *cobra.Command {
	return enableCommand(a, "add", "Add a further factor", "Enroll a further factor while 2FA is on.", true)
}

// qrMode is the way a QR code is drawn: the flag's, the setting's, or auto.
func qrMode(a *app.App, flag string) term.QRMode {
	return term.QRMode(cmp.Or(flag, a.Config.QR, string(term.QRAuto)))
}

// enroll asks for the password and makes a pending factor. The file for its QR code, if
// there is to be one, is made before.
func enroll(ctx context.Context, a *app.App, o enableOptions, user string) (e mfa.Enrollment, picture app.SecretOutput, err error) {
	if o.qr.File() != "" {
		if picture.File, err = app.NewSecretFile(a, "--qr", string(o.qr)); err != nil {
			return e, picture, err
		}
	}
	req := o.req
	if req.Label == "" && !req.Further {
		req.Label = mfa.KindOf(req.Kind).Label
	}
	if req.Password, err = a.ReadPassword(ctx, o.password, "Password for "+user); err == nil {
		e, err = app.Call(ctx, a, mfa.Service.Enroll, req)
	}
	if err != nil || !e.Changed {
		picture.Drop(mfa.Unknown)
	}
	return e, picture, err
}
