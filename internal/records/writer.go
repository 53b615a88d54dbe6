package records

import "github.com/mfactl/mfactl/internal/mfa"

// RefusalWriter writes what a call may leave behind whatever its answer is: attempts, events
// and notices; the answer itself, for a retry; and that the caller, the name and the time
// were seen. None of it changes what an account is.
type RefusalWriter struct{ *Reader }

// Writer writes and signs records of every sort.
type Writer struct {
	*RefusalWriter
	changed bool
}

// put signs a record and writes it, after which it need not be verified.
func put[T any](w *RefusalWriter, of sort, record *T, mac *[]byte, proof **mfa.Proof, write func(*T) error) error {
	*mac = w.sign(of, *record)
	if err := write(record); err != nil {
		return err
	}
	(*proof).Give()
	return nil
}

// Changed reports whether anything was written that a refusal may not leave behind.
func (w *Writer) Changed() bool { return w.changed }
