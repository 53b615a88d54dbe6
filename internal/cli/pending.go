package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// beginEnrollment makes a pending factor and prints its secret: the first of two steps.
func beginEnrollment(ctx context.Context, a *App, o enableOptions) (err error) {
	o.output.also = o.qr.File() != ""
	if err := a.plan(&o.output); err != nil {
		return err
	}
	defer func() { o.output.drop(err) }()
	have, err := a.signedIn(ctx)
	if err != nil {
		return err
	}
	req, err := enrollRequest(ctx, a, o, have.User)
	if err != nil {
		return err
	}
	var picture *term.SecretFile
	if o.qr.File() != "" {
		if picture, err = newPicture(string(o.qr)); err != nil {
			return err
		}
	}
	e, err := call(ctx, a, mfa.Service.Enroll, req)
	if err != nil || !e.Changed {
		discard(picture)
		o.output.drop(mfa.Unknown)
	}
	if err != nil {
		return err
	}
	if !e.Changed {
		return a.print(enrollmentView(a, e, false, ""))
	}
	a.done = "the enrollment is pending"
	if picture != nil {
		if err := fillPicture(picture, e.OtpauthURI.Reveal()); err != nil {
			return a.outputLost(view{lossy: true}, err)
		}
	}
	shown := secret{
		title: "Type this key into the authenticator app of " + e.User + ":",
		items: []string{e.Secret.Reveal(), e.OtpauthURI.Reveal()},
		forms: []string{term.Group(e.Secret.Reveal())},
		note:  []string{"Then: mfactl 2fa confirm"}, name: "authenticator secret of " + e.User,
		file: "mfactl-authenticator-key.txt",
	}
	if err := a.hand(ctx, &o.output, shown); err != nil {
		return err
	}
	drawn, err := drawQR(a, o, e)
	if err != nil {
		return a.outputLost(view{lossy: true}, err)
	}
	return a.print(enrollmentView(a, e, o.output.open(), drawn))
}

// drawQR draws the QR code into an answer for people that may hold the secret, on
// a terminal or where --qr asks for it.
func drawQR(a *App, o enableOptions, e mfa.Enrollment) (string, error) {
	if !o.output.open() || !a.forPeople() || o.qr == term.QRAuto && !a.term.OutIsTerminal() {
		return "", nil
	}
	p, err := a.term.QR(e.OtpauthURI.Reveal(), o.qr)
	if errors.Is(err, term.ErrQRNoFit) || p.Empty() {
		return "", nil
	}
	if err != nil {
		return "", mfa.UsageError("--qr", "%v", err).WithHint("--qr none shows the key alone")
	}
	return strings.Join(p.Lines(), "\n") + "\n", nil
}

func newPicture(path string) (*term.SecretFile, error) {
	f, err := term.SaveFile(path)
	if err != nil {
		return nil, mfa.UsageError("--qr", "%s", notSaved(path, err)).WithCause(err)
	}
	return f, nil
}

func fillPicture(f *term.SecretFile, uri string) error {
	b, err := term.EncodeQR(f.Name(), uri)
	if err == nil {
		err = fill(f, b)
	}
	if err != nil {
		_ = f.Discard() // it may be gone
		return mfa.Errorf(mfa.Unavailable, "the QR code could not be written").WithCause(err)
	}
	return nil
}

func discard(f *term.SecretFile) {
	if f != nil {
		_ = f.Discard() // it may be gone
	}
}

// enrollmentView is the answer of enable; drawn is its QR code, or empty.
func enrollmentView(a *App, e mfa.Enrollment, open bool, drawn string) view {
	v := view{
		kind: "Enrollment", data: e, secret: open, lossy: true,
		table: term.Table{Header: []string{"USER", "CHANGED", "FACTOR", "SECRET", "URI", "EXPIRES"}},
	}
	row := []string{e.User, yesNo(e.Changed), "", "", "", stamp(e.ExpiresAt)}
	if e.Factor != nil {
		v.names, row[2] = []string{e.Factor.ID}, e.Factor.ID
	}
	if open {
		row[3], row[4] = e.Secret.Reveal(), e.OtpauthURI.Reveal()
	}
	v.table.Rows = [][]string{row}
	v.say = func() string {
		if !e.Changed {
			return line("%s: 2FA is on already", e.User)
		}
		text := ""
		if open {
			text = drawn + line("Key  %s", term.Group(e.Secret.Reveal())) + line("URI  %s", e.OtpauthURI.Reveal())
		}
		return text + line("%s: %s %q pending until %s; finish with mfactl 2fa confirm",
			e.User, e.Factor.Kind, e.Factor.Label, a.people(e.ExpiresAt))
	}
	return v
}
