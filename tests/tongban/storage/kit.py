"""A small table and the queries on it, for the tests of the seam."""

from __future__ import annotations

from tongban.storage import Database, Queries, Row
from tongban.storage.migrations import Migration, migrate, read_script

SCHEMA = """
CREATE TABLE notes (
    stream {text} NOT NULL,
    version {bigint} NOT NULL CHECK (version > 0),
    body {blob} NOT NULL,
    remark {text},
    PRIMARY KEY (stream, version)
) {clustered};
CREATE TABLE heads (stream {text} NOT NULL PRIMARY KEY, version {bigint} NOT NULL) {strict};
"""

QUERIES = Queries.parse(
    """
-- insert_note --
-- Adds one note.
INSERT INTO notes (stream, version, body, remark) VALUES (:stream, :version, :body, :remark);

-- insert_note_once --
-- Adds one note unless its place is taken.
INSERT INTO notes (stream, version, body, remark) VALUES (:stream, :version, :body, :remark)
ON CONFLICT (stream, version) DO NOTHING;

-- insert_note_returning --
-- Adds one note and gives it back.
INSERT INTO notes (stream, version, body, remark) VALUES (:stream, :version, :body, :remark)
RETURNING stream, version;

-- list_notes --
-- Lists the notes of a stream in order.
SELECT stream, version, body, remark FROM notes WHERE stream = :stream ORDER BY version LIMIT :limit;

-- list_streams --
-- Lists the streams that have notes, by the bytes of their names.
SELECT DISTINCT stream FROM notes ORDER BY stream LIMIT 100;

-- count_notes --
-- Counts all notes and adds up their versions.
SELECT COUNT(*) AS notes, SUM(version) AS total, SUM(version) > 1 AS many FROM notes;

-- find_notes --
-- Finds the notes of one stream with any of the versions in a JSON list.
SELECT version FROM notes WHERE stream = :stream AND version IN (SELECT value FROM json_each(:versions))
ORDER BY version;

-- find_notes [postgres] --
SELECT version FROM notes WHERE stream = :stream
AND version = ANY (SELECT CAST(jsonb_array_elements_text(CAST(:versions AS jsonb)) AS BIGINT))
ORDER BY version;

-- set_head --
-- Moves the head of a stream.
INSERT INTO heads (stream, version) VALUES (:stream, :version)
ON CONFLICT (stream) DO UPDATE SET version = excluded.version;

-- lock_head --
-- Reads the head of a stream and keeps it until the unit ends.
SELECT version FROM heads WHERE stream = :stream FOR UPDATE;

-- oddities --
-- Literals that look like parameters, and parameters that look like literals.
SELECT ':stream 100%' AS literal, CAST(:some AS {text}) AS given, 7 % 4 AS rest, :big + :big AS sum;

-- broken --
-- Names a table that does not exist.
SELECT missing FROM nowhere;
"""
)

MIGRATION = Migration(1, "initial", "0" * 64, read_script(SCHEMA, "0001_initial.sql"))


async def prepare(database: Database) -> None:
    """Make the tables."""
    await migrate(database, [MIGRATION], now_micros=1)


def note(version: int, stream: str = "applications/1", remark: str | None = None) -> dict[str, object]:
    """The parameters of one note."""
    return {"stream": stream, "version": version, "body": bytes([version % 256]) * 3, "remark": remark}


async def notes(database: Database, stream: str = "applications/1") -> list[Row]:
    """What a reader sees of a stream."""
    params = {"stream": stream, "limit": 100_000}
    return await database.run(lambda tx: tx.fetch_all(QUERIES["list_notes"], params), read_only=True)


async def versions(database: Database, stream: str = "applications/1") -> list[int]:
    """The versions that a reader sees of a stream."""
    return [row["version"] for row in await notes(database, stream)]
