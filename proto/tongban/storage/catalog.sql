-- describe_schema --
-- Lists tables, columns, keys and indexes, a line each.
SELECT 'table ' || t.name || ' strict=' || t.strict || ' clustered=' || t.wr AS line
FROM pragma_table_list AS t WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
UNION ALL
SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || ' notnull=' || c."notnull"
    || ' default=' || COALESCE(c.dflt_value, '-') || ' key=' || c.pk
FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c
WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
UNION ALL
SELECT 'reference ' || t.name || '.' || f."from" || ' -> ' || f."table" || '.' || COALESCE(f."to", '-')
    || ' delete=' || f.on_delete || ' update=' || f.on_update
FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f
WHERE t.schema = 'main' AND t.type = 'table'
UNION ALL
SELECT 'index ' || t.name || ' ' || CASE i.origin WHEN 'c' THEN i.name ELSE i.origin END || ' unique=' || i."unique"
    || ' on ' || COALESCE((
        SELECT group_concat(COALESCE(x.name, 'expression') || CASE x."desc" WHEN 1 THEN ' desc' ELSE '' END, ', ')
        FROM pragma_index_xinfo(i.name) AS x WHERE x.key = 1
    ), '')
FROM pragma_table_list AS t, pragma_index_list(t.name) AS i
WHERE t.schema = 'main' AND t.type = 'table'
UNION ALL
SELECT s.type || ' ' || s.name || ': ' || s.sql
FROM sqlite_schema AS s WHERE s.type <> 'table' AND s.sql IS NOT NULL;

-- describe_schema [postgres] --
SELECT 'table ' || c.relname AS line
FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v')
UNION ALL
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || COALESCE(collation_name, '')
    || ' nullable=' || is_nullable || ' default=' || COALESCE(column_default, '-')
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace;

-- list_table_texts --
-- Gives the text of each table of SQLite, which holds its checks, and nothing on PostgreSQL.
SELECT name, sql AS text FROM sqlite_schema WHERE type = 'table';

-- list_table_texts [postgres] --
SELECT '' AS name, '' AS text WHERE false;
