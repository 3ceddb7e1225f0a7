-- The first step of an officer's enrolment on scene. It is gone once somebody else has taken
-- the second, and good for nothing once it has run out.
CREATE TABLE enrolment (
    district TEXT NOT NULL,
    officer TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT NOT NULL,            -- JSON
    PRIMARY KEY (district, officer)
) STRICT, WITHOUT ROWID;
