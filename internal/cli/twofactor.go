package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newTwoFactor(a *App) *cobra.Command {
	return group("2fa", "Enable and tend your own 2FA", []string{"two-factor"},
		newEnable(a), newConfirm(a), newAdd(a), newStatus(a), newFactorList(a), newPrefer(a), newRename(a),
		newRemove(a), newResync(a), newDisable(a))
}

// enableOptions are what enable and add are given.
type enableOptions struct {
	kind     string
	label    string
	params   mfa.OTPParams
	password source
	pending  bool
	further  bool
	qr       term.QRMode
	reveal   reveal
}

func enableCommand(a *App, use, short, long string, further bool) *cobra.Command {
	o := enableOptions{further: further}
	var qr string
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: exactly()}
	f := cmd.Flags()
	f.StringVar(&o.kind, "kind", string(mfa.KindTOTP), "`kind` of factor: totp or hotp")
	f.StringVar(&o.label, "label", "", "a `name` to know it by, such as phone")
	f.StringVar(&o.params.Algorithm, "algorithm", "", "SHA1, SHA256 or SHA512 (default SHA1, which every app knows)")
	f.IntVar(&o.params.Digits, "digits", 0, "6 or 8 (default 6)")
	f.IntVar(&o.params.Period, "period", 0, "30 or 60 `seconds` (default 30)")
	f.BoolVar(&o.pending, "pending", false, "only begin; finish with mfactl 2fa confirm")
	f.StringVar(&qr, "qr", "", "how to draw the QR code: auto, half, full, none, FILE.png or FILE.svg")
	secretFlags(cmd, &o.password, "password", "your password")
	o.reveal.flags(cmd)
	cmd.RunE = a.run("enable 2FA", func(ctx context.Context, _ []string) error {
		o.qr = a.qrMode(qr)
		if !o.qr.Known() {
			return mfa.Bad("--qr", "no such way %q", string(o.qr)).WithHint("auto, half, full, none, FILE.png or FILE.svg")
		}
		if o.pending {
			return a.begin(ctx, o)
		}
		return a.enable(ctx, o)
	})
	return cmd
}

func newEnable(a *App) *cobra.Command {
	cmd := enableCommand(a, "enable", "Turn on 2FA with an authenticator app",
		`Turn on 2FA: confirm your password, scan the QR code, type the code the app
shows, and keep the ten backup codes.

Scripts do it in two steps: --pending prints the secret, and
"mfactl 2fa confirm" takes the first code within ten minutes.`, false)
	cmd.Example = `  mfactl 2fa enable --label phone
  mfactl 2fa enable --pending --label phone --password-file P --reveal -o json`
	return cmd
}

func newAdd(a *App) *cobra.Command {
	return enableCommand(a, "add", "Add a further factor", "Enrol a further factor while 2FA is on.", true)
}

// qrMode is the way a QR code is drawn: the flag's, the setting's, or auto.
func (a *App) qrMode(flag string) term.QRMode {
	switch {
	case flag != "":
		return term.QRMode(flag)
	case a.config != nil && a.config.QR != "":
		return term.QRMode(a.config.QR)
	default:
		return term.QRAuto
	}
}

// enrolRequest asks for the password and makes the request.
func (a *App) enrolRequest(ctx context.Context, o enableOptions, user string) (mfa.EnrollRequest, error) {
	req := mfa.EnrollRequest{Kind: mfa.Kind(o.kind), Label: o.label, Params: o.params, Further: o.further}
	if o.password.name == "" {
		o.password.name = "password"
	}
	var err error
	req.Password, err = a.password(ctx, o.password, "Password for "+user)
	return req, err
}

// begin makes a pending factor and prints its secret: the first of two steps.
func (a *App) begin(ctx context.Context, o enableOptions) (err error) {
	o.reveal.also = o.qr.File() != ""
	if err := a.plan(&o.reveal); err != nil {
		return err
	}
	defer func() { o.reveal.drop(err) }()
	have, err := a.signedIn(ctx)
	if err != nil {
		return err
	}
	req, err := a.enrolRequest(ctx, o, have.User)
	if err != nil {
		return err
	}
	var picture *term.SecretFile
	if o.qr.File() != "" {
		if picture, err = newPicture(string(o.qr)); err != nil {
			return err
		}
	}
	s, ctx, err := a.own(ctx, "Enroll")
	var e mfa.Enrollment
	if err == nil {
		e, err = s.Enroll(ctx, req)
	}
	if err != nil || !e.Changed {
		discard(picture)
		o.reveal.drop(mfa.Unknown)
	}
	if err != nil {
		return err
	}
	if !e.Changed {
		return a.print(a.enrolmentView(e, false, ""))
	}
	a.done = "the enrolment is pending"
	if picture != nil {
		if err := fillPicture(picture, e.OtpauthURI.Reveal()); err != nil {
			return a.lost(view{lossy: true}, err)
		}
	}
	shown := secret{
		title: "Type this key into the authenticator app of " + e.User + ":",
		items: []string{e.Secret.Reveal(), e.OtpauthURI.Reveal()},
		note:  []string{"Then: mfactl 2fa confirm"}, name: "authenticator secret of " + e.User,
	}
	if err := a.hand(ctx, &o.reveal, shown); err != nil {
		return err
	}
	drawn, err := a.draw(o, e)
	if err != nil {
		return a.lost(view{lossy: true}, err)
	}
	return a.print(a.enrolmentView(e, o.reveal.open(), drawn))
}

