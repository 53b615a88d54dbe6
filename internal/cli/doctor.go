package cli

import (
	"cmp"
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
	"github.com/mfactl/mfactl/internal/term"
)

func newDoctor(a *App) *cobra.Command {
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
		Args: exactly(),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		_, broken := a.settings()
		if broken != nil {
			a.config = &config.Config{Output: cmp.Or(a.flags.output, a.Env("MFACTL_OUTPUT"), "table")}
		}
		return a.prepare("check everything", func(ctx context.Context, _ []string) error {
			return a.doctor(ctx, broken)
		})(cmd, args)
	}
	return cmd
}

// doctor runs every check and says how many found something.
func (a *App) doctor(ctx context.Context, broken error) error {
	p := &patient{App: a, broken: broken}
	all := checks()
	if at, err := visitPlace(a, broken); err == nil {
		all = a.visit(ctx, at).checks()
	} else {
		p.look(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var results []result
	for _, c := range all {
		results = append(results, c.run(p)...)
	}
	if err := a.print(resultView(results)); err != nil {
		return err
	}
	a.sayCut(p.examined)
	found := slices.DeleteFunc(results, func(r result) bool { return r.Status == statusOK || r.Status == statusSkipped })
	if len(found) == 0 {
		return nil
	}
	a.doing = ""
	return mfa.Errorf(mfa.Differs, "%s", plural(len(found), "finding")).WithHint("each remedy says what helps")
}

// patient is what there is to look at, as far as it can be opened. Each error is
// the finding of one check, and keeps others from being done.
type patient struct {
	*App
	broken   error // of the settings
	place    place
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
		p.place, p.broken = p.storePlace()
	}
	if p.broken != nil {
		return
	}
	st, err := store.Open(ctx, p.place.store, store.Options{Clock: p.Clock})
	if err == nil {
		p.local = &local{store: st} // the App closes it
		err = st.View(ctx, func(mfa.Reader) error { return nil })
	}
	p.storeErr = p.App.closed(p.place, err)
	keys, err := p.place.keyring()
	p.keyErr = p.App.closed(p.place, err)
	if p.storeErr != nil || p.keyErr != nil {
		return
	}
	p.engine = p.App.engine(st, keys)
	if p.health, p.unwell = p.engine.Health(ctx); p.unwell == nil {
		p.examined, p.unread = p.engine.Examine(ctx, p.progress("records read"))
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

// warning and problem are findings that the check's own remedy helps against.
func warning(what string) []finding { return []finding{{status: statusWarning, what: what}} }
func problem(what string) []finding { return []finding{{status: statusProblem, what: what}} }

// failed makes a finding of an error with its own remedy.
func failed(err error) []finding {
	if err == nil {
		return nil
	}
	e := told(err)
	what := e.Error()
	if e.Field != "" {
		what = e.Field + ": " + what
	}
	return []finding{{status: statusProblem, what: what, remedy: e.HintText()}}
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
		out[i] = result{Check: c.name, Status: f.status, Finding: f.what, Remedy: p.hint(cmp.Or(f.remedy, c.remedy))}
	}
	return out
}

func resultView(results []result) view {
	v := view{kind: "CheckList", data: results, list: true, table: term.Table{Header: []string{"CHECK", "STATUS", "FINDING", "REMEDY"}}}
	for _, r := range results {
		v.names = append(v.names, r.Check)
		v.table.Rows = append(v.table.Rows, []string{r.Check, string(r.Status), r.Finding, r.Remedy})
	}
	return v
}
