//go:build faults && linux && amd64

package faults

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A byte that has changed in the database, in its log or in the key file changes
// no decision: nobody gets in who would not have, 2FA that is on never seems off,
// and whoever would have got in gets in or is told of the damage.
func TestAFlippedByteChangesNoDecision(t *testing.T) {
	l := newLab(t)
	b := newBook(l)
	l.struck(blow{calls: answers, at: 1, signal: syscall.SIGKILL}, "admin", "", "admin", "communities", "create", "South") // leaves its log behind
	clean := l.leaf(t)
	for name, text := range clean {
		if len(text) == 0 {
			t.Fatal("there is no ", name)
		}
	}
	b.decide(t, clean, nil)
	const parts = 4
	flips := 1000 / parts
	if testing.Short() {
		flips = 8
	}
	for part := range parts {
		t.Run(strconv.Itoa(part), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(20260314, uint64(part)))
			for range flips {
				b.decide(t, clean, newFlip(random, clean))
			}
		})
	}
}

// leaf is what of a store lies on a disk: file names and their content.
type leaf map[string][]byte

func (l *lab) leaf(t *testing.T) leaf {
	t.Helper()
	files := leaf{}
	for _, name := range storeFiles {
		b, err := os.ReadFile(l.path(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}

// flip is one changed byte.
type flip struct {
	file string
	at   int
	by   byte // what is turned over in it
}

// newFlip draws a byte: of the key file one in ten times, else anywhere.
func newFlip(random *rand.Rand, files leaf) *flip {
	f := &flip{file: "store.db.key", by: byte(1 + random.IntN(255))}
	if random.IntN(10) > 0 {
		f.file = "store.db"
		if at := random.IntN(len(files["store.db"]) + len(files["store.db-wal"])); at >= len(files["store.db"]) {
			f.file = "store.db-wal"
		}
	}
	f.at = random.IntN(len(files[f.file]))
	return f
}

// book is what is asked of a store, and the only answers that are right.
type book struct {
	lab       *lab
	questions []question
}

// question is one decision. Each is put to a fresh copy.
type question struct {
	name string
	ask  func(*opened) error
	want mfa.Code // empty: yes
}

func newBook(l *lab) *book {
	login := func(email, password, code string, level mfa.Level) func(*opened) error {
		return func(o *opened) error {
			in, err := o.Login(o.ctx, mfa.LoginRequest{Email: email, Password: mfa.NewSecret(password), Code: mfa.NewSecret(code)})
			if err == nil && in.Level != level {
				return errors.New("signed in at level " + string(in.Level))
			}
			return err
		}
	}
	verify := func(code string) func(*opened) error {
		return func(o *opened) error {
			_, err := o.Verify(o.ctx, mfa.VerifyRequest{User: bob, Code: mfa.NewSecret(code)})
			return err
		}
	}
	spent := l.code("bob/phone")
	l.must("admin", spent, "verify", bob, "--code-stdin")
	l.must("admin", l.codes["bob"][0], "verify", bob, "--code-stdin")
	right := l.phones["bob/phone"].At(l.now().Unix()/30 + 1)
	pb, pn := passwords["PB"], passwords["PN"]
	return &book{lab: l, questions: []question{
		{"the right code", verify(right), ""},
		{"a backup code", verify(l.codes["bob"][1]), ""},
		{"a wrong code", verify(l.phones["bob/phone"].Wrong(l.now())), mfa.Rejected},
		{"a spent code", verify(spent), mfa.Rejected},
		{"a spent backup code", verify(l.codes["bob"][0]), mfa.Rejected},
		{"a right password and code", login(bob, pb, right, mfa.LevelMFA), ""},
		{"a right password alone", login(bob, pb, "", mfa.LevelChallenge), ""},
		{"a wrong password", login(bob, pn, right, mfa.LevelMFA), mfa.Rejected},
		{"who needs no code", login(newcomer, pb, "", mfa.LevelPassword), ""},
		{"another's code", login(alice, pb, right, mfa.LevelMFA), mfa.Rejected},
		{"nobody", login("nobody@acme.example", pb, right, mfa.LevelMFA), mfa.Rejected},
		{"Bob's 2FA", stateIs(bob, mfa.StateOn), ""},
		{"the newcomer's 2FA", stateIs(newcomer, mfa.StateOff), ""},
	}}
}

func stateIs(email string, want mfa.State) func(*opened) error {
	return func(o *opened) error {
		u, err := o.ShowUser(o.ctx, mfa.ShowUserRequest{User: email})
		if err == nil && u.State != want {
			return errors.New("2FA is " + string(u.State))
		}
		return err
	}
}

// decide puts every question to the files with one byte changed; f is nil where
// none is.
func (b *book) decide(t *testing.T, files leaf, f *flip) {
	t.Helper()
	const fault = "flipped byte"
	if f != nil {
		found.add(fault, "bytes", 1)
	}
	noticed := false
	for _, q := range b.questions {
		err := b.answer(t, files, f, q)
		var got mfa.Code
		if err != nil {
			got = mfa.AsError(err).Code
		}
		damage := got == mfa.Damaged || got == mfa.Unavailable
		noticed = noticed || damage
		switch {
		case got == q.want, f != nil && damage:
		case f != nil && q.want == "" && got == mfa.Rejected:
			found.add(fault, "right answers refused", 1)
			t.Logf("%+v: %s: refused", *f, q.name)
		default:
			found.add(fault, "violations", 1)
			t.Errorf("%+v: %s: %s", f, q.name, verdict(err))
		}
	}
	if noticed {
		found.add(fault, "noticed", 1)
	}
}

// answer is what a store answers to one question.
func (b *book) answer(t *testing.T, files leaf, f *flip, q question) (answer error) {
	t.Helper()
	b.lab.inMemory(func(dir string) {
		for name, text := range files {
			if f != nil && f.file == name {
				text = slices.Clone(text)
				text[f.at] ^= f.by
			}
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Error(err)
			}
		}
		o, err := b.lab.openIn(dir)
		if err == nil {
			defer func() { _ = o.store.Close() }() // a copy
			err = o.signIn()
		}
		if err == nil {
			err = q.ask(o)
		}
		answer = err
	})
	return answer
}
