package direct

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// highWater examines the store's memory of time, without which it does nothing.
func (x *examination) highWater() error {
	_, err := x.act.Read.Mark()
	if !errors.Is(err, mfa.Damaged) {
		return err
	}
	problem := "the record does not verify"
	if _, unread := x.raw.Meta(mfa.MetaHighWater); errors.Is(unread, mfa.NotFound) {
		problem = "the record is missing"
	}
	x.find("clock", "the latest time the store has seen", problem, restore)
	return nil
}

func (x *examination) communities() error {
	name := func(c mfa.Community) string { return cmp.Or(c.Name, c.ID) }
	return walk(x, "community", restore, x.raw.EachCommunity(), name, func(c mfa.Community) error {
		if !x.sound("community", name(c), restore, c) {
			return nil
		}
		for _, list := range mfa.Blocklists(c.Policy[mfa.RulePasswordBlocklist]) {
			if _, err := x.act.Read.Blocklist(list); errors.Is(err, mfa.Damaged) {
				x.find("community", name(c), "its list of refused passwords is missing or was changed", mfa.AsError(err).Hint)
			}
		}
		return nil
	})
}

// restoreOrDelete is the remedy for an account.
const restoreOrDelete = restore + `, or mfactl admin users delete USER --break-glass --reason TEXT`

// users examines each user with factors, codes, sessions and tokens. Of an account that
// does not verify nothing says which factors there must be.
func (x *examination) users() error {
	name := func(u mfa.User) string { return cmp.Or(u.Email, u.ID) }
	return walk(x, "user", restoreOrDelete, x.raw.EachUser(), name, func(u mfa.User) error {
		sound := x.sound("user", name(u), restoreOrDelete, u)
		if sound {
			x.ahead(u, "last sign-in", u.LastSignInAt)
		}
		rows, err := x.raw.Factors(u.ID)
		if err != nil {
			return err
		}
		for _, f := range rows {
			x.count()
			if x.opens(u, f) && sound {
				x.known(u, f)
				x.ahead(u, "last step of "+x.factorName(u, f), f.LastUsedAt)
			}
		}
		if sound {
			x.missing(u, rows)
		}
		if err := x.sessionsOf(u); err != nil {
			return err
		}
		return x.tokensOf(u)
	})
}

// aheadSlack is how far ahead a use may be: two hosts that share a store are never quite
// together.
const aheadSlack = time.Minute

// ahead notes a use in the future.
func (x *examination) ahead(u mfa.User, what string, at time.Time) {
	if at.After(x.raw.Now().Add(aheadSlack)) && len(x.out.Ahead) < mfa.MaxDamage {
		x.out.Ahead = append(x.out.Ahead, mfa.Ahead{User: u.Email, What: what, At: at})
	}
}

// opens checks a factor row for itself.
func (x *examination) opens(u mfa.User, f mfa.Factor) bool {
	if !x.sound("factor", x.factorName(u, f), x.factorRemedy(u, f), f) {
		return false
	}
	_, err := x.act.Runner.Keys.Open(signin.FactorBinding(x.act, f), f.Sealed)
	if err != nil {
		x.find("factor", x.factorName(u, f), "what is sealed in it does not open", x.factorRemedy(u, f))
	}
	return err == nil
}

// known checks that the account knows a confirmed factor as it is.
func (x *examination) known(u mfa.User, f mfa.Factor) {
	if f.Status != mfa.FactorPending && !slices.Contains(u.Factors, records.MarkOf(f)) {
		x.find("factor", x.factorName(u, f), "it is not what the account knows: an old record was put back", x.factorRemedy(u, f))
	}
}

// missing looks for factors that the account knows and that are not there.
func (x *examination) missing(u mfa.User, rows []mfa.Factor) {
	for _, mark := range u.Factors {
		if !slices.ContainsFunc(rows, func(f mfa.Factor) bool { return f.ID == mark.ID }) {
			gone := mfa.Factor{Kind: mark.Kind}
			x.find("factor", x.factorName(u, gone), "the record is missing", x.factorRemedy(u, gone))
		}
	}
}

// factorName names a factor or a set of codes.
func (x *examination) factorName(u mfa.User, f mfa.Factor) string {
	switch class := signin.ClassOf(x.act, f.Kind); {
	case class == mfa.LookUpSet:
		return "backup codes of " + u.Email
	case class != mfa.Possession:
		return fmt.Sprintf("%s code of %s", f.Kind, u.Email)
	case f.Label == "":
		return fmt.Sprintf("%s of %s", f.Kind, u.Email)
	}
	return fmt.Sprintf("%s %q of %s", f.Kind, f.Label, u.Email)
}

