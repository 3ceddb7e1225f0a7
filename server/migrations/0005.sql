-- Public keys with which people prove who is acting. The body says for which host it was made.
CREATE TABLE passkey (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    body TEXT NOT NULL,            -- JSON
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_of ON passkey (district, person);
