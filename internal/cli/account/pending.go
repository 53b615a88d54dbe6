package account

import (
	"context"
	"errors"
	"strings"

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
	req, err := enrollRequest(ctx, a, o, have.User)
	if err != nil {
		return err
	}
	picture, err := newPicture(o.qr)
	if err != nil {
		return err
	}
	e, err := app.Call(ctx, a, mfa.Service.Enroll, req)
	if err != nil || !e.Changed {
		picture.Drop(mfa.Unknown)
		o.output.Drop(mfa.Unknown)
	}
	if err != nil {
		return err
	}
	if !e.Changed {
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

// newPicture makes the file for a QR code, if it is to go into one.
func newPicture(mode term.QRMode) (picture app.SecretOutput, err error) {
	if mode.File() != "" {
		picture.File, err = app.NewSecretFile("--qr", string(mode))
	}
	return picture, err
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
