package host

import (
	"context"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/cli/app"
)

// certificateSoon is how long before its end a certificate is a finding.
const certificateSoon = 14 * 24 * time.Hour

// visitor is what can be looked at where the place is a server: how it is itself, only
// a doctor on its own host can tell.
type visitor struct {
	*app.App
	place  app.Place
	seen   api.Seen
	unseen error
	asked  time.Time // when it was looked at
}

// visit looks at a server.
func visit(ctx context.Context, a *app.App, p app.Place) *visitor {
	v := &visitor{App: a, place: p, asked: a.Clock()}
	c, err := a.Dial(p)
	if err == nil {
		v.seen, err = c.Look(ctx)
	}
	v.unseen = err
	return v
}

// checks is everything doctor looks at where the place is a server.
func (v *visitor) checks() []check {
	reached := func(*patient) bool { return v.unseen == nil }
	return []check{
		{"settings", nil, func(*patient) []finding { return nil }, ""},
		{"server", nil, func(*patient) []finding { return failed(v.unseen) }, ""},
		{"serving", reached, v.serving, "on its host: mfactl doctor"},
		{"certificate", reached, v.certificate, "have the certificate renewed"},
		{"clock", reached, v.clock, "set the clock of this machine, or of the server"},
		{"permissions", nil, (*patient).ownFiles, ""},
	}
}

func (v *visitor) serving(*patient) []finding {
	return problem(!v.seen.Ready, v.place.ID()+" says that it cannot serve")
}

func (v *visitor) certificate(*patient) []finding {
	end := v.seen.Certificate
	soon := !end.IsZero() && !v.asked.Add(certificateSoon).Before(end)
	return warning(soon, "the certificate of "+v.place.ID()+" ends "+v.TimeInWords(end))
}

func (v *visitor) clock(*patient) []finding {
	off := v.seen.Clock.Sub(v.asked).Abs()
	return problem(!v.seen.Clock.IsZero() && off > clockSlack, fmt.Sprintf("it says %s here, and %s at the server", app.Timestamp(v.asked), app.Timestamp(v.seen.Clock)))
}
