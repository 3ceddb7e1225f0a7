-- Who sits in which class, one row a campus, replaced whole. Read in an incident alone.
CREATE TABLE roster (
    district TEXT NOT NULL,
    campus TEXT NOT NULL,
    at INTEGER NOT NULL,           -- when the school's own system said so
    body TEXT NOT NULL,            -- JSON
    PRIMARY KEY (district, campus)
) STRICT;
