"""Logs for machines and people, without what must never reach one."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban import keys, logs
from tongban.clock import SeededEntropy
from tongban.v1 import window_pb2

PEM = keys.private_pem(keys.generate_tls_key(SeededEntropy(3))).decode()
# A made-up number in the form of a resident's identity number.
NUMBER = "35060019900307451X"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The root logger as pytest had it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(write: Any, stream: io.StringIO | None = None) -> str:
    output = stream or io.StringIO()
    logs.configure(stream=output)
    write(logging.getLogger("tongban.test"))
    return output.getvalue()


def test_a_line_is_one_json_object_with_its_facts() -> None:
    text = written(lambda log: log.info("收到 %d 个事件", 3, extra={"stream": "applications/1", "size": 3}))
    line = json.loads(text)
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "tongban.test", "收到 3 个事件")
    assert (line["stream"], line["size"]) == ("applications/1", 3)
    assert line["time"].endswith("+00:00")
    assert text.count("\n") == 1


def test_a_terminal_gets_a_line_to_read() -> None:
    text = written(lambda log: log.warning("慢", extra={"seconds": 3}), Terminal())
    assert "WARNING 慢 seconds=3" in text


@pytest.mark.parametrize("name", sorted(logs.SECRET_FIELDS))
def test_secret_facts_never_pass(name: str) -> None:
    for extra in ({name: "S3CRET"}, {"deep": {"deeper": [{name.upper(): "S3CRET"}]}}):
        text = written(lambda log, extra=extra: log.info("x", extra=extra))
        assert "S3CRET" not in text
        assert logs.REMOVED in text
    assert "S3CRET" not in written(lambda log: log.info("by name: %s", {name: "S3CRET"}))
    template = f"in place: %({name})s"
    assert "S3CRET" not in written(lambda log: log.info(template, {name: "S3CRET"}))


def test_messages_and_bytes_are_named_not_printed() -> None:
    form = window_pb2.SignInRequest(user="王小明", password="S3CRET")
    text = written(lambda log: log.info("got %s and %s", form, b"S3CRET", extra={"request": form, "all": [form]}))
    assert "S3CRET" not in text
    assert "王小明" not in text
    assert "tongban.v1.SignInRequest" in text


@pytest.mark.parametrize("secret", [PEM, PEM[:150], NUMBER, f"Bearer {'a1' * 20}"])
def test_secrets_are_cut_out_of_sentences_and_tracebacks(secret: str) -> None:
    def write(log: logging.Logger) -> None:
        log.error("it was %s here", secret)
        try:
            raise ValueError(f"bad: {secret}")
        except ValueError:
            log.exception("failed", extra={"what": f"({secret})"})

    for output in (io.StringIO(), Terminal()):
        text = written(write, output)
        assert secret[30:60] not in text if len(secret) > 60 else secret not in text
        assert "ValueError" in text
        assert logs.REMOVED in text


def test_numbers_of_applications_stay_readable() -> None:
    for number in (
        "350600-20261122-0001-00000042-Y",
        "35060020261122000100000042Y",
        "0198c0de-0000-7000-8000-000000000001",
    ):
        assert number in written(lambda log, number=number: log.info("%s", number))


def test_a_line_is_bounded_and_cannot_forge_another() -> None:
    text = written(lambda log: log.info("x\x1b[2Jy\r%s", "长" * 100_000, extra={"field": "字" * 100_000}))
    assert len(text) < 3 * logs.MAX_TEXT
    assert "\x1b" not in text


def test_a_wrong_format_does_not_break_the_program() -> None:
    assert "%d %d" in written(lambda log: log.info("%d %d", *["one"]))


def test_a_file_is_written_too(tmp_path: Path) -> None:
    logs.configure(file=tmp_path / "node.log", level="warning")
    logging.getLogger("tongban.test").info("quiet")
    logging.getLogger("tongban.test").warning("loud")
    (line,) = (tmp_path / "node.log").read_text().splitlines()
    assert json.loads(line)["message"] == "loud"


def test_configuring_twice_does_not_write_twice() -> None:
    logs.configure(stream=io.StringIO())
    assert written(lambda log: log.info("once")).count("once") == 1


@given(st.text(max_size=500), st.dictionaries(st.text("xyz", min_size=1), st.text() | st.integers() | st.binary()))
def test_anything_is_one_json_line(message: str, facts: dict[str, Any]) -> None:
    text = written(lambda log: log.info("%s", message, extra=facts))
    assert text.count("\n") == 1
    json.loads(text)
