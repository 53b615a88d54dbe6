package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// EnableFirst sets up the first factor of an account that has just signed in; qr is the
// way to draw the QR code, as a flag names it.
func EnableFirst(ctx context.Context, a *app.App, qr string) error {
	a.Doing, a.Done = "enable 2FA", ""
	return enableOnTerminal(ctx, a, enableOptions{req: mfa.EnrollRequest{Kind: mfa.KindTOTP}, password: &app.SecretSource{Name: "password"}, qr: qrMode(a, qr)})
}

// enableOnTerminal turns on 2FA on a terminal, from the password to the backup codes.
func enableOnTerminal(ctx context.Context, a *app.App, o enableOptions) error {
	if !a.Term.CanPrompt() {
		return app.NoTerminal("--pending")
	}
	if err := a.CanSaveSession(); err != nil {
		return err
	}
	have, err := a.SignedIn(ctx)
	if err != nil {
		return err
	}
	if done, err := onAlready(ctx, a, o); done || err != nil {
		return err
	}
	e, picture, err := enroll(ctx, a, o, have.User)
	if err != nil {
		return err
	}
	if err := fillPicture(picture.File, e.OtpauthURI.Reveal()); err != nil {
		return err
	}
	out, err := finishEnrollment(ctx, a, o, e)
	if err != nil {
		return err
	}
	out.Session.Token = mfa.Secret{}
	return a.Print(activationView(out, false))
}

// onAlready answers enable where 2FA is on, before a password is asked for.
func onAlready(ctx context.Context, a *app.App, o enableOptions) (bool, error) {
	if o.req.Further {
		return false, nil
	}
	now, err := twoFactorStatus(ctx, a)
	if err != nil || !now.Enabled || now.MustEnroll {
		return false, err
	}
	return true, a.Print(enrollmentView(a, mfa.Enrollment{User: now.User}, false, ""))
}

// finishEnrollment shows the QR code, takes the first code, and hands over the backup
// codes, all on one screen that is cleared.
func finishEnrollment(ctx context.Context, a *app.App, o enableOptions, e mfa.Enrollment) (mfa.Activation, error) {
	var out mfa.Activation
	var unsaved error // told after the codes, which are shown once
	a.Term.KeepOnScreen = o.output.KeepOnScreen
	err := a.Term.Screen(ctx, func(sc *term.Screen) (err error) {
		if err := showQR(a, sc, o, e); err != nil {
			return err
		}
		if out, err = firstCode(ctx, a, sc, e.TriesLeft); err != nil {
			return err
		}
		a.Done = "2FA is on"
		unsaved = a.SaveSession(out.Session)
		if len(out.BackupCodes) == 0 {
			return nil
		}
		sc.Clear()
		return app.HandOnScreen(ctx, a, sc, *backupSecret(out.User, out.BackupCodes))
	})
	if err != nil && a.Done != "" {
		err = a.OutputLost(app.View{Remedy: "mfactl backup-codes generate makes new codes"}, err)
	}
	return out, cmp.Or(err, unsaved)
}

// showQR shows the QR code with the key beside or under it, or where there is no
// room for one the key alone.
func showQR(a *app.App, sc *term.Screen, o enableOptions, e mfa.Enrollment) error {
	key := strings.Fields(term.Group(e.Secret.Reveal()))
	text := []string{"Scan this with your authenticator", "app, or type the key:", ""}
	for i := 0; i < len(key); i += 4 {
		text = append(text, "  "+strings.Join(key[i:min(i+4, len(key))], " "))
	}
	text = append(text, "", "Then type the code it shows.")
	p, err := a.Term.QR(e.OtpauthURI.Reveal(), o.qr)
	if err == nil && !p.Empty() {
		err = sc.Draw(p, text...)
	}
	switch {
	case err == nil && !p.Empty():
		return nil
	case err != nil && !errors.Is(err, term.ErrQRNoFit):
		return mfa.UsageError("--qr", "%v", err).WithHint("--qr none shows the key alone")
	}
	sc.Print("Type this key into your authenticator app:")
	sc.Print("")
	sc.Print("    %s", strings.Join(key, " "))
	if a.Term.Accessible() {
		sc.Print("    %s", term.Spell(strings.Join(key, " ")))
	}
	sc.Print("")
	sc.Print("or open this address on the phone: %s", e.OtpauthURI.Reveal())
	return nil
}

// firstCode asks until the code is right or no try is left.
func firstCode(ctx context.Context, a *app.App, sc *term.Screen, tries int) (mfa.Activation, error) {
	for {
		text, err := sc.Line("Code from the app: ")
		if err != nil {
			return mfa.Activation{}, err
		}
		code, err := app.ParseCode(strings.TrimSpace(text))
		if err != nil {
			sc.Print("That is no code: 6 or 8 digits.")
			continue
		}
		out, err := app.Call(ctx, a, mfa.Service.Activate, mfa.ActivateRequest{Code: code})
		tries--
		if err == nil || app.ErrorOf(err).Code != mfa.Rejected || tries <= 0 {
			return out, err
		}
		sc.Print("%v; %s", app.ErrorOf(err), app.ErrorOf(err).HintText())
	}
}

func backupSecret(user string, codes []mfa.Secret) *app.Secret {
	s := &app.Secret{
		Title:   fmt.Sprintf("The %d backup codes of %s", len(codes), user),
		Items:   app.RevealAll(codes),
		Note:    []string{"Store them somewhere other than your phone. Each can be used once instead of a code from your app."},
		Unsaved: "These codes are neither saved nor copied, and they will not be shown again. Leave?",
		Name:    "mfactl backup codes of " + user + ", each works once",
		File:    "mfactl-backup-codes.txt",
	}
	if len(codes) == 1 {
		s.Title = "The backup code of " + user
		s.Note = []string{"Store it somewhere other than your phone. It can be used once instead of a code from your app."}
		s.Unsaved = "This code is neither saved nor copied, and it will not be shown again. Leave?"
		s.Name = "mfactl backup code of " + user + ", works once"
	}
	return s
}