// draw draws the QR code into an answer for people that may hold the secret, on
// a terminal or where --qr asks for it.
func (a *App) draw(o enableOptions, e mfa.Enrollment) (string, error) {
	if !o.reveal.open() || !a.forPeople() || o.qr == term.QRAuto && !a.term.OutIsTerminal() {
		return "", nil
	}
	p, err := a.term.QR(e.OtpauthURI.Reveal(), o.qr)
	if errors.Is(err, term.ErrQRNoFit) || p.Empty() {
		return "", nil
	}
	if err != nil {
		return "", mfa.Bad("--qr", "%v", err).WithHint("--qr none shows the key alone")
	}
	return strings.Join(p.Lines(), "\n") + "\n", nil
}

func newPicture(path string) (*term.SecretFile, error) {
	f, err := term.SaveFile(path)
	if err != nil {
		return nil, mfa.Bad("--qr", "cannot make %s, or it exists already", path).WithCause(err)
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

// enrolmentView is the answer of enable; drawn is its QR code, or empty.
func (a *App) enrolmentView(e mfa.Enrollment, open bool, drawn string) view {
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

// enable turns on 2FA on a terminal, from the password to the backup codes.
func (a *App) enable(ctx context.Context, o enableOptions) error {
	if !a.term.CanPrompt() {
		return mfa.Bad("--pending", "missing, and there is no terminal to ask on")
	}
	if err := a.canSave(); err != nil {
		return err
	}
	have, err := a.signedIn(ctx)
	if err != nil {
		return err
	}
	if done, err := a.onAlready(ctx, o); done || err != nil {
		return err
	}
	var picture *term.SecretFile
	if o.qr.File() != "" {
		if picture, err = newPicture(string(o.qr)); err != nil {
			return err
		}
	}
	req, err := a.enrolRequest(ctx, o, have.User)
	var e mfa.Enrollment
	if err == nil {
		var s mfa.Service
		var call context.Context
		if s, call, err = a.own(ctx, "Enroll"); err == nil {
			e, err = s.Enroll(call, req)
		}
	}
	if err != nil {
		discard(picture)
		return err
	}
	if picture != nil {
		if err := fillPicture(picture, e.OtpauthURI.Reveal()); err != nil {
			return err
		}
	}
	out, err := a.finish(ctx, o, e)
	if err != nil {
		return err
	}
	out.Session.Token = mfa.Secret{}
	return a.print(activationView(out, false))
}

// onAlready answers enable where 2FA is on, before a password is asked for.
func (a *App) onAlready(ctx context.Context, o enableOptions) (bool, error) {
	if o.further {
		return false, nil
	}
	s, call, err := a.own(ctx, "TwoFactorStatus")
	if err != nil {
		return false, err
	}
	now, err := s.TwoFactorStatus(call, mfa.StatusRequest{})
	if err != nil || !now.Enabled {
		return false, err
	}
	return true, a.print(a.enrolmentView(mfa.Enrollment{User: now.User}, false, ""))
}

// finish shows the QR code, takes the first code, and hands over the backup
// codes, all on one screen that is cleared.
func (a *App) finish(ctx context.Context, o enableOptions, e mfa.Enrollment) (mfa.Activation, error) {
	var out mfa.Activation
	var unsaved error // told after the codes, which are shown once
	a.term.KeepOnScreen = o.reveal.keep
	err := a.term.Screen(ctx, func(sc *term.Screen) (err error) {
		if err := a.invite(sc, o, e); err != nil {
			return err
		}
		if out, err = a.firstCode(ctx, sc); err != nil {
			return err
		}
		a.done = "2FA is on"
		unsaved = a.save(out.Session)
		if len(out.BackupCodes) == 0 {
			return nil
		}
		sc.Clear()
		return a.handOnScreen(sc, backupSecret(out.User, texts(out.BackupCodes)))
	})
	if err != nil && a.done != "" {
		err = a.lost(view{remedy: "mfactl backup-codes generate makes new codes"}, err)
	}
	return out, cmp.Or(err, unsaved)
}

// invite shows the QR code with the key beside or under it, or where there is no
// room for one the key alone.
func (a *App) invite(sc *term.Screen, o enableOptions, e mfa.Enrollment) error {
	key := strings.Fields(term.Group(e.Secret.Reveal()))
	text := []string{"Scan this with your authenticator", "app, or type the key:", ""}
	for i := 0; i < len(key); i += 4 {
		text = append(text, "  "+strings.Join(key[i:min(i+4, len(key))], " "))
	}
	text = append(text, "", "Then type the code it shows.")
	p, err := a.term.QR(e.OtpauthURI.Reveal(), o.qr)
	if err == nil && !p.Empty() {
		err = sc.Draw(p, text...)
	}
	switch {
	case err == nil && !p.Empty():
		return nil
	case err != nil && !errors.Is(err, term.ErrQRNoFit):
		return mfa.Bad("--qr", "%v", err).WithHint("--qr none shows the key alone")
	}
	sc.Print("Type this key into your authenticator app:")
	sc.Print("")
	sc.Print("    %s", strings.Join(key, " "))
	if a.term.Accessible() {
		sc.Print("    %s", term.Spell(strings.Join(key, " ")))
	}
	sc.Print("")
	sc.Print("or open this address on the phone: %s", e.OtpauthURI.Reveal())
	return nil
}

// firstCode asks until the code is right or the enrolment is dropped.
func (a *App) firstCode(ctx context.Context, sc *term.Screen) (mfa.Activation, error) {
	for {
		text, err := sc.Line("Code from the app: ")
		if err != nil {
			return mfa.Activation{}, err
		}
		code, err := wellFormed(strings.TrimSpace(text))
		if err != nil {
			sc.Print("That is no code: 6 or 8 digits.")
			continue
		}
		s, call, err := a.own(ctx, "Activate")
		if err != nil {
			return mfa.Activation{}, err
		}
		out, err := s.Activate(call, mfa.ActivateRequest{Code: code})
		e := told(err)
		if err == nil || e.Code != mfa.Rejected || strings.Contains(e.HintText(), "begin again") {
			return out, err
		}
		sc.Print("%v; %s", e, e.HintText())
	}
}

func backupSecret(user string, codes []string) secret {
	return secret{
		title: fmt.Sprintf("The %d backup codes of %s. Each works once, where a code is asked for.", len(codes), user),
		items: codes,
		note:  []string{"They are shown this once. Keep them where the phone is not."},
		name:  "mfactl backup codes of " + user + ", each works once",
	}
}

func newConfirm(a *App) *cobra.Command {
	var code source
	var r reveal
	cmd := &cobra.Command{
		Use:     "confirm",
		Short:   "Finish a pending enrolment with its first code",
		Example: `  mfactl 2fa confirm --code-stdin --reveal -o json`,
		Args:    exactly(),
	}
	secretFlags(cmd, &code, "code", "the code the app shows")
	r.flags(cmd)
	cmd.RunE = a.run("confirm 2FA", func(ctx context.Context, _ []string) error { return a.runConfirm(ctx, code, r) })
	return cmd
}

func (a *App) runConfirm(ctx context.Context, src source, r reveal) (err error) {
	if err := a.plan(&r); err != nil {
		return err
	}
	defer func() { r.drop(err) }()
	if err := a.canSave(); err != nil {
		return err
	}
	s, call, err := a.own(ctx, "Activate")
	if err != nil {
		return err
	}
	code, err := a.code(ctx, src, "Code from the app")
	if err != nil {
		return err
	}
	out, err := s.Activate(call, mfa.ActivateRequest{Code: code})
	if err != nil {
		return err
	}
	a.done = "2FA is on"
	unsaved := a.save(out.Session) // told after the codes, which are shown once
	out.Session.Token = mfa.Secret{}
	if err := a.hand(ctx, &r, backupSecret(out.User, texts(out.BackupCodes))); err != nil {
		r.file = nil
		return err
	}
	v := activationView(out, r.open())
	r.file = nil
	return cmp.Or(a.print(v), unsaved)
}

func activationView(out mfa.Activation, open bool) view {
	v := view{
		kind: "Activation", data: out, names: []string{out.Factor.ID}, secret: open, lossy: open,
		table: term.Table{
			Header: []string{"USER", "FACTOR", "KIND", "LABEL", "BACKUP CODES"},
			Rows: [][]string{{
				out.User, out.Factor.ID, string(out.Factor.Kind), out.Factor.Label, strconv.Itoa(len(out.BackupCodes)),
			}},
		},
	}
	v.say = func() string {
		text := line("%s: 2FA enabled (%s %q), %s", out.User, out.Factor.Kind, out.Factor.Label,
			plural(len(out.BackupCodes), "new backup code"))
		if open && len(out.BackupCodes) > 0 {
			text += codeLines(out.BackupCodes)
		}
		return text
	}
	return v
}
