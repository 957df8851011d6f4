"""Just enough of SQL's grammar to rewrite it safely: what is text, what is a comment, what is a parameter.

A text is cut into pieces without loss (the pieces of a text, joined, are the text), and only the pieces that
are code are ever rewritten.  So a `:name`, a `%` or a `;` inside a literal or a quoted name stays what it is.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple


class SqlError(ValueError):
    """A .sql file is not of the form that this project writes."""


class Kind(enum.Enum):
    """What a piece of SQL text is."""

    LITERAL = "literal"  # '…', "…", or $tag$…$tag$
    COMMENT = "comment"
    CAST = "cast"  # ::
    PARAMETER = "parameter"  # :name
    TYPE = "type"  # {token}
    LOCK = "lock"  # FOR UPDATE, which only PostgreSQL knows
    END = "end"  # ;
    CODE = "code"


class Piece(NamedTuple):
    """A stretch of SQL text of one kind."""

    kind: Kind
    text: str


_SCANNER: Final = re.compile(
    r"""
      (?P<literal>   '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$ )
    | (?P<comment>   --[^\n]* | /\*.*?\*/ )
    | (?P<cast>      :: )
    | (?P<parameter> :[A-Za-z_][A-Za-z0-9_]* )
    | (?P<type>      \{[a-z]+\} )
    | (?P<lock>      \bFOR\s+(?:NO\s+KEY\s+UPDATE|UPDATE|KEY\s+SHARE|SHARE)\b
                     (?:\s+OF\s+\w+)? (?:\s+(?:NOWAIT|SKIP\s+LOCKED)\b)? )
    | (?P<end>       ; )
    | (?P<stray>     ['"] | /\* )
    | (?P<code>      \w+ | . )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)

# A type's name in a table's definition.  Text is ordered by its bytes on both, whatever the database's
# locale; STRICT makes SQLite as exact about types as PostgreSQL, and a clustered table lies in the order of
# its key.
COLUMN_TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "sqlite": {
        "bigint": "INTEGER",
        "blob": "BLOB",
        "text": "TEXT",
        "strict": "STRICT",
        "clustered": "STRICT, WITHOUT ROWID",
    },
    "postgres": {
        "bigint": "BIGINT",
        "blob": "BYTEA",
        "text": 'TEXT COLLATE "C"',
        "strict": "",
        "clustered": "",
    },
}

CAST_TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "sqlite": {"bigint": "INTEGER", "blob": "BLOB", "text": "TEXT"},
    "postgres": {"bigint": "BIGINT", "blob": "BYTEA", "text": "TEXT"},
}


def scan(sql: str) -> list[Piece]:
    """Cut `sql` into its pieces, without loss."""
    pieces: list[Piece] = []
    code: list[str] = []
    for match in _SCANNER.finditer(sql):
        group = match.lastgroup or "code"
        if group == "stray":
            raise SqlError(f"a literal or comment is not closed: {sql[match.start() : match.start() + 40]!r}")
        if group == "code":
            code.append(match[0])
            continue
        if code:
            pieces.append(Piece(Kind.CODE, "".join(code)))
            code.clear()
        pieces.append(Piece(Kind(group), match[0]))
    if code:
        pieces.append(Piece(Kind.CODE, "".join(code)))
    return pieces


def split_statements(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """The statements of a script, without comments, without their semicolons, and without the empty ones."""
    statements: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.kind is Kind.END:
            statements.append([])
        elif piece.kind is Kind.COMMENT:
            # A comment separates words, so it must not vanish altogether.
            statements[-1].append(Piece(Kind.CODE, " "))
        else:
            statements[-1].append(piece)
    return [s for s in statements if any(piece.text.strip() for piece in s)]


def parameters_of(statement: Sequence[Piece]) -> tuple[str, ...]:
    """The names of the parameters, each once, in the order they first stand in the text."""
    return tuple(dict.fromkeys(piece.text[1:] for piece in statement if piece.kind is Kind.PARAMETER))


def text_for_sqlite(statement: Sequence[Piece], types: Mapping[str, str]) -> str:
    """The statement as sqlite3 takes it."""
    out: list[str] = []
    for kind, text in statement:
        if kind is Kind.CAST:
            raise SqlError("'::' is PostgreSQL's alone; write CAST(… AS …)")
        if kind is Kind.TYPE:
            out.append(_type(text, types))
        elif kind is not Kind.LOCK:
            out.append(text)
    return "".join(out).strip()


def text_for_postgres(statement: Sequence[Piece], types: Mapping[str, str]) -> str:
    """The statement as psycopg takes it: `%(name)s` for parameters, and every other % doubled."""
    out: list[str] = []
    for kind, text in statement:
        if kind is Kind.PARAMETER:
            out.append(f"%({text[1:]})s")
        elif kind is Kind.TYPE:
            out.append(_type(text, types))
        else:
            out.append(text.replace("%", "%%"))
    return "".join(out).strip()


def _type(token: str, types: Mapping[str, str]) -> str:
    try:
        return types[token[1:-1]]
    except KeyError:
        raise SqlError(f"no type {token} (there are: {', '.join(types)})") from None
