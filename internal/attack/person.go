package main

import (
	"context"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/mfa"
)

// person is an account with what its user knows and holds.
type person struct {
	email    string
	password mfa.Secret
	app      *authapp.App
	codes    []mfa.Secret // backup codes that were not used
	token    mfa.Secret
}

// sign signs a person in with both factors, and enrolls one where the session allows nothing
// else.
func (w *world) sign(ctx context.Context, p *person) error {
	w.clock.Advance(30 * time.Second) // the code of the step before may be spent
	req := mfa.LoginRequest{Email: p.email, Password: p.password}
	if p.app != nil {
		req.Code = mfa.NewSecret(p.app.Code(w.clock.Now()))
	}
	in, err := w.engine.Login(ctx, req)
	if err != nil {
		return err
	}
	p.token = in.Token
	if in.Level == mfa.LevelMFA {
		return nil
	}
	return w.enroll(ctx, p)
}

// enroll enrolls an app and goes on with the session of two factors.
func (w *world) enroll(ctx context.Context, p *person) error {
	e, err := w.engine.Enroll(p.in(ctx), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "app", Password: p.password})
	if err != nil {
		return err
	}
	if p.app, err = authapp.Scan(e.OtpauthURI.Reveal()); err != nil {
		return err
	}
	a, err := w.engine.Activate(p.in(ctx), mfa.ActivateRequest{Code: mfa.NewSecret(p.app.Code(w.clock.Now()))})
	if err != nil {
		return err
	}
	p.token, p.codes = a.Session.Token, a.BackupCodes
	return nil
}

// in is a context that carries the person's session.
func (p *person) in(ctx context.Context) context.Context {
	return mfa.WithCall(ctx, mfa.Call{Token: p.token})
}
