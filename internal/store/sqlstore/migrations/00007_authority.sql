-- +goose Up

-- What decides whether one person alone may do an act, and what counts wrong answers.
SELECT 1;
