-- +goose Up

-- What the kinds of factor need to judge the answers to a challenge, or to the first
-- question of an enrollment: sealed to the row. Most kinds need nothing, and the column
-- is empty, or NULL in a row that is older.
ALTER TABLE sessions ADD COLUMN asked BYTEA;
