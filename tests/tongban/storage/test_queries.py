"""Named SQL: what is rewritten, what is left alone, what is refused."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.storage import Queries, Query, SqlError
from tongban.storage.catalog import checks
from tongban.storage.sqltext import Kind, scan

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
ANY_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)


def test_both_texts_and_the_parameters() -> None:
    query = Query.of("q", "…", "SELECT a, '%' FROM t WHERE b = :b AND c > :c AND b <> :b -- why :not\n")
    assert query.sqlite == "SELECT a, '%' FROM t WHERE b = :b AND c > :c AND b <> :b"
    assert query.postgres == "SELECT a, '%%' FROM t WHERE b = %(b)s AND c > %(c)s AND b <> %(b)s"
    assert query.parameters == ("b", "c")


def test_locks_are_postgres_own() -> None:
    query = Query.of("q", "…", "SELECT v FROM heads WHERE s = :s ORDER BY s FOR UPDATE OF heads SKIP LOCKED;")
    assert query.sqlite == "SELECT v FROM heads WHERE s = :s ORDER BY s"
    assert query.postgres.endswith("ORDER BY s FOR UPDATE OF heads SKIP LOCKED")


def test_a_variant_takes_the_place_of_the_portable_text() -> None:
    text = "-- q --\n-- Says so.\nSELECT :a;\n\n-- q [postgres] --\nSELECT :a::text;\n"
    query = Queries.parse(text)["q"]
    assert (query.sqlite, query.postgres) == ("SELECT :a", "SELECT %(a)s::text")
    assert Queries.parse(text).q == query
    assert query.description == "Says so."


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- q --\nSELECT 1;", "no description"),
        ("-- q --\n-- D.\nSELECT 1;\n-- q --\n-- D.\nSELECT 2;", "twice"),
        ("-- q --\n-- D.\nSELECT 1; SELECT 2;", "one statement"),
        ("-- q --\n-- D.\n", "one statement"),
        ("-- q --\n-- D.\nSELECT :a::text;", "CAST"),
        ("-- q --\n-- D.\nSELECT CAST(:a AS {uuid});", "no type"),
        ("-- q --\n-- D.\nSELECT 'open;", "not closed"),
        ("-- q --\n-- D.\nSELECT :a;\n-- q [postgres] --\nSELECT :b;", "different parameters"),
        ("-- q [postgres] --\n-- D.\nSELECT 1;", "no text for sqlite"),
        ("SELECT 1;", "before the first query"),
    ],
)
def test_refused_when_loaded(text: str, complaint: str) -> None:
    with pytest.raises(SqlError, match=complaint):
        Queries.parse(text)


def test_an_unknown_query() -> None:
    queries = Queries.parse("-- q --\n-- D.\nSELECT 1;")
    with pytest.raises(AttributeError):
        queries.other  # noqa: B018  # the access is what is tested
    assert list(queries) == ["q"]
    assert len(queries) == 1


@given(st.text(max_size=80))
def test_scanning_loses_nothing(text: str) -> None:
    try:
        pieces = scan(text)
    except SqlError:
        return
    assert "".join(piece.text for piece in pieces) == text


PIECES = st.one_of(
    NAMES.map(lambda name: (Kind.PARAMETER, f":{name}")),
    ANY_TEXT.map(lambda s: (Kind.LITERAL, "'" + s.replace("'", "''") + "'")),
    ANY_TEXT.map(lambda s: (Kind.LITERAL, '"' + s.replace('"', '""') + '"')),
    ANY_TEXT.filter(lambda s: "$" not in s).map(lambda s: (Kind.LITERAL, f"$x${s}$x$")),
    st.sampled_from(["SELECT", "a % b", "x = 1", "(", ")", "a ->> 'b' ", ","]).map(lambda s: (Kind.CODE, s)),
)


@given(st.lists(PIECES, max_size=12))
def test_only_code_is_rewritten(pieces: list[tuple[Kind, str]]) -> None:
    """Literals stay to the letter, parameters become the driver's, and psycopg gets every % doubled."""
    query = Query.of("q", "…", "SELECT " + " ".join(text for _, text in pieces))
    assert query.sqlite == ("SELECT " + " ".join(text for _, text in pieces)).strip()
    expected = [f"%({text[1:]})s" if kind is Kind.PARAMETER else text.replace("%", "%%") for kind, text in pieces]
    assert query.postgres == ("SELECT " + " ".join(expected)).strip()
    assert query.parameters == tuple(dict.fromkeys(t[1:] for k, t in pieces if k is Kind.PARAMETER))


@given(st.dictionaries(NAMES, st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), ANY_TEXT), min_size=1))
def test_sqlite_takes_the_parameters_as_they_are(values: dict[str, object]) -> None:
    query = Query.of("q", "…", "SELECT " + ", ".join(f":{name} AS c{i}" for i, name in enumerate(values)))
    with sqlite3.connect(":memory:") as connection:
        row = connection.execute(query.sqlite, values).fetchone()
    connection.close()
    assert row == tuple(values.values())


@given(st.lists(st.tuples(st.sampled_from(["a", "b % 2", "'x;y'", "$1$"]), NAMES), min_size=1, max_size=5))
def test_psycopg_reads_the_same_parameters(parts: list[tuple[str, str]]) -> None:
    from psycopg._queries import _split_query

    query = Query.of("q", "…", "SELECT " + ", ".join(f"{code} + :{name}" for code, name in parts))
    found = [part.item for part in _split_query(query.postgres.encode(), "utf-8")[:-1]]
    assert found == [name for _, name in parts]


def test_checks_are_read_from_the_text_of_a_table() -> None:
    text = "CREATE TABLE t (a INTEGER CHECK (a > (1 + 2)), b TEXT, check(b <> ')'), UNIQUE (a, b))"
    assert list(checks(text)) == ["a > (1 + 2)", "b <> ')'"]
