-- lock_schema --
-- Keeps other replicas from changing the schema until this transaction ends.
SELECT 1 AS locked;

-- lock_schema [postgres] --
SELECT 1 AS locked FROM (SELECT pg_advisory_xact_lock(7308332182833852001)) AS lock;

-- create_schema_migrations --
-- Makes the table that says which migrations were applied.
CREATE TABLE IF NOT EXISTS schema_migrations (
    version BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    applied_time BIGINT NOT NULL,
    digest TEXT NOT NULL
);

-- create_schema_migrations [sqlite] --
CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    applied_time INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;

-- list_schema_migrations --
-- Lists what was applied, oldest first.
SELECT version, name, applied_time, digest FROM schema_migrations ORDER BY version;

-- insert_schema_migration --
-- Records that a migration was applied.
INSERT INTO schema_migrations (version, name, applied_time, digest) VALUES (:version, :name, :applied_time, :digest);

-- has_schema_migrations --
-- Whether the database was ever migrated.
SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations';

-- has_schema_migrations [postgres] --
SELECT to_regclass('schema_migrations')::text AS name WHERE to_regclass('schema_migrations') IS NOT NULL;
