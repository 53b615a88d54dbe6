package records

// RefusalWriter writes what a call may leave behind whatever its answer is: attempts, events
// and notices; the answer itself, for a retry; and that the caller, the name and the time
// were seen. None of it changes what an account is.
type RefusalWriter struct{ *Reader }

// Writer writes and signs records of every sort.
type Writer struct {
	*RefusalWriter
	changed bool
}

// Changed reports whether anything was written that a refusal may not leave behind.
func (w *Writer) Changed() bool { return w.changed }
