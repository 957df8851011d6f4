-- list_tables --
-- The tables of this schema.
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name;

-- list_tables [postgres] --
SELECT CAST(relname AS text) AS name FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname;
