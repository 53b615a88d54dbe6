package signin

import (
	"context"
	_ "embed"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// ChangePassword implements [mfa.Passwords].
func (e *Part) ChangePassword(ctx context.Context, req mfa.ChangePasswordRequest) (mfa.Done, error) {
	if err := CheckPassword(req.NewPassword); err != nil {
		return mfa.Done{}, err
	}
	if act.NormalPassword(req.NewPassword) == act.NormalPassword(req.Password) {
		return mfa.Done{}, mfa.UsageError("new_password", "the new password is the old one")
	}
	var phc string
	o := act.Spec{Method: "ChangePassword", Body: req, Password: &req.Password, Prepare: e.Hashing(req.NewPassword, &phc)}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Done, error) {
		out := mfa.Done{User: u.Email, Changed: true}
		if err := CheckPasswordOf(a, u, req.NewPassword); err != nil {
			return out, err
		}
		var err error
		if out.Ended, err = SetPassword(a, u, phc, a.Session.Hash); err != nil {
			return out, err
		}
		a.Announce(act.Event{Action: mfa.ActPasswordChange, User: u}, mfa.NoticePasswordChanged)
		return out, nil
	})
}

// RedeemPassword implements [mfa.Passwords]. A wrong code is a wrong password:
// the same counter, the same work, the same answer.
func (e *Part) RedeemPassword(ctx context.Context, req mfa.RedeemPasswordRequest) (mfa.Done, error) {
	address, err := act.CanonicalEmail(req.Email)
	if err != nil {
		return mfa.Done{}, err
	}
	if err := CheckPassword(req.NewPassword); err != nil {
		return mfa.Done{}, err
	}
	var phc string
	o := act.Spec{Method: "RedeemPassword", Body: req, Address: address, Prepare: e.Hashing(req.NewPassword, &phc)}
	o.Payer = func(a *act.Act) (*act.Account, error) { return byEmail(a, address) }
	var row *mfa.Factor // the code that was right in this transaction
	o.Proof = func(a *act.Act, u *act.Account) (right bool, err error) {
		row, err = setPasswordCode(a, u, req.Code)
		return row != nil, err
	}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Done, error) {
		out := mfa.Done{User: u.Email, Changed: true}
		if row == nil {
			return out, mfa.Fault(errors.New("a password without its code"))
		}
		if Ended(*row, a.Now) {
			return out, mfa.Errorf(mfa.Expired, "the set-password code is out of time").
				WithHint("ask an administrator for another")
		}
		if err := CheckPasswordOf(a, u, req.NewPassword); err != nil {
			return out, err
		}
		a.ActAs(u)
		u.Password, u.OwnPasswordAt = mfa.Attempts{}, a.Now
		var err error
		if out.Ended, err = SetPassword(a, u, phc, ""); err != nil {
			return out, err
		}
		a.Announce(act.Event{Action: mfa.ActPasswordSet, User: u}, mfa.NoticePasswordChanged)
		return out, nil
	})
}

// setPasswordCode returns the row of a code, if it is the user's own, and else nil. Only
// the holder of the code learns whether it is still valid.
func setPasswordCode(a *act.Act, u *act.Account, code mfa.Secret) (*mfa.Factor, error) {
	if u.Status != mfa.UserActive {
		return nil, nil
	}
	rows, err := codeRows(a, u, mfa.PasswordCode)
	for _, f := range rows {
		switch err := try(a, u, &f, code); {
		case err == nil:
			return &f, nil
		case !isNo(err):
			return nil, err
		}
	}
	return nil, err
}

// SetPassword writes the new hash, revokes every set-password code and device marker and ends
// sessions.
func SetPassword(a *act.Act, u *act.Account, phc, but string) (ended int, err error) {
	if _, err := dropCodes(a, u, mfa.PasswordCode); err != nil {
		return 0, err
	}
	u.PasswordHash, u.Markers = phc, nil
	a.Wrote(a.Write.PutUser(&u.User))
	return a.EndSessions(u.ID, but)
}

// commonPasswords are passwords of eight and more characters from public lists
// of the most frequent ones, most frequent first, one a line.
//
//go:embed common.txt
var commonPasswords string

// CheckPassword refuses a new password that nobody may have: one that is empty, too long, or
// among the common ones. There is no composition rule (OWASP ASVS 6.2.5).
func CheckPassword(p mfa.Secret) error {
	value := act.NormalPassword(p).Reveal()
	switch n := utf8.RuneCountInString(value); {
	case !utf8.ValidString(value):
		return mfa.UsageError("new_password", "not valid UTF-8")
	case n == 0:
		return mfa.UsageError("new_password", "empty")
	case n > mfa.MaxPasswordLength:
		return mfa.UsageError("new_password", "longer than %d characters", mfa.MaxPasswordLength)
	case strings.Contains("\n"+commonPasswords, "\n"+comparable(p)+"\n"):
		return mfa.UsageError("new_password", "among the most common passwords").WithHint("choose several words of your own")
	}
	return nil
}

// CheckPasswordOf refuses a new password that the rules of the account do not allow.
func CheckPasswordOf(a *act.Act, u *act.Account, p mfa.Secret) error {
	if err := CheckFirstPassword(u, p); err != nil {
		return err
	}
	value := comparable(p)
	for _, list := range u.Policy.Blocklists {
		text, err := a.Read.Blocklist(list)
		if err != nil {
			return err
		}
		for _, refused := range mfa.RefusedPasswords(text) {
			if comparable(mfa.NewSecret(refused)) == value {
				return mfa.UsageError("new_password", "refused by the rule password_blocklist").
					WithHint("choose several words of your own")
			}
		}
	}
	return nil
}

// comparable is a password as it is compared with those that are refused: in any case of its
// letters, however they were put together.
func comparable(p mfa.Secret) string { return strings.ToLower(act.NormalPassword(p).Reveal()) }

// CheckFirstPassword refuses a password that is shorter than the account's policy asks for, or
// that is its own address or community (OWASP ASVS 6.2.11). Of a store that is being created
// that is all there is to ask.
func CheckFirstPassword(u *act.Account, p mfa.Secret) error {
	value := act.NormalPassword(p).Reveal()
	if utf8.RuneCountInString(value) < u.PasswordLength() {
		return tooShort(u)
	}
	local, _, _ := strings.Cut(u.Email, "@")
	for _, word := range []string{u.Email, local, u.Community.Name} {
		if strings.EqualFold(value, word) {
			return mfa.UsageError("new_password", "it is your own address or community")
		}
	}
	return nil
}

// tooShort says how long a password of the account must be, and which rule says so.
func tooShort(u *act.Account) error {
	shortest, rule := u.PasswordLength(), u.Policy.PasswordMinLength
	if shortest == rule {
		return mfa.UsageError("new_password", "shorter than %d characters, which the rule password_min_length asks for", rule)
	}
	return mfa.UsageError("new_password", "shorter than %d characters, which a password needs that stands alone", shortest).
		WithHint("choose a longer one; with 2FA, the rule password_min_length asks for %d", rule)
}
