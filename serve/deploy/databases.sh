#!/bin/sh
# Roles and databases of the services besides the product's, each with a password of its own; again whenever one changes.
# PGHOST, PGUSER and PGPASSWORD say where; MLFLOW_DB_PASSWORD and LABEL_STUDIO_DB_PASSWORD are the passwords.
set -eu

make() { # name of role and database, variable of the password
    psql --quiet --no-psqlrc --dbname=barometer --set=ON_ERROR_STOP=1 --set=name="$1" <<SQL
\getenv password $2
SELECT format('CREATE ROLE %I LOGIN', :'name')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
}

make mlflow MLFLOW_DB_PASSWORD
make labelstudio LABEL_STUDIO_DB_PASSWORD
psql --quiet --no-psqlrc --dbname=barometer --command='REVOKE CONNECT ON DATABASE barometer FROM PUBLIC'