// factorRemedy is the command that replaces the record. None of these reads anything of
// the old one.
func (x *examination) factorRemedy(u mfa.User, f mfa.Factor) string {
	if signin.ClassOf(x.act, f.Kind) == mfa.PasswordCode {
		return "mfactl admin users reset-password " + mfa.ShellWord(u.Email)
	}
	return "mfactl admin reset-2fa " + mfa.ShellWord(u.Email)
}

func (x *examination) sessionsOf(u mfa.User) error {
	rows, err := x.raw.Sessions(u.ID)
	for _, s := range rows {
		x.count()
		name := fmt.Sprintf("of %s, since %s", u.Email, s.CreatedAt.Format(time.RFC3339))
		x.sound("session", name, "mfactl admin sessions revoke "+mfa.ShellWord(u.Email), s)
	}
	return err
}

func (x *examination) tokensOf(u mfa.User) error {
	rows, err := x.raw.Tokens(mfa.TokenQuery{UserID: u.ID})
	for _, k := range rows {
		x.count()
		x.sound("token", fmt.Sprintf("%q of %s, %s", k.Name, u.Email, k.ID), "mfactl admin tokens revoke "+k.ID, k)
	}
	return err
}

// fileAgain is the remedy for a request: a damaged one is never carried out.
const fileAgain = "file the request again; this one is never carried out"

func (x *examination) requests() error {
	name := func(request mfa.Request) string { return request.ID }
	return walk(x, "request", fileAgain, x.raw.EachRequest(), name, func(request mfa.Request) error {
		x.sound("request", name(request), fileAgain, request)
		return nil
	})
}

func (x *examination) formers() error {
	name := func(f mfa.FormerAccount) string { return cmp.Or(f.Email, f.ID) }
	return walk(x, "former account", restore, x.raw.EachFormerAccount(), name, func(f mfa.FormerAccount) error {
		x.sound("former account", name(f), restore, f)
		return nil
	})
}

// keepEvents is the remedy for a trail that was changed: what happened must be
// found out elsewhere.
const keepEvents = "keep a copy of the store as it is, and compare it with a backup"

// events examines the audit trail, which has no gap from 1 on. Whether its end
// was cut off only what is kept elsewhere can tell.
func (x *examination) events() error {
	name := func(ev mfa.Event) string { return strconv.FormatInt(ev.Seq, 10) }
	next := int64(1)
	meet := func(ev mfa.Event) string {
		if ev.Seq == 0 {
			return ""
		}
		x.gap(next, ev.Seq)
		next = ev.Seq + 1
		return name(ev)
	}
	return walk(x, "event", keepEvents, x.raw.EachEvent(), meet, func(ev mfa.Event) error {
		if !x.sound("event", name(ev), keepEvents, ev) {
			return nil
		}
		return x.noticesOf(ev)
	})
}

// gap reports the events that are missing: next is the number that must come now, comes
// the number of the event that was read.
func (x *examination) gap(next, comes int64) {
	switch {
	case comes == next+1:
		x.find("event", strconv.FormatInt(next, 10), "the record is missing", keepEvents)
	case comes > next:
		x.find("event", fmt.Sprintf("%d to %d", next, comes-1), "the records are missing", keepEvents)
	}
}

// neverSent is the remedy for a notice: what it was to say stands in the audit trail too.
const neverSent = "it is never sent: tell the user what mfactl admin audit list says of that time"

// noticesOf looks for the notices that an event names and that are not there.
func (x *examination) noticesOf(ev mfa.Event) error {
	for _, id := range ev.Notices {
		rows, err := x.raw.Notices(mfa.NoticeQuery{ID: id, Limit: 1})
		if err == nil && len(rows) == 0 {
			x.find("notice", fmt.Sprintf("%s, of event %d", id, ev.Seq), "the record is missing", neverSent)
		}
		if err != nil && !errors.Is(err, mfa.Damaged) {
			return err
		}
	}
	return nil
}

func (x *examination) notices() error {
	name := func(n mfa.Notice) string { return n.ID }
	return walk(x, "notice", neverSent, x.raw.EachNotice(), name, func(n mfa.Notice) error {
		x.sound("notice", name(n), neverSent, n)
		return nil
	})
}
