-- +goose Up

-- What waits for a second person is a request, and what is sent to a user a notice,
-- everywhere.
ALTER TABLE approvals RENAME TO requests;
DROP INDEX approvals_by_target;
DROP INDEX approvals_by_community;
CREATE INDEX requests_by_target ON requests (target_id, id);
CREATE INDEX requests_by_community ON requests (community_id, id);

ALTER TABLE outbox RENAME TO notices;
DROP INDEX outbox_by_user;
DROP INDEX outbox_unsent;
CREATE INDEX notices_by_user ON notices (user_id, created_at);
CREATE INDEX notices_unsent ON notices (created_at) WHERE sent_at = 0;

-- The level of a session that can only enroll has another name. Such sessions end, with the
-- factors that wait to be confirmed in them: they last 15 minutes anyway.
DELETE FROM factors WHERE status = 'pending' AND session_hash IN (SELECT hash FROM sessions WHERE level = 'enrol');
DELETE FROM sessions WHERE level = 'enrol';

-- What the kinds of factor need to judge the answers to a challenge, or to the first
-- question of an enrollment: sealed to the row. Most kinds need nothing, and the column
-- is empty, or NULL in a row that is older.
ALTER TABLE sessions ADD COLUMN asked BYTEA;
