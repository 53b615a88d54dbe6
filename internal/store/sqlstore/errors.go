package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Translate gives an error of a driver or a context its code. What happened
// before COMMIT has not happened.
func (d *Dialect) Translate(err error) error {
	var known *mfa.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, sql.ErrNoRows):
		return mfa.Errorf(mfa.NotFound, "no such record")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return mfa.AsError(err)
	}
	if known = d.Classify(err); known != nil {
		return known.WithCause(err)
	}
	return mfa.Fault(err)
}

// translateCommit gives an error of COMMIT its code: it is Unknown unless the
// database says for certain that it did not commit.
func (d *Dialect) translateCommit(err error) error {
	if known := d.Classify(err); known != nil && d.NotCommitted(err) {
		return known.WithCause(err)
	}
	return mfa.Errorf(mfa.Unknown, "the store failed while it was committing").WithCause(err)
}
