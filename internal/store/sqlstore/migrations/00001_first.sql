-- +goose Up

-- Written in PostgreSQL's words. A time is microseconds since 1970, 0 for none.
-- Texts that order a page are compared byte by byte in every database.

CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE communities (
	id TEXT PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL UNIQUE,
	parent_id TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	rev BIGINT NOT NULL
);

CREATE TABLE users (
	id TEXT PRIMARY KEY,
	community_id TEXT NOT NULL REFERENCES communities (id),
	email TEXT COLLATE "C" NOT NULL UNIQUE,
	role TEXT NOT NULL,
	status TEXT NOT NULL,
	state TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	factors TEXT NOT NULL,
	preferred_id TEXT NOT NULL,
	attempts TEXT NOT NULL,
	reset_at BIGINT NOT NULL,
	password_reset_at BIGINT NOT NULL,
	last_sign_in_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	mac BYTEA NOT NULL,
	rev BIGINT NOT NULL
);
CREATE INDEX users_by_community ON users (community_id, email);

CREATE TABLE factors (
	id TEXT PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES users (id),
	kind TEXT NOT NULL,
	label TEXT NOT NULL,
	status TEXT NOT NULL,
	sealed BYTEA NOT NULL,
	session_hash TEXT NOT NULL,
	tries BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	confirmed_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	rev BIGINT NOT NULL
);
CREATE INDEX factors_by_user ON factors (user_id, created_at);
CREATE UNIQUE INDEX factors_label ON factors (user_id, label)
	WHERE kind NOT IN ('backup', 'recovery', 'set-password');
CREATE UNIQUE INDEX factors_recovery ON factors (user_id) WHERE kind = 'recovery';
CREATE UNIQUE INDEX factors_set_password ON factors (user_id) WHERE kind = 'set-password';
CREATE UNIQUE INDEX factors_pending ON factors (user_id) WHERE status = 'pending';

CREATE TABLE sessions (
	hash TEXT PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES users (id),
	level TEXT NOT NULL,
	method TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	last_seen_at BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	rev BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE events (
	seq BIGINT PRIMARY KEY,
	at BIGINT NOT NULL,
	action TEXT NOT NULL,
	outcome TEXT NOT NULL,
	code TEXT NOT NULL,
	actor_id TEXT NOT NULL,
	actor TEXT NOT NULL,
	actor_role TEXT NOT NULL,
	community_id TEXT NOT NULL,
	target_id TEXT NOT NULL,
	target TEXT NOT NULL,
	method TEXT NOT NULL,
	factor TEXT NOT NULL,
	reason TEXT NOT NULL,
	note TEXT NOT NULL,
	session_hash TEXT NOT NULL,
	key_hash TEXT NOT NULL,
	provenance TEXT NOT NULL,
	mac BYTEA NOT NULL
);
CREATE INDEX events_by_target ON events (target_id, seq);
CREATE INDEX events_by_actor ON events (actor_id, seq);
CREATE INDEX events_by_action ON events (action, seq);
CREATE INDEX events_by_community ON events (community_id, seq);

CREATE TABLE outbox (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	user_id TEXT NOT NULL,
	address TEXT NOT NULL,
	done_by TEXT NOT NULL,
	reason TEXT NOT NULL,
	note TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	sent_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_user ON outbox (user_id, created_at);
CREATE INDEX outbox_unsent ON outbox (created_at) WHERE sent_at = 0;

CREATE TABLE replies (
	hash TEXT PRIMARY KEY,
	actor_id TEXT NOT NULL,
	method TEXT NOT NULL,
	fingerprint BYTEA NOT NULL,
	sealed BYTEA NOT NULL,
	at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX replies_by_end ON replies (expires_at);
