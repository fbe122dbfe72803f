#!/bin/sh
# Runs once, on an empty volume: a database and a role per service, closed to the other roles.
set -eu

make_database() {
    psql -v ON_ERROR_STOP=1 -v name="$1" -v password="$2" \
        --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

make_database intake "$INTAKE_DATABASE_PASSWORD"
make_database scheduling "$SCHEDULING_DATABASE_PASSWORD"
make_database notifications "$NOTIFICATIONS_DATABASE_PASSWORD"
