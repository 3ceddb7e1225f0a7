-- The database for several instances, and two roles: the owner, who makes and migrates the tables,
-- and the service, which can add entries and never change or remove one.
--
-- As a superuser:   psql -f deploy/postgres.sql
-- then a password for each:   psql -c '\password lockstep_owner' and the same for lockstep
-- then, with every release, once:   LOCKSTEP_DATABASE_URL=postgres://lockstep_owner:…@HOST/lockstep \
--                                   lockstep-server prepare-database
-- The instances run with postgres://lockstep:…@HOST/lockstep.

CREATE ROLE lockstep_owner LOGIN;
CREATE ROLE lockstep LOGIN;
CREATE DATABASE lockstep OWNER lockstep_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE lockstep FROM PUBLIC;
GRANT CONNECT ON DATABASE lockstep TO lockstep;
\connect lockstep
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO lockstep_owner;
