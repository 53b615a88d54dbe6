package account

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// beginEnrollment makes a pending factor and prints its secret: the first of two steps.
func beginEnrollment(ctx context.Context, a *app.App, o enableOptions) (err error) {
	o.output.Elsewhere = o.qr.File() != ""
	if err := a.PlanSecret(&o.output); err != nil {
		return err
	}
	defer func() { o.output.Drop(err) }()
	have, err := a.SignedIn(ctx)
	if err != nil {
		return err
	}
	e, picture, err := enroll(ctx, a, o, have.User)
	if err != nil {
		return err
	}
	if !e.Changed {
		o.output.Drop(mfa.Unknown)
		return a.Print(enrollmentView(a, e, false, ""))
	}
	a.Done = "the enrollment is pending"
	if err := fillPicture(picture.File, e.OtpauthURI.Reveal()); err != nil {
		return a.OutputLost(app.View{Lossy: true}, err)
	}
	shown := app.Secret{
		Title: "Type this key into the authenticator app of " + e.User + ":",
		Items: []string{e.Secret.Reveal(), e.OtpauthURI.Reveal()},
		Forms: []string{term.Group(e.Secret.Reveal())},
		Note:  []string{"Then: mfactl 2fa confirm"}, Name: "authenticator secret of " + e.User,
		File: "mfactl-authenticator-key.txt",
	}
	if err := a.HandOver(ctx, &o.output, shown); err != nil {
		return err
	}
	drawn, err := drawQR(a, o, e)
	if err != nil {
		return a.OutputLost(app.View{Lossy: true}, err)
	}
	return a.Print(enrollmentView(a, e, o.output.Revealed(), drawn))
}

// drawQR draws the QR code into an answer for people that may hold the secret, on
// a terminal or where --qr asks for it.
func drawQR(a *app.App, o enableOptions, e mfa.Enrollment) (string, error) {
	if !o.output.Revealed() || !a.ForPeople() || o.qr == term.QRAuto && !a.Term.OutIsTerminal() {
		return "", nil
	}
	p, err := a.Term.QR(e.OtpauthURI.Reveal(), o.qr)
	if errors.Is(err, term.ErrQRNoFit) || p.Empty() {
		return "", nil
	}
	if err != nil {
		return "", mfa.UsageError("--qr", "%v", err).WithHint("--qr none shows the key alone")
	}
	return strings.Join(p.Lines(), "\n") + "\n", nil
}

func fillPicture(f *term.SecretFile, uri string) error {
	if f == nil {
		return nil
	}
	b, err := term.EncodeQR(f.Name(), uri)
	if err == nil {
		err = app.WriteSecretFile(f, b)
	}
	if err != nil {
		_ = f.Discard() // it may be gone
		return mfa.Errorf(mfa.Unavailable, "the QR code could not be written").WithCause(err)
	}
	return nil
}

// enrollmentView is the answer of enable; drawn is its QR code, or empty.
func enrollmentView(a *app.App, e mfa.Enrollment, open bool, drawn string) app.View {
	v := app.View{
		Kind: "Enrollment", Data: e, Secret: open, Lossy: true,
		Header: []string{"USER", "CHANGED", "FACTOR", "SECRET", "URI", "EXPIRES"},
	}
	row := []string{e.User, app.YesNo(e.Changed), "", "", "", app.Timestamp(e.ExpiresAt)}
	if e.Factor != nil {
		v.Names, row[2] = []string{e.Factor.ID}, e.Factor.ID
	}
	if open {
		row[3], row[4] = e.Secret.Reveal(), e.OtpauthURI.Reveal()
	}
	v.Rows = [][]string{row}
	v.Say = func() string {
		if !e.Changed {
			return app.Line("%s: 2FA is on already", e.User)
		}
		text := ""
		if open {
			text = drawn + app.Line("Key  %s", term.Group(e.Secret.Reveal())) + app.Line("URI  %s", e.OtpauthURI.Reveal())
		}
		return text + app.Line("%s: %s %q pending until %s; finish with mfactl 2fa confirm",
			e.User, e.Factor.Kind, e.Factor.Label, a.TimeInWords(e.ExpiresAt))
	}
	return v
}

func newConfirm(a *app.App) *cobra.Command {
	var r app.SecretOutput
	cmd := &cobra.Command{
		Use:     "confirm",
		Short:   "Finish a pending enrollment with its first code",
		Example: `  mfactl 2fa confirm --code-stdin --reveal -o json`,
		Args:    app.Exactly(),
	}
	code := app.SecretFlags(cmd, "code", "the code the app shows")
	r.Flags(cmd)
	return a.WriteCommand(cmd, "confirm 2FA", func(ctx context.Context, _ []string) (err error) {
		if err := a.PlanSecret(&r); err != nil {
			return err
		}
		defer func() { r.Drop(err) }()
		if err := a.CanSaveSession(); err != nil {
			return err
		}
		var req mfa.ActivateRequest
		out, err := app.AskAndCall(ctx, a, mfa.Service.Activate, &req, app.Code(&req.Code, code, "Code from the app"))
		if err != nil {
			return err
		}
		a.Done = "2FA is on"
		unsaved := a.SaveSession(out.Session) // told after the codes, which are shown once
		out.Session.Token = mfa.Secret{}
		given := a.Give(ctx, &r, a.Done, backupSecret(out.User, out.BackupCodes), func(open bool) app.View { return activationView(out, open) })
		return cmp.Or(given, unsaved)
	})
}

func activationView(out mfa.Activation, open bool) app.View {
	codes := ""
	if open {
		codes = strings.Join(app.RevealAll(out.BackupCodes), " ")
	}
	return app.View{
		Kind: "Activation", Data: out, Names: []string{out.Factor.ID}, Secret: open, Lossy: open,
		Header: []string{"USER", "FACTOR", "KIND", "LABEL", "BACKUP CODES", "CODES"},
		Rows: [][]string{{
			out.User, out.Factor.ID, string(out.Factor.Kind), out.Factor.Label, strconv.Itoa(len(out.BackupCodes)), codes,
		}},
		Say: func() string {
			text := app.Line("%s: 2FA enabled (%s %q), %s", out.User, out.Factor.Kind, out.Factor.Label,
				app.Plural(len(out.BackupCodes), "new backup code"))
			if open {
				text += codeLines(out.BackupCodes)
			}
			return text
		},
	}
}
