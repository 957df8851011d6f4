"""The test databases are what the tests believe they are."""

from __future__ import annotations

import psycopg

from tests.postgres import PostgresServer


def test_postgres_is_fresh_for_each_test(postgres_url: str, postgres_server: PostgresServer) -> None:
    other = postgres_server.create()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE t (a text)")
    with psycopg.connect(postgres_server.url(other)) as connection:
        assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)
        settings = connection.execute("SELECT current_setting('fsync'), current_setting('server_encoding')")
        assert settings.fetchone() == ("on", "UTF8")
    postgres_server.drop(other)


def test_every_kind_of_database_has_an_address(database_url: str) -> None:
    assert database_url.partition("://")[0] in {"sqlite", "postgresql"}
