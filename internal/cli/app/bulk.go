package app

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// bulkError is the line of a user for whom the call failed.
type bulkError struct {
	User     string   `json:"user"`
	Code     mfa.Code `json:"code"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
	ExitCode int      `json:"exit_code"`
}

// item is one user of a list, with the last result of the calls for that user.
type item[R any] struct {
	user string
	out  R
	err  error
	due  bool // there is something to change
}

// runEach acts on every user of the list. First it checks all of them without a change. Then,
// confirmed once, it acts on one after the other and prints a line of JSON for each. An error
// for one user is reported on that user's line and does not stop the others; an error that
// every user would have ends the command.
func (c UserCommand[R]) runEach(ctx context.Context, a *App) error {
	if err := linesOnly(a); err != nil {
		return err
	}
	users, err := readList(a, c.Many)
	if err != nil {
		return err
	}
	a.Doing = c.Doing + " " + Plural(len(users), "user")
	s := &secretFiles{output: &c.Output, dir: c.Many.Dir}
	if c.OneTime && !c.DryRun {
		if err := s.check(a); err != nil {
			return err
		}
	}
	if err := c.canConfirm(a); err != nil {
		return err
	}
	items, due, err := c.checkItems(ctx, a, users)
	if err != nil {
		return err
	}
	var password mfa.Secret
	if len(due) > 0 && !c.DryRun {
		if password, err = c.confirmItems(ctx, a, s, items, due); err != nil {
			return err
		}
	}
	return errors.Join(c.runItems(ctx, a, s, items, password), s.close())
}

// checkItems calls for each user without a change. The users in due have something to change.
func (c UserCommand[R]) checkItems(ctx context.Context, a *App, users []string) (items []item[R], due []string, _ error) {
	for _, user := range users {
		one := item[R]{user: user}
		one.out, one.err = c.Call(ctx, user, true, mfa.Secret{})
		if one.err != nil && !ErrorOf(one.err).Code.ConcernsTarget() {
			return nil, nil, one.err
		}
		if one.err == nil {
			changed, dry := c.Result(&one.out)
			one.due = !c.DryRun && (changed || a.Flags.Key != "")
			*dry = c.DryRun
		}
		if one.due {
			due = append(due, user)
		}
		items = append(items, one)
	}
	return items, due, nil
}

// confirmItems creates the files for the secrets, asks the person to type the number of users,
// and asks for the password, once.
func (c UserCommand[R]) confirmItems(ctx context.Context, a *App, s *secretFiles, items []item[R], due []string) (password mfa.Secret, err error) {
	if c.OneTime {
		if err := s.make(a, due); err != nil {
			return password, err
		}
	}
	if !c.yes {
		if err := confirmCount(ctx, a, c.Doing, len(due), len(items)); err != nil {
			s.undo()
			return password, err
		}
	}
	if c.AskPassword {
		password, err = a.ReadPassword(ctx, c.Password, "Your password")
	}
	if err != nil {
		s.undo()
	}
	return password, err
}

// runItems acts on one user after the other.
func (c UserCommand[R]) runItems(ctx context.Context, a *App, s *secretFiles, items []item[R], password mfa.Secret) error {
	var failed []string
	did := 0
	for i, one := range items {
		if one.due {
			one.out, one.err = c.Call(ctx, one.user, false, password)
		}
		if one.err != nil && !ErrorOf(one.err).Code.ConcernsTarget() {
			a.Term.Say("mfactl: stopped at %s: %d of %d were done, %d not tried", one.user, did, len(items), len(items)-i-1)
			return one.err
		}
		if one.err != nil {
			failed = append(failed, one.user+": "+ErrorOf(one.err).Error())
			if err := a.Print(bulkLine(one.user, one.err)); err != nil {
				return err
			}
			continue
		}
		if changed, _ := c.Result(&one.out); one.due && changed {
			did++
			a.Done = c.Done + " for " + Plural(did, "user") + ", last for " + one.user
		}
		if err := c.printItem(a, s, one); err != nil {
			return err
		}
	}
	for _, line := range failed {
		a.Term.Say("mfactl: %s", line)
	}
	if len(failed) > 0 {
		return mfa.Errorf(mfa.Partial, "%d of %s did not go through", len(failed), Plural(len(items), "user"))
	}
	return nil
}

// printItem saves the secret that was made for one user, and prints the line of that user.
func (c UserCommand[R]) printItem(a *App, s *secretFiles, one item[R]) error {
	if one.due && c.Secret != nil {
		if secret := c.Secret(a, one.out); secret != nil {
			if c.Output.Revealed() {
				maskSecrets(a, *secret)
			}
			if err := s.put(one.user, *secret, c.Render(a, one.out, true)); err != nil {
				return a.OutputLost(View{Lossy: true}, err)
			}
		}
	}
	v := c.Render(a, one.out, c.Output.Revealed())
	v.Lossy = v.Lossy || one.due && c.OneTime
	return a.Print(v)
}

// linesOnly makes every answer a line of JSON, or a name.
func linesOnly(a *App) error {
	switch a.Config.Output {
	case "table", "json":
		a.Config.Output = "jsonl"
	case "yaml", "csv":
		return mfa.UsageError("--output", "a list is answered in lines of JSON").WithHint("-o jsonl or -o name")
	}
	return nil
}

func bulkLine(user string, err error) View {
	e := ErrorOf(err)
	return View{
		Kind: "Error",
		Data: bulkError{User: user, Code: e.Code, Message: e.Error(), Hint: e.HintText(), ExitCode: e.Code.Facts().Exit},
	}
}
