//go:build faults && linux && amd64

package faults

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mfactl/mfactl/internal/mfa"
)

const power = "power cut"

// When the power goes, whatever was acknowledged before is there when it comes
// back: accounts exist, and codes that were spent stay spent. A database beside
// it that waits for no disk loses what it was told is written, so the cuts cut.
func TestAPowerCutLosesNothingThatWasAcknowledged(t *testing.T) {
	d := newDisk(t)
	whole := newLab(t)
	cuts := 40
	if testing.Short() {
		cuts = 2
	}
	for cut := range cuts {
		d.outage(t, whole, 50+cut*7)
	}
	if found.get(power, "lost by the careless one") == 0 {
		t.Error("even a database that waits for no disk lost nothing: no power was cut")
	}
}

// outage has people work until so many acts were acknowledged, cuts the power,
// and looks what is left.
func (d *disk) outage(t *testing.T, whole *lab, acts int) {
	t.Helper()
	(&lab{t: t, dir: d.dir}).clear()
	l := whole.fork(t, d.dir)
	unix.Sync() // what was before is on the disk
	o, err := l.openIn(d.dir)
	if err == nil {
		err = o.signIn()
	}
	if err != nil {
		t.Fatal(verdict(err))
	}
	n := &notes{enough: acts, full: make(chan struct{})}
	insert, end := neglect(t, d.dir)
	var workers sync.WaitGroup
	for _, work := range []worker{o.makeAccounts(insert), o.spendSteps(), o.spendCodes(), l.runProcesses()} {
		workers.Go(func() { n.take(work) })
	}
	<-n.full
	d.cut()
	workers.Wait()
	end()
	_ = o.store.Close() // its disk is gone
	d.restart()
	found.add(power, "cuts", 1)
	l.remembers(n)
}

// act is something that was done, for the notes.
type act struct{ what, name string }

// worker does one thing after the other, until one fails.
type worker func() (act, error)

// notes are the acts that were acknowledged before the power went.
type notes struct {
	mu     sync.Mutex
	acts   []act
	enough int           // how many acts it takes until the power goes
	full   chan struct{} // closed then: what comes later nobody has heard of
}

// take has a worker work, and notes what it was told. It ends when the notes are
// full and the disk is gone.
func (n *notes) take(work worker) {
	for {
		done, err := work()
		n.mu.Lock()
		if len(n.acts) == n.enough {
			n.mu.Unlock()
			if err != nil {
				return
			}
			continue
		}
		if err == nil {
			n.acts = append(n.acts, done)
		}
		if len(n.acts) == n.enough {
			close(n.full)
		}
		n.mu.Unlock()
	}
}

// of returns the names under one kind of act.
func (n *notes) of(what string) (names []string) {
	for _, a := range n.acts {
		if a.what == what {
			names = append(names, a.name)
		}
	}
	return names
}

// makeAccounts makes accounts, each after a row in the careless database.
func (o *opened) makeAccounts(careless func() error) worker {
	i := 0
	return func() (act, error) {
		i++
		email := fmt.Sprintf("u%d@acme.example", i)
		if err := careless(); err != nil {
			return act{}, err
		}
		_, err := o.CreateUser(o.ctx, mfa.CreateUserRequest{Email: email, Role: mfa.RoleMember})
		return act{"account beside a row", email}, err
	}
}

// runProcesses makes accounts too, each by a process of its own.
func (l *lab) runProcesses() worker {
	i := 0
	return func() (act, error) {
		i++
		email := fmt.Sprintf("p%d@acme.example", i)
		a := l.run("admin", "", "admin", "users", "create", email, "--new-password-file", "PN", "--password-file", "P")
		if a.status != 0 {
			return act{}, errors.New(a.talk)
		}
		return act{"account", email}, nil
	}
}

// spendSteps spends Bob's counter, step by step.
func (o *opened) spendSteps() worker {
	step := int64(0)
	return func() (act, error) {
		step++
		code := o.lab.phones["bob/counter"].At(step)
		_, err := o.Verify(o.ctx, mfa.VerifyRequest{User: bob, Code: mfa.NewSecret(code)})
		return act{"step", code}, err
	}
}

// spendCodes spends Alice's backup codes, and then makes ten new ones.
func (o *opened) spendCodes() worker {
	left := slices.Clone(o.lab.codes["alice"])
	return func() (act, error) {
		if len(left) == 0 {
			out, err := o.GenerateBackupCodes(o.ctx, mfa.GenerateBackupCodesRequest{Password: mfa.NewSecret(passwords["PB"])})
			for _, c := range out.Codes {
				left = append(left, c.Reveal())
			}
			return act{what: "generation"}, err
		}
		code := left[0]
		left = left[1:]
		_, err := o.Verify(o.ctx, mfa.VerifyRequest{User: alice, Code: mfa.NewSecret(code)})
		return act{"backup code", code}, err
	}
}

// remembers looks for every act that was noted.
func (l *lab) remembers(n *notes) {
	l.t.Helper()
	lost := func(a act) {
		found.add(power, "lost", 1)
		l.t.Errorf("lost: %s %s", a.what, a.name)
	}
	if a := l.run("alice", "", "store", "check"); a.status != 0 {
		l.t.Errorf("store check: exit %d: %s%s", a.status, a.out, a.talk)
	}
	var s sight
	l.inCopy(func(o *opened) { s = o.everything() })
	all := strings.Join(s, "\n")
	rows := n.of("account beside a row")
	for _, email := range append(rows, n.of("account")...) {
		if !strings.Contains(all, `"email":"`+email+`"`) {
			lost(act{"account", email})
		}
	}
	spent := n.of("step")
	spent = spent[max(0, len(spent)-1):] // the last one stands for those before
	for who, codes := range map[string][]string{bob: spent, alice: n.of("backup code")} {
		for _, c := range codes {
			l.inCopy(func(o *opened) {
				if err := code(who, c).try(o); !errors.Is(err, mfa.Rejected) {
					lost(act{"that it is spent", c + " of " + who + ": " + verdict(err)})
				}
			})
		}
	}
	found.add(power, "acknowledged", len(n.acts))
	found.add(power, "lost", 0)
	found.add(power, "rows of the careless one", len(rows))
	found.add(power, "lost by the careless one", max(0, len(rows)-countRows(l.t, l.dir)))
}
