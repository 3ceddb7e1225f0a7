-- The same tables as SQLite's (../0001.sql to ../0003.sql), with what many writers need.
-- Times are microseconds since 1970. Numbers of entries start at 1. Ids sort by their bytes,
-- whatever the database's locale.

CREATE TABLE log (
    district text COLLATE "C" NOT NULL,
    campus text COLLATE "C" NOT NULL,   -- `_district` for the district's own log
    epoch bigint NOT NULL,
    size bigint NOT NULL,
    frontier bytea NOT NULL,            -- the Merkle frontier over all `size` leaves
    recorded bigint NOT NULL,           -- when the newest entry was recorded
    PRIMARY KEY (district, campus)
);

-- No foreign key to `log`: who writes an entry holds its log's row locked, and a check of each
-- entry would cost more than the entry. That none is missing, the Merkle root says.
CREATE TABLE entry (
    district text COLLATE "C" NOT NULL,
    campus text COLLATE "C" NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    epoch bigint NOT NULL,
    fact_id uuid NOT NULL,
    recorded bigint NOT NULL,
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
    canonical text COLLATE "C" NOT NULL, -- what is hashed, verbatim
    PRIMARY KEY (district, campus, seq),
    UNIQUE (district, campus, fact_id)
);

-- For everybody, the owner too. Whoever means to forge the log can drop this; a check of the
-- timeline finds it out. It is here against what happens in passing.
CREATE FUNCTION entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an entry is never changed or removed';
END $$;
CREATE TRIGGER entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION entry_stays();

-- The text of a seal in an entry. A removed one has neither salt nor text, and says why.
CREATE TABLE detail (
    district text COLLATE "C" NOT NULL,
    campus text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    salt bytea CHECK (octet_length(salt) = 16),
    text text COLLATE "C",
    removed text COLLATE "C",
    PRIMARY KEY (district, campus, seq, hash)
);

CREATE TABLE directory_version (
    district text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL
);

-- One row for each thing, so that one person is read without reading all.
CREATE TABLE directory (
    district text COLLATE "C" NOT NULL REFERENCES directory_version (district),
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('district', 'campus', 'person', 'device')),
    id text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,     -- JSON
    PRIMARY KEY (district, kind, id)
);

CREATE TABLE credential (
    district text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    principal text COLLATE "C" NOT NULL,
    made_at bigint NOT NULL,
    revoked_at bigint,
    PRIMARY KEY (district, id)
);
CREATE INDEX credential_revoked ON credential (district, id) WHERE revoked_at IS NOT NULL;

-- A used code is gone.
CREATE TABLE code (
    hash text COLLATE "C" PRIMARY KEY,
    district text COLLATE "C" NOT NULL,
    principal text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE pin (
    district text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    phc text COLLATE "C" NOT NULL,
    PRIMARY KEY (district, person)
);

-- The first step of an officer's enrolment on scene. It is gone once somebody else has taken
-- the second, and good for nothing once it has run out.
CREATE TABLE enrolment (
    district text COLLATE "C" NOT NULL,
    officer text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL,
    body text COLLATE "C" NOT NULL,     -- JSON
    PRIMARY KEY (district, officer)
);
