-- What earlier releases left of people and devices who have gone: it would be good again if they
-- came back.
UPDATE credential SET revoked_at = floor(extract(epoch FROM now()) * 1000000)::bigint
WHERE revoked_at IS NULL AND district || ' ' || principal NOT IN (
    SELECT district || ' ' || kind || ':' || id FROM directory WHERE kind IN ('person', 'device')
);
DELETE FROM code WHERE district || ' ' || principal NOT IN (
    SELECT district || ' ' || kind || ':' || id FROM directory WHERE kind IN ('person', 'device')
);
DELETE FROM pin WHERE district || ' ' || person NOT IN (
    SELECT district || ' ' || id FROM directory WHERE kind = 'person'
);
