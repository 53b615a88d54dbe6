package sqlite

import (
	"errors"
	"os"
)

// Reserved is how long a log is made, in bytes: as long as it gets between two checkpoints.
const Reserved = maxLog / 2

// reserve gives the log its length, for a process that stays: a commit that makes a file
// longer takes the disk half as long again as one that writes over what is there. Where
// that cannot be had, the log grows as it is used.
//
// It makes the log longer by zeros, which SQLite takes for its end: a frame has the
// number of a page and the salt of the log, which zeros are not (SQLite's file format, 4.1).
func (f file) reserve() {
	log, err := os.OpenFile(f.path+logSuffix, os.O_WRONLY, 0)
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
