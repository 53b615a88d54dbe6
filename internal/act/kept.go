package act

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// A kept answer is stored under a name, which is an HMAC over its caller and the client's
// idempotency key, and is sealed twice: under the client's key and under a key of the
// keyring. A copy of the database alone confirms no guess of a client's key.

// keptAnswer is what is sealed.
type keptAnswer struct {
	Fingerprint []byte          `json:"fingerprint"` // of the request
	Reply       json.RawMessage `json:"reply,omitempty"`
	Refusal     *keptRefusal    `json:"refusal,omitempty"`
}

type keptRefusal struct {
	Code    mfa.Code  `json:"code"`
	Message string    `json:"message,omitempty"`
	Hint    string    `json:"hint,omitempty"`
	RetryAt time.Time `json:"retry_at,omitzero"`
}

// keptReply is a kept answer with its name.
type keptReply struct {
	keptAnswer
	name string
}

// retry identifies a call that may be repeated. All of it is computed before the
// transaction.
type retry struct {
	sent mfa.Secret     // the idempotency key as the client sent it
	key  seal.ClientKey // derived from it
	body []byte         // the whole request
}

// newRetry returns Usage if the client's key is malformed.
func newRetry(sent mfa.Secret, o Spec) (*retry, error) {
	key, err := seal.NewClientKey(sent.Reveal())
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(mfa.Expose(o.Body))
	if err != nil {
		return nil, mfa.Fault(err)
	}
	return &retry{sent: sent, key: key, body: body}, nil
}

// callers under whose names answers are kept. Two callers that use the same idempotency
// key do not meet.

func callerActor(id string) []byte { return records.AppendField(nil, "actor", []byte(id)) }

// callerBearer is a session or token, for answers that must be found after it has ended.
func callerBearer(hash string) []byte { return records.AppendField(nil, "bearer", []byte(hash)) }

// callerAccount is a caller who is not signed in, by the method and the account named.
func callerAccount(method, account string) []byte {
	return records.AppendField(records.AppendField(nil, "method", []byte(method)), "account", []byte(account))
}

// replyName is the name of the answer to a caller under an idempotency key.
func (run *Runner) replyName(caller []byte, sent mfa.Secret) string {
	return run.hashed(macReply, records.AppendField(caller, "key", []byte(sent.Reveal())))
}

// keyHash is what an event shows of an idempotency key. It is keyed, so that a weak key
// cannot be found by trying.
func (run *Runner) keyHash(sent mfa.Secret) string {
	return run.hashed(macKeyHash, records.AppendField(nil, "key", []byte(sent.Reveal())))
}

// hashed is a MAC without its prefix and key id, as 64 hexadecimal digits.
func (run *Runner) hashed(label string, data []byte) string {
	mac := run.Keys.MAC(label, data)
	return hex.EncodeToString(mac[len(mac)-sha256.Size:])
}

// findReply returns the answer kept for a caller, or nil. Damaged if it does
// not open.
func (a *Act) findReply(caller []byte, r *retry) (*keptReply, error) {
	name := a.Runner.replyName(caller, r.sent)
	row, err := a.Read.Reply(name, a.replyPeriods(), a.repliesSince())
	if err != nil {
		return nil, mfa.Missing(err, nil)
	}
	sealed, err := a.Runner.Keys.Open(a.replyPlace(name), row.Sealed)
	if err != nil {
		return nil, err
	}
	plain, err := r.key.Open([]byte(name), sealed)
	if err != nil {
		return nil, err
	}
	f := &keptReply{name: name}
	if err := json.Unmarshal(plain, &f.keptAnswer); err != nil {
		return nil, mfa.Errorf(mfa.Damaged, "a kept answer cannot be read").WithCause(err)
	}
	return f, nil
}

// putReply keeps an answer for a caller, and returns its name.
func (a *Act) putReply(caller []byte, r *retry, plain []byte) (name string, _ error) {
	name = a.Runner.replyName(caller, r.sent)
	sealed := a.Runner.Keys.Seal(a.replyPlace(name), r.key.Seal([]byte(name), plain))
	for _, period := range a.keptIn() {
		if err := a.Refusals.PutReply(mfa.Reply{Period: period, Name: name, Sealed: sealed, At: a.Now}); err != nil {
			return "", err
		}
	}
	return name, nil
}

func (a *Act) replyPlace(name string) seal.Binding {
	return seal.Binding{Instance: a.Read.Instance(), Table: "replies", Column: "sealed", Row: name}
}

// keptIn returns the period in which an answer is kept: that of now. While the clock is
// doubted it may soon be put right, so then it is also kept in that of the store's mark,
// which never goes back.
func (m moment) keptIn() []int64 {
	now, mark := mfa.ReplyPeriod(m.Now), mfa.ReplyPeriod(m.Mark.At)
	if m.Doubted && mark != now {
		return []int64{now, mark}
	}
	return []int64{now}
}

// replyPeriods returns the periods in which an answer that can still be had was kept. It may
// be from the next period too, if the clock was set back since: by at most the minute by
// which the mark may lag behind.
func (m moment) replyPeriods() mfa.ReplyPeriods {
	now, mark := mfa.ReplyPeriod(m.Now), mfa.ReplyPeriod(m.Mark.At)
	return mfa.ReplyPeriods{now - 1, now, now + 1, mark - 1, mark}
}

// repliesSince is the time after which an answer must have been kept.
func (m moment) repliesSince() time.Time { return m.Now.Add(-mfa.ReplyTTL) }

// repeats reports whether a call is the one that was answered: the same method and
// request, and for a request about the caller's own session or token the same bearer.
func (x *execution[R]) repeats(kept *keptReply) bool {
	return hmac.Equal(x.fingerprint(), kept.Fingerprint)
}

// fingerprint is computed under the client's key, so that no fast hash of a password is
// stored.
func (x *execution[R]) fingerprint() []byte {
	what := records.AppendField(nil, "method", []byte(x.rule.Method))
	if _, hash, _ := ParseBearer(x.call.Token); x.spec.OnBearer {
		what = records.AppendField(what, "asker", []byte(hash))
	}
	return x.retry.key.Fingerprint(append(what, x.retry.body...))
}
