package direct

import (
	"context"
	"errors"
	"iter"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// restore is the remedy where nothing else helps.
const restore = "restore the store from a backup"

// Examine reads every record of the store and checks what only the keys can
// tell, see [mfa.Damage]; it writes nothing and stops at nothing that is merely
// damaged. It needs no session: the owner of the store is trusted with
// it. After each record it reports how many were read.
//
// It answers Damaged where the keys are those of another store, and Unavailable
// where the store cannot be read at all.
func (e *Part) Examine(ctx context.Context, tell func(records int64)) (mfa.Examined, error) {
	x := &examination{tell: tell}
	if err := e.Records.View(ctx, func(*records.Reader) error { return nil }); err != nil {
		return x.out, err
	}
	faults, err := e.Records.Faults(ctx)
	for _, fault := range faults {
		x.find("database", "SQLite", fault, restore)
	}
	if err = x.survive("database", err); err != nil {
		return x.out, err
	}
	for _, sort := range recordSorts() {
		err := e.Records.Examine(ctx, func(r *records.Reader, raw mfa.Reader) error {
			x.act, x.raw = e.BeginExamination(r), raw
			return sort.examine(x)
		})
		if err = x.survive(sort.name, err); err != nil {
			return x.out, err
		}
	}
	return x.out, nil
}

// recordSort is one sort of record and how all of its records are examined.
type recordSort struct {
	name    string
	examine func(*examination) error
}

// recordSorts is the one table of what bears a MAC. What belongs to a user is
// examined with the user, in one transaction.
func recordSorts() []recordSort {
	return []recordSort{
		{"clock", (*examination).highWater},
		{"community", (*examination).communities},
		{"user", (*examination).users},
		{"request", (*examination).requests},
		{"former account", (*examination).formers},
		{"event", (*examination).events},
		{"notice", (*examination).notices},
	}
}

// examination is one check on its way. The act is that of the transaction in
// which a sort of record is read.
type examination struct {
	act  *act.Act
	raw  mfa.Reader
	out  mfa.Examined
	tell func(records int64)
}

// find adds to what is wrong.
func (x *examination) find(sort, record, problem, remedy string) {
	x.out.Found++
	if len(x.out.Damage) < mfa.MaxDamage {
		x.out.Damage = append(x.out.Damage, mfa.Damage{Sort: sort, Record: record, Problem: problem, Remedy: remedy})
	}
}

// survive makes a finding of damage that ended the reading of a sort of record,
// so that the next sort is read all the same.
func (x *examination) survive(sort string, err error) error {
	if !errors.Is(err, mfa.Damaged) {
		return err
	}
	x.find(sort, "all", "they cannot be read any further: "+mfa.AsError(err).Error(), restore)
	return nil
}

// sound checks the MAC of a record that was read.
func (x *examination) sound(sort, name, remedy string, record any) bool {
	ok := x.act.Read.Sound(record)
	if !ok {
		x.find(sort, name, "the record does not verify", remedy)
	}
	return ok
}

// count counts a record that was read.
func (x *examination) count() {
	x.out.Records++
	x.tell(x.out.Records)
}

// walk examines every record of a walk. It calls meet once for the name of each record;
// the name is empty for a record without a key, see [mfa.Walker]. remedy is the hint for a
// record that cannot be read.
func walk[T any](x *examination, sort, remedy string, rows iter.Seq2[T, error], meet func(T) string, judge func(T) error) error {
	for record, err := range rows {
		which := meet(record)
		if err != nil && which == "" {
			return err
		}
		x.count()
		if err != nil {
			x.find(sort, which, "the record cannot be read", remedy)
		} else if err := judge(record); err != nil {
			return err
		}
	}
	return nil
}
