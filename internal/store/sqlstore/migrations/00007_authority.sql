-- +goose Up

-- What decides whether one person alone may do an act, and what counts wrong answers.
SELECT 1;

-- A notice is signed, so that a forged one is not sent, and the event of the act names the
-- notices that were queued with it, so that one cannot be removed unseen. The notices of
-- older stores are signed in this migration; their events name none.
ALTER TABLE notices ADD COLUMN mac BYTEA;
ALTER TABLE events ADD COLUMN notices TEXT NOT NULL DEFAULT '[]';

-- A new address must not look like one that exists. Most addresses have no look but themselves,
-- and their rows no value: those are found by the address.
ALTER TABLE users ADD COLUMN look TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX users_by_look ON users (look) WHERE look <> '';
-- What others did to an account's password and factors, and since when the account is used:
-- one person does not do both halves of an account that is used. own_password_at and
-- own_factor_at say since when the user has a password and 2FA of their own choice.
ALTER TABLE users ADD COLUMN halves TEXT NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN own_password_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN own_factor_at BIGINT NOT NULL DEFAULT 0;

-- When a user last turned 2FA off: for a day, applications that let users without 2FA in
-- refuse this one.
ALTER TABLE users ADD COLUMN disabled_at BIGINT NOT NULL DEFAULT 0;

-- What a request was judged by when it was filed, and who created the token that filed it:
-- a request lapses when any of it has changed.
ALTER TABLE requests ADD COLUMN basis TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN token_creator TEXT NOT NULL DEFAULT '';

-- What is known of deleted accounts, and of addresses that accounts gave up: who controlled
-- a deleted account counts although it is gone, and an address that was used is reserved.
CREATE TABLE former_accounts (
	id TEXT COLLATE "C" PRIMARY KEY,
	account_id TEXT NOT NULL,
	community_id TEXT NOT NULL,
	email TEXT NOT NULL,
	used BOOLEAN NOT NULL,
	deleted BOOLEAN NOT NULL,
	marks TEXT NOT NULL,
	at BIGINT NOT NULL,
	mac BYTEA NOT NULL,
	rev BIGINT NOT NULL
);
CREATE INDEX former_accounts_by_account ON former_accounts (account_id, id);
CREATE INDEX former_accounts_by_email ON former_accounts (email, id);

-- The tokens that replace one another are a chain: their ids have twelve symbols in common, by
-- which the chain is found and revoked. A chain ends some time after its first token was
-- created; a token of an older store begins a chain of its own.
ALTER TABLE tokens ADD COLUMN chain_start BIGINT NOT NULL DEFAULT 0;
CREATE INDEX tokens_by_chain ON tokens (substr(id, 11, 12));
-- What still applies of two-person rules that one person alone made looser: of a community's
-- own rules and of those of its former parent, and of an account that moved.
ALTER TABLE communities ADD COLUMN held TEXT NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN held TEXT NOT NULL DEFAULT '[]';

-- With which device marker a session was opened: the password is asked for again in a session,
-- and the counter of that marker pays, which strangers cannot use up. The markers of an
-- account are among its counters in users.attempts.
ALTER TABLE sessions ADD COLUMN marker TEXT NOT NULL DEFAULT '';
-- What a request about the rules of a community sets.
ALTER TABLE requests ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';
