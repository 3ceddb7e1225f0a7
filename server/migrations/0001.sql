-- Truth (log, entry), the words beside it (detail), and what a right is read from.
-- Times are microseconds since 1970. Numbers of entries start at 1.

CREATE TABLE log (
    district TEXT NOT NULL,
    campus TEXT NOT NULL,          -- `_district` for the district's own log
    epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL,        -- the Merkle frontier over all `size` leaves
    recorded INTEGER NOT NULL,     -- when the newest entry was recorded
    PRIMARY KEY (district, campus)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    district TEXT NOT NULL,
    campus TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),
    epoch INTEGER NOT NULL,
    fact_id BLOB NOT NULL CHECK (length(fact_id) = 16),
    recorded INTEGER NOT NULL,
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    canonical TEXT NOT NULL,       -- what is hashed, verbatim
    PRIMARY KEY (district, campus, seq),
    UNIQUE (district, campus, fact_id),
    FOREIGN KEY (district, campus) REFERENCES log (district, campus)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END;
CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never removed'); END;

-- The text of a seal in an entry. A removed one has neither salt nor text, and says why.
CREATE TABLE detail (
    district TEXT NOT NULL,
    campus TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    salt BLOB CHECK (length(salt) = 16),
    text TEXT,
    removed TEXT,
    PRIMARY KEY (district, campus, seq, hash),
    FOREIGN KEY (district, campus, seq) REFERENCES entry (district, campus, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE directory_version (
    district TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each thing, so that one person is read without reading all.
CREATE TABLE directory (
    district TEXT NOT NULL REFERENCES directory_version (district),
    kind TEXT NOT NULL CHECK (kind IN ('district', 'campus', 'person', 'device')),
    id TEXT NOT NULL,
    body TEXT NOT NULL,            -- JSON
    PRIMARY KEY (district, kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    principal TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_revoked ON credential (district, id) WHERE revoked_at IS NOT NULL;

-- A used code is gone.
CREATE TABLE code (
    hash TEXT PRIMARY KEY NOT NULL,
    district TEXT NOT NULL,
    principal TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pin (
    district TEXT NOT NULL,
    person TEXT NOT NULL,
    phc TEXT NOT NULL,
    PRIMARY KEY (district, person)
) STRICT, WITHOUT ROWID;

-- Written now and then to see whether anything can be written.
CREATE TABLE probe (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL
) STRICT;
