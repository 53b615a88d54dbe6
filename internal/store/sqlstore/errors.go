package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Translate gives an error of a driver or a context its code. What happened
// before COMMIT has not happened.
func (d *Dialect) Translate(err error) error {
	var known *mfa.Error
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return mfa.Chained(err)
	case errors.Is(err, sql.ErrNoRows):
		return mfa.Errorf(mfa.NotFound, "no such record")
	}
	if known = d.Classify(err); known != nil {
		return known.WithCause(err)
	}
	return mfa.Fault(err)
}

// during wraps an error in what was being done.
func during(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// doing wraps the error of a statement in what the statement does and to which table, for
// the log: "read sessions". A row that does not exist is no failure.
func doing(query string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return err
	}
	words := strings.Fields(query)
	verb := map[string]string{"SELECT": "read", "INSERT": "write", "UPDATE": "write", "DELETE": "delete"}[words[0]]
	for i, word := range words[:len(words)-1] {
		if word == "FROM" || word == "INTO" || word == "UPDATE" {
			return fmt.Errorf("%s %s: %w", verb, words[i+1], err)
		}
	}
	return fmt.Errorf("run %s: %w", words[0], err)
}

// translateCommit gives an error of COMMIT its code: it is Unknown unless the
// database says for certain that it did not commit.
func (d *Dialect) translateCommit(err error) error {
	err = fmt.Errorf("commit: %w", err)
	if known := d.Classify(err); known != nil && d.NotCommitted(err) {
		return known.WithCause(err)
	}
	return mfa.Errorf(mfa.Unknown, "the store failed while it was committing").WithCause(err)
}
