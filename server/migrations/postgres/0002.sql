-- Who sits in which class, one row a campus, replaced whole. Read in an incident alone.
CREATE TABLE roster (
    district text COLLATE "C" NOT NULL,
    campus text COLLATE "C" NOT NULL,
    at bigint NOT NULL,                 -- when the school's own system said so
    body text COLLATE "C" NOT NULL,     -- JSON
    PRIMARY KEY (district, campus)
);
