//go:build faults && linux && amd64

package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

const power = "power cut"

// When the power goes, whatever was acknowledged before is there when it comes
// back: accounts exist, and codes that were spent stay spent. A database beside
// it that waits for no disk loses what it was told was written, so the cut is one.
func TestAPowerCutLosesNothingThatWasAcknowledged(t *testing.T) {
	d := newDisk(t)
	whole := newLab(t)
	cuts := 40
	if testing.Short() {
		cuts = 2
	}
	for range cuts {
		d.outage(t, whole)
	}
	if cuts > 10 && found.get(power, "lost by the careless one") == 0 {
		t.Error("even a database that waits for no disk lost nothing: no power was cut")
	}
}

// acts are those that were acknowledged, and end when the power does.
type acts struct {
	mu    sync.Mutex
	dark  bool
	users []string // accounts that were made
	steps []int64  // of Bob's counter that were spent
	codes []string // backup codes that were spent
	lines int      // rows of the careless database
}

// ack notes an act, unless the power is gone: then nobody has heard of it.
func (a *acts) ack(note func()) (alive bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.dark {
		note()
	}
	return !a.dark
}

// outage has people work until the power goes, and looks what is left.
func (d *disk) outage(t *testing.T, whole *lab) {
	t.Helper()
	(&lab{t: t, dir: d.dir}).clear()
	l := whole.fork(t, d.dir)
	o, err := l.openIn(d.dir)
	if err == nil {
		err = o.signIn()
	}
	if err != nil {
		t.Fatal(verdict(err))
	}
	a := &acts{}
	var workers sync.WaitGroup
	for _, work := range []func(*opened, *acts) error{makeAccounts, spendSteps, spendCodes, runProcesses, neglect} {
		workers.Go(func() {
			for work(o, a) == nil { //nolint:revive // it works until it cannot
			}
		})
	}
	time.Sleep(time.Duration(300+found.get(power, "cuts")%7*100) * time.Millisecond) // lets them get on
	a.mu.Lock()
	a.dark = true
	a.mu.Unlock()
	d.cut()
	workers.Wait()
	_ = o.store.Close() // its disk is gone
	d.restart()
	found.add(power, "cuts", 1)
	found.add(power, "acknowledged", len(a.users)+len(a.steps)+len(a.codes))
	l.remembers(t, a)
}

var errDark = errors.New("the power is gone")

func (a *acts) done(err error, note func()) error {
	if err == nil && !a.ack(note) {
		return errDark
	}
	return err
}

// makeAccounts is called again and again, as the others are.
func makeAccounts(o *opened, a *acts) error {
	name := fmt.Sprintf("u%d@acme.example", len(a.users))
	_, err := o.CreateUser(o.ctx, mfa.CreateUserRequest{Email: name, Role: mfa.RoleMember})
	return a.done(err, func() { a.users = append(a.users, name) })
}
