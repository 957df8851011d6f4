"""Backup and restore of a gateway or a node: one file, taken while the server runs.

    <name>.tbk      a ZIP archive that any tool opens
      manifest.json         whose it is, schema, epoch or incarnation, positions, rows and SHA-256 of every part
      settings.json         as in its directory, without the address of its database (which may hold a password)
      tables/<name>.jsonl   every row of a table, a line each: a list of values, bytes as a list of one base64 text
      beside/<name>.jsonl   the same of a second database, where there is one: a relay's feeds
      keys.sealed           only if asked for: keys and certificates, AES-256-GCM under a passphrase (scrypt)

All tables are read in one snapshot (a reading transaction of SQLite's log; REPEATABLE READ on PostgreSQL), so the file
is one moment of the database while others write on.  Rows and not pages: the same file goes back into either database,
an older schema is migrated forward by the next start, and neither pg_dump nor a server of the same version is needed.
Who is signed in at a console is not taken along.

A second database cannot be read in the same moment.  It is read first and put back last: what it holds as done the
first one has, and it finds by itself that the first one was put back.  A backup of before it was taken along restores
as well.

Promised: a backup is there whole or not at all.  A restore looks at everything first (whose, which schema, every
digest), then puts all rows back in one transaction, and in the same transaction marks the database as restored: a
gateway begins a new epoch, a node its next incarnation.  So nobody can forget to.  What was there before is moved
aside, never overwritten.

What can go wrong: the file is cut off or changed (`Damaged`, nothing was touched); it is another participant's, of
another kind, or of a newer program; the home holds a database and `--replace` was not said; a server runs there.
"""
