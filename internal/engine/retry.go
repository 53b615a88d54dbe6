package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// replyTTL is how long an answer can be had again.
const replyTTL = 10 * time.Minute

// sealedReply is what is kept under the caller's own key: the database alone
// cannot open it.
type sealedReply struct {
	Reply   json.RawMessage `json:"reply,omitempty"`
	Refusal *keptRefusal    `json:"refusal,omitempty"`
	// Session is the hash of the session or token that asked, kept where it ends
	// before this answer does: it is then the only proof of the same caller.
	Session string `json:"session,omitempty"`
}

type keptRefusal struct {
	Code    mfa.Code  `json:"code"`
	Message string    `json:"message,omitempty"`
	Hint    string    `json:"hint,omitempty"`
	RetryAt time.Time `json:"retry_at,omitzero"`
}

// retry is by what a call is known again, of which all is made before its transaction.
type retry struct {
	key  seal.ClientKey
	hash string // of the key
	body []byte // the whole request
}

// retryOf is for a key that a client sent. Usage if it can be none.
func retryOf(key mfa.Secret, o op) (r retry, err error) {
	if r.key, err = seal.NewClientKey(key.Reveal()); err != nil {
		return r, err
	}
	r.hash = keyHash(key)
	if r.body, err = json.Marshal(mfa.Expose(o.body)); err != nil {
		return r, mfa.Fault(err)
	}
	return r, nil
}

// replay answers a retry: the same key, caller and request within 10 minutes.
// Another request under the key is a conflict.
func (t *turn[R]) replay(s *scope) (bool, error) {
	if t.call.Key.IsZero() || t.o.dry {
		return false, nil
	}
	kept, err := s.r.Reply(t.retry.hash)
	if err != nil || !s.now.Before(kept.ExpiresAt) {
		if errors.Is(err, mfa.NotFound) {
			err = nil
		}
		return false, err
	}
	other := mfa.Errorf(mfa.Conflict, "another request was made under this idempotency key").
		WithHint("draw a new key for each request")
	plain, err := t.retry.key.Open(replyContext(kept.Method, kept.ActorID), kept.Sealed)
	if err != nil {
		return false, other
	}
	var old sealedReply
	if err := json.Unmarshal(plain, &old); err != nil {
		return false, mfa.Errorf(mfa.Damaged, "a kept answer cannot be read").WithCause(err)
	}
	same, err := t.sameCaller(s, kept, old)
	if err != nil {
		return false, err
	}
	if !same || !hmac.Equal(t.fingerprint(kept.ActorID), kept.Fingerprint) {
		return false, other
	}
	if r := old.Refusal; r != nil {
		t.refusal = &mfa.Error{Code: r.Code, Message: r.Message, Hint: r.Hint, RetryAt: r.RetryAt}
		return true, nil
	}
	if err := json.Unmarshal(old.Reply, &t.out); err != nil {
		return false, mfa.Errorf(mfa.Damaged, "a kept answer cannot be read").WithCause(err)
	}
	return true, nil
}

// sameCaller reports whether the caller is the one who asked first, and may still ask:
// of the tokens of one account not every one may. At sign-in the identical request is
// the proof.
func (t *turn[R]) sameCaller(s *scope, kept mfa.Reply, old sealedReply) (bool, error) {
	if len(t.rule.Levels) == 0 {
		return kept.ActorID == "", nil
	}
	_, hash, _ := bearer(t.call.Token)
	if old.Session != "" && old.Session == hash {
		return true, nil
	}
	if err := s.mayAsk(); err != nil {
		return false, err
	}
	return s.actor.ID == kept.ActorID, nil
}

// keep stores the answer for a retry, refusals too, in the act's transaction.
func (t *turn[R]) keep(s *scope) error {
	if t.call.Key.IsZero() || t.o.dry || !t.rule.Changes || s.actor == nil && len(t.rule.Levels) > 0 {
		return nil
	}
	old := sealedReply{}
	if t.refusal != nil {
		old.Refusal = &keptRefusal{t.refusal.Code, t.refusal.Message, t.refusal.Hint, t.refusal.RetryAt}
	} else {
		b, err := json.Marshal(mfa.Expose(t.out))
		if err != nil {
			return mfa.Fault(err)
		}
		old.Reply = b
	}
	var actorID string
	if len(t.rule.Levels) > 0 {
		actorID = s.actor.ID
		ends, err := s.askerEnds()
		if err != nil {
			return err
		}
		if ends {
			old.Session = s.asked
		}
	}
	plain, err := json.Marshal(old)
	if err != nil {
		return mfa.Fault(err)
	}
	return t.putReply(s, mfa.Reply{
		Hash: t.retry.hash, ActorID: actorID, Method: t.rule.Method, Fingerprint: t.fingerprint(actorID),
		Sealed: t.retry.key.Seal(replyContext(t.rule.Method, actorID), plain), At: s.now, ExpiresAt: s.now.Add(replyTTL),
	})
}

// askerEnds reports whether what asked has ended by now, or a token ends while the
// answer is kept: the act may have ended it.
func (s *scope) askerEnds() (bool, error) {
	var until time.Time
	var err error
	if s.unattended() {
		var k mfa.Token
		k, err = s.tx.Token(s.asked)
		until = k.ExpiresAt
	} else {
		_, err = s.tx.Session(s.asked)
		until = s.now.Add(replyTTL)
	}
	if errors.Is(err, mfa.NotFound) {
		return true, nil
	}
	return err == nil && until.Before(s.now.Add(replyTTL)), err
}

// putReply stores the answer, and one in sixteen sweeps out what has ended.
func (t *turn[R]) putReply(s *scope, r mfa.Reply) error {
	if err := s.sweep(r.Hash); err != nil {
		return err
	}
	return s.tx.PutReply(r)
}

// sweep removes what has ended once in sixteen times, unless only a clock that is doubted
// says so. Of the answers it looks at 64 beside one that is kept, which is four for each,
// wherever a client's keys may lie; and now and then at the first ones, which stand beside
// none. When it does so no client can choose.
func (s *scope) sweep(beside string) error {
	var lot [1]byte
	if _, err := io.ReadFull(s.rand, lot[:]); err != nil {
		return mfa.Fault(err)
	}
	switch {
	case s.doubted || lot[0]%16 != 0:
		return nil
	case lot[0] == 0:
		beside = ""
	}
	return s.tx.Sweep(s.now, beside)
}

// fingerprint binds method, actor and the whole request under the caller's key,
// so that no fast hash of a password is ever stored. What asks is a part of a request
// about itself: another token of the same account asks for something else.
func (t *turn[R]) fingerprint(actorID string) []byte {
	what := replyContext(t.rule.Method, actorID)
	if _, hash, _ := bearer(t.call.Token); t.o.asker {
		what = appendField(what, "asker", []byte(hash))
	}
	return t.retry.key.Fingerprint(append(what, t.retry.body...))
}

func replyContext(method, actorID string) []byte {
	return appendField(appendField(nil, "method", []byte(method)), "actor", []byte(actorID))
}

func keyHash(key mfa.Secret) string {
	sum := sha256.Sum256([]byte("mfactl idempotency key " + key.Reveal()))
	return hex.EncodeToString(sum[:])
}
