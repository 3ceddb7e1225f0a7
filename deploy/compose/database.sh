#!/bin/bash
# The database and its two roles, once, when PostgreSQL's folder is made. Passwords come from the environment, so that
# no list of processes shows them.
set -euo pipefail
ask() { psql -X -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres "$@"; }
ask -f "${LOCKSTEP_POSTGRES_SQL:-/lockstep/postgres.sql}"
ask <<'SQL'
\getenv owner LOCKSTEP_OWNER_PASSWORD
\getenv service LOCKSTEP_SERVICE_PASSWORD
ALTER ROLE lockstep_owner PASSWORD :'owner';
ALTER ROLE lockstep PASSWORD :'service';
SQL
