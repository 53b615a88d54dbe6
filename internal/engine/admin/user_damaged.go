package admin

import (
	"errors"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// IsDamagedUser reports whether an act failed because the record of a user does not verify.
func IsDamagedUser(err error) bool {
	d, named := records.InDamage(err)
	return named && d.Sort == "user"
}

// DeleteDamaged removes an account whose record does not verify, with all rows that belong to
// its id. Nothing that the record says is used, so it is for operators and for the owner of
// the store: its community and its role are unknown. It needs a reason, and every operator is
// notified.
func DeleteDamaged(a *act.Act, user string, b Basis, dry bool) (mfa.DeletedUser, error) {
	out := mfa.DeletedUser{Changed: true, DryRun: dry, Damaged: true}
	_, err := a.AccountNamed(user)
	d, _ := records.InDamage(err)
	switch {
	case err == nil:
		return out, mfa.Errorf(mfa.Conflict, "%s has changed meanwhile", user)
	case !IsDamagedUser(err) || !b.BreakGlass && !a.Actor.Grant.Everywhere:
		return out, err
	case b.Reason == "":
		return out, mfa.UsageError("reason", "missing: a damaged account is removed with a reason")
	}
	out.User = mfa.UserInfo{ID: d.ID}
	rows, err := a.Read.FactorRows(d.ID)
	if err != nil || dry {
		return out, err
	}
	for _, f := range rows.Sound {
		a.Wrote(a.Write.DeleteFactor(f.ID))
	}
	for _, f := range rows.Damaged {
		a.Wrote(a.Write.DeleteFactor(f.ID))
	}
	out.Removed.Factors = rows.Len()
	ended, sessions := a.EndSessions(d.ID, "")
	tokens, err := endTokens(a, d.ID)
	if err = errors.Join(sessions, err); err != nil {
		return out, err
	}
	out.Removed.Sessions, out.Removed.Tokens = ended, tokens
	a.Wrote(a.Write.DeleteUser(d.ID))
	gone := &act.Account{User: mfa.User{ID: d.ID}}
	if a.Actor != nil {
		gone.CommunityID = a.Actor.CommunityID
	}
	ev := b.Event(mfa.ActUserDelete, gone, "its record did not verify")
	ev.HighSeverity = true
	out.Event = a.Record(ev)
	operators, err := act.ActiveUsers(a, mfa.UserQuery{Roles: []mfa.Role{mfa.RoleOperator}})
	for _, u := range operators {
		a.Notify(u, b.Notice(mfa.NoticeRemoved, d.ID))
	}
	return out, err
}
