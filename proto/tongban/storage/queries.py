"""Named SQL in files: a query has a name, one sentence, and a text for each database.

    -- insert_events --
    -- Appends admitted events to the journal.
    INSERT INTO events (stream, version, bytes) VALUES (:stream, :version, :bytes);

    -- now_or_later [postgres] --
    SELECT …                          replaces the portable text of `now_or_later` on PostgreSQL

Write `:name` for parameters.  One text serves both databases wherever it can, with these helps:

- `{bigint}`, `{blob}`, `{text}` name a type in a CAST, which PostgreSQL needs to know what a NULL parameter
  is.
- `FOR UPDATE` and `FOR SHARE` are dropped on SQLite, where a writing unit of work holds the whole database.
- `::` casts are refused in portable text, since SQLite has none; write CAST(… AS …).
- Many keys at once travel as one JSON parameter: `IN (SELECT value FROM json_each(:keys))` on SQLite,
  `= ANY (SELECT jsonb_array_elements_text(CAST(:keys AS jsonb)))` on PostgreSQL, as a variant.

What can go wrong is found when the file is loaded, at start: a query without a sentence, a name used twice,
two statements in one query, a variant whose parameters differ, a query that one of the databases lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from tongban.storage.sqltext import (
    CAST_TYPES,
    Piece,
    SqlError,
    parameters_of,
    scan,
    split_statements,
    text_for_postgres,
    text_for_sqlite,
)

_HEADER: Final = re.compile(r"^-- ([a-z][a-z0-9_]*)(?: \[(sqlite|postgres)\])? --\s*$")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement, ready for either driver."""

    name: str
    description: str
    sqlite: str
    postgres: str
    parameters: tuple[str, ...]

    @classmethod
    def of(cls, name: str, description: str, sql: str, types: Mapping[str, Mapping[str, str]] = CAST_TYPES) -> Query:
        """A query from one portable statement."""
        pieces = _single(name, sql)
        return _assemble(name, description, pieces, pieces, types)


class Queries(Mapping[str, Query]):
    """The queries of one file, by name: `queries["insert_events"]` or `queries.insert_events`."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._queries = dict(queries)
        # As attributes too: what is looked up in every unit of work is found without asking `__getattr__`.
        self.__dict__.update({name: query for name, query in queries.items() if not hasattr(type(self), name)})

    @classmethod
    def load(cls, package: str, file: str = "queries.sql") -> Queries:
        """Read the file that lies in `package`."""
        text = resources.files(package).joinpath(file).read_text("utf-8")
        return cls.parse(text, f"{package}/{file}")

    @classmethod
    def parse(cls, text: str, source: str = "<text>") -> Queries:
        """Read queries from `text`; `source` is named in complaints."""
        try:
            return cls(_parse(text))
        except SqlError as error:
            raise SqlError(f"{source}: {error}") from None

    def __getitem__(self, name: str) -> Query:
        return self._queries[name]

    def __getattr__(self, name: str) -> Query:
        try:
            return self.__dict__["_queries"][name]  # type: ignore[no-any-return]  # __dict__ is untyped
        except KeyError:
            raise AttributeError(f"no query named {name}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


def _parse(text: str) -> dict[str, Query]:
    descriptions: dict[str, str] = {}
    texts: dict[tuple[str, str], list[Piece]] = {}
    for name, dialect, lines in _blocks(text):
        if (name, dialect) in texts:
            raise SqlError(f"query {name} is defined twice")
        sentence, body = _description(lines)
        if sentence:
            descriptions.setdefault(name, sentence)
        texts[name, dialect] = _single(name, body)
    found: dict[str, Query] = {}
    for name in dict.fromkeys(name for name, _ in texts):
        if name not in descriptions:
            raise SqlError(f"query {name} has no description")
        portable = texts.get((name, ""))
        sqlite = texts.get((name, "sqlite"), portable)
        postgres = texts.get((name, "postgres"), portable)
        if sqlite is None or postgres is None:
            raise SqlError(f"query {name} has no text for {'sqlite' if sqlite is None else 'postgres'}")
        found[name] = _assemble(name, descriptions[name], sqlite, postgres, CAST_TYPES)
    return found


def _blocks(text: str) -> Iterator[tuple[str, str, list[str]]]:
    current: tuple[str, str, list[str]] | None = None
    for line in text.splitlines():
        header = _HEADER.match(line)
        if header:
            if current:
                yield current
            current = (header[1], header[2] or "", [])
        elif current:
            current[2].append(line)
        elif line.strip() and not line.startswith("--"):
            raise SqlError(f"text before the first query: {line!r}")
    if current:
        yield current


def _description(lines: list[str]) -> tuple[str, str]:
    """The comment lines that open a block, joined, and the rest."""
    sentence: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith("--"):
            sentence.append(line.lstrip("- ").strip())
        elif line.strip():
            return " ".join(sentence).strip(), "\n".join(lines[number:])
    return " ".join(sentence).strip(), ""


def _single(name: str, body: str) -> list[Piece]:
    statements = split_statements(scan(body))
    if len(statements) != 1:
        raise SqlError(f"query {name} must be one statement, and has {len(statements)}")
    return statements[0]


def _assemble(
    name: str,
    description: str,
    sqlite: list[Piece],
    postgres: list[Piece],
    types: Mapping[str, Mapping[str, str]],
) -> Query:
    parameters = parameters_of(sqlite)
    if set(parameters) != set(parameters_of(postgres)):
        raise SqlError(f"the variants of query {name} take different parameters")
    try:
        return Query(
            name=name,
            description=description,
            sqlite=text_for_sqlite(sqlite, types["sqlite"]),
            postgres=text_for_postgres(postgres, types["postgres"]),
            parameters=parameters,
        )
    except SqlError as error:
        raise SqlError(f"query {name}: {error}") from None
