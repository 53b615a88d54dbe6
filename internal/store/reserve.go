package store

import (
	"context"
	"errors"
	"os"
)

// Reserved is how long a log is made, in bytes.
const Reserved = maxLog / 2

// Reserve gives the log the length that it has between two checkpoints, for a process that
// stays: a commit that makes a file longer takes the disk half as long again as one that
// writes over what is there. Where that cannot be had, or somebody else is writing until
// the context ends, the log grows as it is used.
func (s *Store) Reserve(ctx context.Context) {
	if s.dialect.reserve == nil {
		return
	}
	c, err := s.writers.get(ctx)
	if err != nil {
		return
	}
	if c.exec(ctx, s.dialect.begin) == nil { // nobody else writes to the log meanwhile
		s.dialect.reserve()
	}
	s.writers.put(c.rollback())
}

// reserve makes the log longer by zeros, which SQLite takes for its end: a frame has the
// number of a page and the salt of the log, which zeros are not (SQLite's file format, 4.1).
func (f sqliteFile) reserve() {
	log, err := os.OpenFile(f.path+"-wal", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	if info, err := log.Stat(); err == nil {
		lengthen(log, info.Size(), Reserved)
	}
	_ = log.Close()
}

// lengthen writes zeros up to a length, or leaves the file as it was.
func lengthen(file *os.File, from, to int64) {
	if from >= to {
		return
	}
	zeros := make([]byte, 1<<20)
	var err error
	for at := from; at < to && err == nil; at += int64(len(zeros)) {
		_, err = file.WriteAt(zeros[:min(int64(len(zeros)), to-at)], at)
	}
	if err = errors.Join(err, file.Sync()); err != nil {
		_ = file.Truncate(from)
	}
}
