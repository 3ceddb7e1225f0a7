-- Public keys with which people prove who is acting. The body says for which host it was made.
CREATE TABLE passkey (
    district text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    made_at bigint NOT NULL,
    body text COLLATE "C" NOT NULL,     -- JSON
    PRIMARY KEY (district, id)
);
CREATE INDEX passkey_of ON passkey (district, person);
