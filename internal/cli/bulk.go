package cli

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// bulkError is the line of a user for whom it did not go through.
type bulkError struct {
	User     string   `json:"user"`
	Code     mfa.Code `json:"code"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
	ExitCode int      `json:"exit_code"`
}

// turn is one user of a list on the way.
type turn[R any] struct {
	user string
	out  R
	err  error
	due  bool // there is something to do
}

// each does it to every user of the list: first all are checked, then, confirmed
// once, each is done in its turn and told in a line of JSON. What does not go
// through for one is told in their line and keeps nobody else from theirs; what
// would meet everybody alike ends it.
func (d deed[R]) each(ctx context.Context, a *App) error {
	if err := a.linesOnly(); err != nil {
		return err
	}
	users, err := a.users(d.many)
	if err != nil {
		return err
	}
	a.doing = d.doing + " " + plural(len(users), "user")
	s := &savings{reveal: &d.reveal, dir: d.many.dir}
	if d.secret && !d.dry {
		if err := s.planned(a); err != nil {
			return err
		}
	}
	if err := d.canConfirm(a); err != nil {
		return err
	}
	turns, due, err := d.checked(ctx, a, users)
	if err != nil {
		return err
	}
	var password mfa.Secret
	if due > 0 && !d.dry {
		if password, err = d.confirmed(ctx, a, s, turns, due); err != nil {
			return err
		}
	}
	return errors.Join(d.through(ctx, a, s, turns, password), s.close())
}

// checked tries each without change.
func (d deed[R]) checked(ctx context.Context, a *App, users []string) (turns []turn[R], due int, _ error) {
	for _, user := range users {
		t := turn[R]{user: user}
		t.out, t.err = d.try(ctx, user, true, mfa.Secret{})
		if t.err != nil && !told(t.err).Code.ConcernsTarget() {
			return nil, 0, t.err
		}
		if t.err == nil {
			changed, dry := d.state(&t.out)
			t.due = !d.dry && (changed || a.flags.key != "")
			*dry = d.dry
		}
		if t.due {
			due++
		}
		turns = append(turns, t)
	}
	return turns, due, nil
}

// confirmed makes the places for secrets, has the number of users typed, and
// asks for the one password.
func (d deed[R]) confirmed(ctx context.Context, a *App, s *savings, turns []turn[R], due int) (password mfa.Secret, err error) {
	var names []string
	for _, t := range turns {
		if t.due {
			names = append(names, t.user)
		}
	}
	if d.secret {
		if err := s.make(a, names); err != nil {
			return password, err
		}
	}
	if !d.yes {
		if err := a.sureCount(ctx, d.doing, due, len(turns)); err != nil {
			s.undo()
			return password, err
		}
	}
	if d.password {
		password, err = a.password(ctx, d.typed, "Your password")
	}
	if err != nil {
		s.undo()
	}
	return password, err
}

// through does each in its turn.
func (d deed[R]) through(ctx context.Context, a *App, s *savings, turns []turn[R], password mfa.Secret) error {
	var failed []string
	did := 0
	for i, t := range turns {
		if t.due {
			t.out, t.err = d.try(ctx, t.user, false, password)
		}
		if t.err != nil && !told(t.err).Code.ConcernsTarget() {
			a.term.Say("mfactl: stopped at %s: %d of %d were done, %d not tried", t.user, did, len(turns), len(turns)-i-1)
			return t.err
		}
		if t.err != nil {
			failed = append(failed, t.user+": "+told(t.err).Error())
			if err := a.print(bulkLine(t.user, t.err)); err != nil {
				return err
			}
			continue
		}
		if changed, _ := d.state(&t.out); t.due && changed {
			did++
			a.done = d.done + " for " + plural(did, "user") + ", last for " + t.user
		}
		if err := d.lineOf(a, s, t); err != nil {
			return err
		}
	}
	for _, line := range failed {
		a.term.Say("mfactl: %s", line)
	}
	if len(failed) > 0 {
		return mfa.Errorf(mfa.Partial, "%d of %s did not go through", len(failed), plural(len(turns), "user"))
	}
	return nil
}

// lineOf saves what was made for one user and tells of it.
func (d deed[R]) lineOf(a *App, s *savings, t turn[R]) error {
	if t.due && d.give != nil {
		if secret := d.give(t.out); secret != nil {
			if d.reveal.open() {
				a.mask(*secret)
			}
			if err := s.put(t.user, *secret, d.view(t.out, true)); err != nil {
				return a.lost(view{lossy: true}, err)
			}
		}
	}
	v := d.view(t.out, d.reveal.open())
	v.lossy = v.lossy || t.due && d.secret
	return a.print(v)
}

// linesOnly settles that every answer is a line of JSON, or a name.
func (a *App) linesOnly() error {
	switch a.config.Output {
	case "table", "json":
		a.config.Output = "jsonl"
	case "yaml", "csv":
		return mfa.Bad("--output", "a list is answered in lines of JSON").WithHint("-o jsonl or -o name")
	}
	return nil
}

func bulkLine(user string, err error) view {
	e := told(err)
	return view{
		kind: "Error",
		data: bulkError{User: user, Code: e.Code, Message: e.Error(), Hint: e.HintText(), ExitCode: e.Code.Facts().Exit},
	}
}
