package host

import (
	"cmp"
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
)

// NewDoctor makes the command that looks for what is wrong.
func NewDoctor(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check everything, and tell for each finding what helps",
		Long: `Check everything: settings, store, key and its copy, permissions, clock, who could
help whom, notices that do not get out, and every record as "mfactl store check"
does. Nothing is written, nobody has to be signed in, and what cannot be opened is
itself a finding. Where the place is a server it looks at the way there, at the
certificate and at your own files: the rest a doctor on the server's host sees, run
by root or by whom the store belongs to.

Exit status: 0 if nothing was found, 12 otherwise.`,
		Args: app.Exactly(),
	}
	var broken error
	settings := func() {
		if _, broken = a.Settings(); broken != nil {
			a.FallBack()
		}
	}
	return a.Prepare(cmd, "check everything", settings, func(ctx context.Context, _ []string) error {
		return doctor(ctx, a, broken)
	})
}

// doctor runs every check and says how many found something.
func doctor(ctx context.Context, a *app.App, broken error) error {
	p := &patient{App: a, broken: broken}
	all := checks()
	if at, err := app.VisitPlace(a, broken); err == nil {
		all = visit(ctx, a, at).checks()
	} else {
		p.look(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var found []result
	for _, c := range all {
		found = append(found, c.run(p)...)
	}
	if err := a.Print(results().List(found)); err != nil {
		return err
	}
	sayCut(a, p.examined)
	found = slices.DeleteFunc(found, func(r result) bool { return r.Status == statusOK || r.Status == statusSkipped })
	if len(found) == 0 {
		return nil
	}
	a.Doing = ""
	return mfa.Errorf(mfa.Differs, "%s", app.Plural(len(found), "finding")).WithHint("each remedy says what helps")
}

// patient is what there is to look at, as far as it can be opened. Each error is
// the finding of one check, and keeps others from being done.
type patient struct {
	*app.App
	broken   error // of the settings
	place    app.Place
	storeErr error
	keyErr   error
	engine   *engine.Engine // nil unless store and key could be opened
	health   mfa.Health
	unwell   error // of reading the health
	examined mfa.Examined
	unread   error // of the examination
}

// look opens what it can and reads everything once.
func (p *patient) look(ctx context.Context) {
	if p.broken == nil {
		p.place, p.broken = p.StorePlace()
	}
	if p.broken != nil {
		return
	}
	st, err := store.Open(ctx, p.place.Store, store.Options{Clock: p.Clock})
	if err == nil {
		p.Local = &app.LocalStore{Store: st} // the App closes it
		err = st.View(ctx, func(mfa.Reader) error { return nil })
	}
	p.storeErr = p.ExplainClosed(p.place, err)
	keys, err := p.place.Keyring()
	p.keyErr = p.ExplainClosed(p.place, err)
	if p.storeErr != nil || p.keyErr != nil {
		return
	}
	p.engine = p.NewEngine(st, keys)
	if p.health, p.unwell = p.engine.Health(ctx); p.unwell == nil {
		p.examined, p.unread = p.engine.Examine(ctx, progress(p.App, "records read"))
	}
}

// status is how a check ended, in words: it is never told by colour alone.
type status string

const (
	statusOK      status = "ok"
	statusWarning status = "warning" // it works, and will not always
	statusProblem status = "problem"
	statusSkipped status = "not checked" // something else must be mended first
)

// result is one line of the answer: a check that found nothing, or one finding.
type result struct {
	Check   string `json:"check"`
	Status  status `json:"status"`
	Finding string `json:"finding,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

// finding is one thing that a check found.
type finding struct {
	status status
	what   string
	remedy string // empty: that of the check
}

// warning makes a finding, if there is one, against which the check's own remedy helps.
func warning(found bool, what string) []finding { return findingOf(found, statusWarning, what, "") }

// problem is warning for what does not work now.
func problem(found bool, what string) []finding { return findingOf(found, statusProblem, what, "") }

func findingOf(found bool, s status, what, remedy string) []finding {
	if !found {
		return nil
	}
	return []finding{{s, what, remedy}}
}

// failed makes a finding of an error with its own remedy.
func failed(err error) []finding {
	if err == nil {
		return nil
	}
	e := app.ErrorOf(err)
	return []finding{{statusProblem, app.WithField(e), e.HintText()}}
}

// run does one check.
func (c check) run(p *patient) []result {
	if c.needs != nil && !c.needs(p) {
		return []result{{Check: c.name, Status: statusSkipped}}
	}
	found := c.look(p)
	if len(found) == 0 {
		return []result{{Check: c.name, Status: statusOK}}
	}
	out := make([]result, len(found))
	for i, f := range found {
		out[i] = result{Check: c.name, Status: f.status, Finding: f.what, Remedy: p.Hint(cmp.Or(f.remedy, c.remedy))}
	}
	return out
}

func results() app.Items[result] {
	return app.Items[result]{
		Kind: "Check", Header: []string{"CHECK", "STATUS", "FINDING", "REMEDY"},
		Name: func(r result) string { return r.Check },
		Row:  func(r result) []string { return []string{r.Check, string(r.Status), r.Finding, r.Remedy} },
	}
}
