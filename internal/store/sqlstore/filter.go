package sqlstore

import (
	"strconv"
	"strings"
)

// where puts a condition together from constants and numbered parameters.
type where struct {
	text string
	args []any
}

// and adds a condition that ends in one parameter, if asked for at all; condition is constant.
func (w *where) and(condition string, arg any, asked bool) {
	if asked {
		w.also(condition + w.param(arg))
	}
}

// in asks for one of the values, if asked at all; none of no values matches.
func (w *where) in(column string, values []string, asked bool) {
	if !asked {
		return
	}
	if len(values) == 0 {
		w.also("1 = 0")
		return
	}
	w.also(column + " IN (" + strings.Join(mapped(values, func(v string) string { return w.param(v) }), ", ") + ")")
}

// ofCommunities asks for what belongs to users of the communities; nil asks for
// nothing.
func (w *where) ofCommunities(ids []string) {
	if ids == nil {
		return
	}
	users := where{args: w.args}
	users.in("community_id", ids, true)
	w.args = users.args
	w.also("user_id IN (SELECT id FROM users" + users.text + ")")
}

func (w *where) also(condition string) {
	if w.text == "" {
		w.text = " WHERE "
	} else {
		w.text += " AND "
	}
	w.text += condition
}

// param adds a parameter and returns its place.
func (w *where) param(arg any) string {
	w.args = append(w.args, arg)
	return "$" + strconv.Itoa(len(w.args))
}

// query returns the whole text; limit 0 means all.
func (w *where) query(selection, order string, limit int) string {
	text := selection + w.text + order
	if limit > 0 {
		text += " LIMIT " + w.param(limit)
	}
	return text
}

// stringsOf turns names of any sort into parameters.
func stringsOf[S ~string](in []S) []string {
	return mapped(in, func(s S) string { return string(s) })
}
