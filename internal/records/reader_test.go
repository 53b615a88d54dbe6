package records_test

import (
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// reading is a method of a Reader that returns records of a sort, here the one of an id.
type reading struct {
	sort, id string
	read     func(w *world, r *records.Reader) error
}

// only is what came of reading rows, which are those of one record.
func only[T any](rows records.Rows[T], err error) error {
	if err == nil && len(rows.Damaged) == 1 && len(rows.Sound) == 0 {
		return &rows.Damaged[0]
	}
	return err
}

// first is what a walk says of its first row.
func first[T any](rows iter.Seq2[T, error]) error {
	for _, err := range rows {
		return err
	}
	return errors.New("no row")
}

// paged is only for a page.
func paged[T any](page records.Page[T], err error) error { return only(page.Rows, err) }

// second drops the record of an answer.
func second[T any](_ T, err error) error { return err }

// readings is every method of a Reader that returns records.
func readings() map[string]reading {
	users := func(read func(w *world, r *records.Reader) error) reading { return reading{"user", "user", read} }
	communities := func(read func(w *world, r *records.Reader) error) reading {
		return reading{"community", "community", read}
	}
	factors := func(id string, read func(w *world, r *records.Reader) error) reading {
		return reading{"factor", id, read}
	}
	sessions := func(read func(w *world, r *records.Reader) error) reading { return reading{"session", "session", read} }
	tokens := func(read func(w *world, r *records.Reader) error) reading { return reading{"token", tokenID, read} }
	requests := func(read func(w *world, r *records.Reader) error) reading { return reading{"request", "request", read} }
	formers := func(read func(w *world, r *records.Reader) error) reading {
		return reading{"former account", "gone", read}
	}
	events := func(read func(w *world, r *records.Reader) error) reading { return reading{"event", "2", read} }
	return map[string]reading{
		"User":            users(func(_ *world, r *records.Reader) error { return second(r.User("user", true)) }),
		"UserAt":          users(func(_ *world, r *records.Reader) error { return second(r.UserAt("bob@acme.example")) }),
		"UserPage":        users(func(_ *world, r *records.Reader) error { return paged(r.UserPage(mfa.UserQuery{Limit: 9})) }),
		"EachUser":        users(func(_ *world, r *records.Reader) error { return first(r.EachUser()) }),
		"EachUserOf":      users(func(_ *world, r *records.Reader) error { return first(r.EachUserOf(mfa.UserQuery{Limit: 9})) }),
		"LookAlike":       users(func(_ *world, r *records.Reader) error { return second(r.LookAlike("b\u043eb@acme.example", "")) }),
		"Community":       communities(func(_ *world, r *records.Reader) error { return second(r.Community("community")) }),
		"CommunityByName": communities(func(_ *world, r *records.Reader) error { return second(r.CommunityByName("Acme")) }),
		"Lineage":         communities(func(_ *world, r *records.Reader) error { return second(r.Lineage("community")) }),
		"Tree": communities(func(_ *world, r *records.Reader) error {
			tree, err := r.Tree()
			return only(records.Rows[*records.Lineage]{Sound: tree.Lineages, Damaged: tree.Damaged}, err)
		}),
		"Factors":       factors("factor", func(w *world, r *records.Reader) error { return second(r.Factors(w.user)) }),
		"PendingFactor": factors("pending", func(w *world, r *records.Reader) error { return second(r.PendingFactor(w.user, "session")) }),
		"FactorRows": factors("factor", func(_ *world, r *records.Reader) error {
			rows, err := r.FactorRows("user")
			rows.Sound, rows.Damaged = nil, rows.Damaged[:min(1, len(rows.Damaged))] // without the pending one
			return only(rows, err)
		}),
		"Session":       sessions(func(_ *world, r *records.Reader) error { return second(r.Session("session")) }),
		"SessionRows":   sessions(func(_ *world, r *records.Reader) error { return only(r.SessionRows("user")) }),
		"SessionPage":   sessions(func(_ *world, r *records.Reader) error { return paged(r.SessionPage(mfa.SessionQuery{Limit: 9})) }),
		"Token":         tokens(func(_ *world, r *records.Reader) error { return second(r.Token("token hash")) }),
		"TokenByID":     tokens(func(_ *world, r *records.Reader) error { return second(r.TokenByID(tokenID)) }),
		"TokenNamed":    tokens(func(w *world, r *records.Reader) error { return second(r.TokenNamed(w.user, "ci")) }),
		"TokensOfChain": tokens(func(_ *world, r *records.Reader) error { return only(r.TokensOfChain(tokenID)) }),
		"TokenRows":     tokens(func(_ *world, r *records.Reader) error { return only(r.TokenRows("user")) }),
		"TokenPage":     tokens(func(_ *world, r *records.Reader) error { return paged(r.TokenPage(mfa.TokenQuery{Limit: 9})) }),
		"Request":       requests(func(_ *world, r *records.Reader) error { return second(r.Request("request")) }),
		"RequestPage":   requests(func(_ *world, r *records.Reader) error { return paged(r.RequestPage(mfa.RequestQuery{Limit: 9})) }),
		"Waiting": requests(func(_ *world, r *records.Reader) error {
			return second(r.Waiting(mfa.Request{TargetID: "user", RequesterID: "other", Act: "Reset"}, today))
		}),
		"Deleted": formers(func(_ *world, r *records.Reader) error { return second(r.Deleted("gone")) }),
		"GivenUp": formers(func(_ *world, r *records.Reader) error {
			return second(r.GivenUp("gone@acme.example", today.AddDate(0, 0, -1)))
		}),
		"EventPage":  events(func(_ *world, r *records.Reader) error { return paged(r.EventPage(mfa.EventQuery{Limit: 1})) }),
		"EventRows":  events(func(_ *world, r *records.Reader) error { return only(r.EventRows(mfa.EventQuery{Limit: 1})) }),
		"NoticeRows": {"notice", "notice", func(_ *world, r *records.Reader) error { return only(r.NoticeRows(mfa.NoticeQuery{})) }},
		"Blocklist":  {"blocklist", "", func(_ *world, r *records.Reader) error { return second(r.Blocklist(refused())) }},
		"Mark":       {"clock", mfa.MetaHighWater, func(_ *world, r *records.Reader) error { return second(r.Mark()) }},
		"Refusals":   {"refusals", mfa.MetaRefusals, func(_ *world, r *records.Reader) error { return second(r.Refusals()) }},
		"KeyCopied": {"key copy", "", func(_ *world, r *records.Reader) error {
			if r.KeyCopied(1) {
				return nil
			}
			return &mfa.Error{Code: mfa.Damaged}
		}},
	}
}

// plain are the methods of a Reader that return no record that carries a MAC.
var plain = []string{"Now", "Instance", "Sound", "Addresses", "TokenNames", "Reply", "UnknownUser"}

const refusedText = "a refused password"

// refused is the name of a list of refused passwords.
func refused() mfa.Blocklist {
	b, _ := mfa.BlocklistOf(refusedText)
	return b
}

// changed is a row with another value in a column.
var changed = map[string]func(tx mfa.Tx) error{
	"user": func(tx mfa.Tx) error {
		u, err := tx.User("user")
		u.Role = mfa.RoleOperator
		return errors.Join(err, tx.PutUser(&u))
	},
	"community": func(tx mfa.Tx) error {
		c, err := tx.Community("community")
		c.Policy = map[string]string{"require_2fa": "none"}
		return errors.Join(err, tx.PutCommunity(&c))
	},
	"factor": func(tx mfa.Tx) error {
		rows, err := tx.Factors("user")
		for _, f := range rows {
			f.Label += ", changed"
			err = errors.Join(err, tx.PutFactor(&f))
		}
		return err
	},
	"session": func(tx mfa.Tx) error {
		x, err := tx.Session("session")
		x.ExpiresAt = x.ExpiresAt.AddDate(1, 0, 0)
		return errors.Join(err, tx.PutSession(&x))
	},
	"token": func(tx mfa.Tx) error {
		k, err := tx.Token("token hash")
		k.Permissions = mfa.Permissions()
		return errors.Join(err, tx.PutToken(&k))
	},
	"request": func(tx mfa.Tx) error {
		a, err := tx.Request("request")
		a.CommunityID = "community"
		a.Reason = "another"
		return errors.Join(err, tx.PutRequest(&a))
	},
	"former account": func(tx mfa.Tx) error {
		all, err := tx.FormerAccounts(mfa.FormerQuery{})
		all[0].Used = true
		return errors.Join(err, tx.PutFormerAccount(&all[0]))
	},
	"event": func(tx mfa.Tx) error {
		all, err := tx.Events(mfa.EventQuery{Limit: 1})
		if err != nil {
			return err
		}
		all[0].Seq, all[0].TargetID = 2, "another"
		return tx.AppendEvent(all[0])
	},
	"notice": func(tx mfa.Tx) error {
		all, err := tx.Notices(mfa.NoticeQuery{ID: "notice"})
		if err != nil {
			return err
		}
		all[0].Address = "mallory@acme.example"
		return tx.PutNotice(all[0])
	},
	"clock": func(tx mfa.Tx) error {
		return tx.SetMeta(mfa.MetaHighWater, `{"at":"2036-03-14T09:26:40Z","mac":"00"}`)
	},
	"refusals": func(tx mfa.Tx) error {
		text, err := tx.Meta(mfa.MetaRefusals)
		return errors.Join(err, tx.SetMeta(mfa.MetaRefusals, strings.Replace(text, "7", "1", 1)))
	},
	"blocklist": func(tx mfa.Tx) error {
		return tx.SetMeta("blocklist_"+refused().Digest, refusedText+" changed")
	},
	"key copy": func(tx mfa.Tx) error {
		text, err := tx.Meta("key_copy_1")
		return errors.Join(err, tx.SetMeta("key_copy_1", strings.Replace(text, "2026", "2036", 1)))
	},
}

// flipped is a row whose MAC has another last bit.
var flipped = map[string]func(tx mfa.Tx) error{
	"user": func(tx mfa.Tx) error {
		u, err := tx.User("user")
		flip(u.MAC)
		return errors.Join(err, tx.PutUser(&u))
	},
	"community": func(tx mfa.Tx) error {
		c, err := tx.Community("community")
		flip(c.MAC)
		return errors.Join(err, tx.PutCommunity(&c))
	},
	"session": func(tx mfa.Tx) error {
		x, err := tx.Session("session")
		flip(x.MAC)
		return errors.Join(err, tx.PutSession(&x))
	},
	"token": func(tx mfa.Tx) error {
		k, err := tx.Token("token hash")
		flip(k.MAC)
		return errors.Join(err, tx.PutToken(&k))
	},
	"request": func(tx mfa.Tx) error {
		a, err := tx.Request("request")
		flip(a.MAC)
		return errors.Join(err, tx.PutRequest(&a))
	},
}

func flip(mac []byte) {
	if len(mac) > 0 {
		mac[len(mac)-1] ^= 1
	}
}

// Whatever method reads it, a row that an attacker changed who has the database and no key is no
// record: the answer says which it is.
func TestNoMethodOfAReaderReturnsARowThatDoesNotVerify(t *testing.T) {
	for name, of := range readings() {
		for how, damage := range map[string]func(mfa.Tx) error{"changed": changed[of.sort], "flipped": flipped[of.sort]} {
			if damage == nil {
				continue
			}
			t.Run(name+" "+how, func(t *testing.T) {
				w := newWorld(t)
				if of.sort != "event" { // the sound one is another
					w.read(func(r *records.Reader) { sound(t, of.read(w, r)) })
				}
				w.write(damage)
				w.read(func(r *records.Reader) {
					err := of.read(w, r)
					d, named := records.InDamage(err)
					if of.id != "" && (!named || d.ID != of.id || d.Sort != of.sort) {
						t.Errorf("%v names %+v", err, d)
					}
					if !named && !errors.Is(err, mfa.Damaged) {
						t.Errorf("%v", err)
					}
				})
			})
		}
	}
}

// sound fails for what is said of a record that verifies.
func sound(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("a sound record: %v", err)
	}
}

// A method that is added must be in the table above, or say here why it need not verify.
func TestEveryMethodOfAReaderIsKnown(t *testing.T) {
	known := map[string]bool{}
	for name := range readings() {
		known[name] = true
	}
	for _, name := range plain {
		known[name] = true
	}
	for m := range reflect.TypeFor[*records.Reader]().Methods() {
		if !known[m.Name] {
			t.Errorf("no test covers whether %s verifies what it returns", m.Name)
		}
	}
}
