package host

import (
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
)

// check is one row of the table: what is looked at, what must be in order for
// that, and what helps unless the finding says otherwise.
type check struct {
	name   string
	needs  func(*patient) bool // nil: nothing
	look   func(*patient) []finding
	remedy string
}

// checks is everything doctor looks at, in the order in which it is mended.
func checks() []check {
	placed := func(p *patient) bool { return p.broken == nil }
	found := func(p *patient) bool { return placed(p) && p.storeErr == nil }
	opened := func(p *patient) bool { return p.engine != nil }
	well := func(p *patient) bool { return opened(p) && p.unwell == nil }
	return []check{
		{"settings", nil, func(p *patient) []finding { return failed(p.broken) }, "mfactl help environment"},
		{"store", placed, func(p *patient) []finding { return failed(p.storeErr) }, "run as the user whom the store belongs to"},
		{"key file", placed, func(p *patient) []finding { return failed(p.keyErr) }, "restore the copy of the key file"},
		{"key of this store", opened, func(p *patient) []finding { return failed(p.unwell) }, "restore the copy of the key file"},
		{"permissions", placed, (*patient).permissions, ""},
		{"file system", found, (*patient).fileSystem, "move the store to a local disk"},
		{"copies of the store", placed, (*patient).kept, "run as the user whom the store belongs to"},
		{"copy of the key", well, (*patient).keyCopy, "mfactl store export-key --to age1… --save key.age"},
		{"operators", well, (*patient).operators, "as an operator: mfactl 2fa enable"},
		{"administrators", well, (*patient).administrators, "mfactl admin users create USER --role admin"},
		{"approvals", well, (*patient).approvals, "mfactl help authority"},
		{"clock", well, (*patient).clock, "set the clock of this machine"},
		{"notices", well, (*patient).notices, "see that this host can send mail"},
		{"locked out", well, (*patient).lockedOut, ""},
		{"uses in the future", well, (*patient).ahead, ""},
		{"records", well, (*patient).records, ""},
	}
}

// fileSystem finds a store that is not safe where it is.
func (p *patient) fileSystem() []finding {
	reason, err := store.Unsafe(p.place.Store)
	if err != nil {
		return failed(err)
	}
	return problem(reason != "", reason)
}

func (p *patient) keyCopy() []finding {
	return warning(!p.health.KeysCopied, "no copy was made of the keys as they are now")
}

func (p *patient) operators() []finding {
	return problem(p.health.Operators == 0, "no operator has 2FA on: nobody could do what needs it")
}

func (p *patient) administrators() []finding {
	none := problem(p.health.Resetters == 0, "no administrator has 2FA on: nobody could reset another's")
	return append(none, warning(p.health.Resetters == 1, "only one administrator has 2FA on: nobody could reset theirs")...)
}

// approvals finds communities in which nobody can approve what another asks for.
func (p *patient) approvals() (out []finding) {
	for _, c := range p.health.Unpaired {
		when := "until another administrator with 2FA is there"
		if !c.From.IsZero() {
			when = "until " + app.Timestamp(c.From)
		}
		out = append(out, warning(true, fmt.Sprintf("%s: no two administrators are independent, and nobody can approve a request %s; --break-glass is the way", c.Community, when))...)
	}
	return out
}

// clockSlack is how far the clock may be behind what is in the store: two hosts
// that share one are never quite together.
const clockSlack = time.Minute

// clock finds a clock that was set back. One that has leapt ahead cannot be told
// from a store that rested.
func (p *patient) clock() []finding {
	behind := p.health.HighWater.Sub(p.health.Clock)
	return problem(behind > clockSlack, fmt.Sprintf("it says %s, and the store has seen %s: until then time stands still here",
		app.Timestamp(p.health.Clock), app.Timestamp(p.health.HighWater)))
}

func (p *patient) notices() []finding {
	n := p.health.Undelivered
	many := app.Plural(n, "notice")
	if n == mfa.MaxDamage {
		many += " or more"
	}
	return warning(n > 0, fmt.Sprintf("%s not delivered for more than 24 h, the oldest of %s", many, app.Timestamp(p.health.WaitingSince)))
}

// lockedOut lists the accounts that only a reset helps.
func (p *patient) lockedOut() (out []finding) {
	for _, e := range p.health.Exhausted {
		remedy := "mfactl admin reset-2fa " + mfa.ShellWord(e.User)
		if e.What == mfa.ExhaustedPassword {
			remedy = "mfactl admin users unlock " + mfa.ShellWord(e.User)
		}
		out = append(out, finding{statusWarning, e.User + ": too many wrong in a row: " + e.What, remedy})
	}
	return out
}

// ahead names the users of whom something was used in the future: until then a code of that
// factor counts as used already.
func (p *patient) ahead() (out []finding) {
	for _, u := range p.examined.Ahead {
		out = append(out, finding{
			statusWarning, fmt.Sprintf("%s: %s is of %s, which is in the future", u.User, u.What, app.Timestamp(u.At)),
			"see that the clock is right; if the codes of the user are refused: mfactl admin reset-2fa " + mfa.ShellWord(u.User),
		})
	}
	return out
}

func (p *patient) records() []finding {
	out := failed(p.unread)
	for _, d := range p.examined.Damage {
		out = append(out, finding{statusProblem, d.Sort + " " + d.Record + ": " + d.Problem, d.Remedy})
	}
	return out
}
