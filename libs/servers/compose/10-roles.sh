#!/bin/sh
# Run once by the postgres image when the data folder is new: roles and databases, each with its own password.
set -eu
: "${BANJIE_OWNER_PASSWORD:?}" "${BANJIE_APP_PASSWORD:?}" "${TEMPORAL_DB_PASSWORD:?}"
psql --set=ON_ERROR_STOP=1 --username=postgres \
  --set=owner="$BANJIE_OWNER_PASSWORD" --set=app="$BANJIE_APP_PASSWORD" --set=temporal="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE banjie_owner LOGIN PASSWORD :'owner';
CREATE ROLE banjie_app LOGIN PASSWORD :'app';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE banjie OWNER banjie_owner;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE banjie, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE banjie TO banjie_app;
SQL
