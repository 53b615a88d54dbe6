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
