-- The sign-in that made a code: with it goes what it made. The operator's have none.
ALTER TABLE code ADD COLUMN made_by TEXT;
