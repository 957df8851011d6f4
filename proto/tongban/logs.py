"""Logging for every process: JSON lines for machines, plain lines on a terminal, and no secrets in either.

Only the standard library's `logging` is used: modules say `logging.getLogger(__name__)` and pass facts by
`extra={"stream": name}`; a process calls `configure` once.

Names, document numbers, forms and keys must never reach a log (architecture, section 5).  That is each caller's
duty, and this is the net below it:

- a fact whose name is known to hold a secret (`SECRET_FIELDS`) is replaced, wherever it is nested;
- a protobuf message is never printed, only its type and size: it may hold what a person typed;
- private keys (PEM), bearer tokens and 18-digit identity numbers are cut out of texts and tracebacks;
- every text is bounded, so that a hostile message cannot fill the disk through an error.

What can go wrong: a name inside a sentence looks like any other word.  So do not log sentences with names.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from google.protobuf.message import Message

MAX_TEXT: Final = 2000
MAX_TRACEBACK: Final = 8000
REMOVED: Final = "[removed]"
SECRET_FIELDS: Final = frozenset(
    {
        "applicant", "authorization", "body", "certificate_request", "ciphertext", "code_digits", "content",
        "content_key", "cookie", "document_number", "form", "full_name", "id_number", "invitation", "key_pem",
        "passphrase", "password", "payload", "person", "phone", "pickup_code", "pin", "plaintext", "private_key",
        "secret", "session", "token",
    }
)  # fmt: skip

_MAX_DEPTH = 4
_MAX_ITEMS = 32
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b[Bb]earer\s+[A-Za-z0-9._~+/=-]{8,}"
    # A resident's identity number (GB 11643): region, birthday, three digits and a check character.
    r"|(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])",
    re.DOTALL,
)


def configure(*, level: str = "INFO", file: Path | None = None, stream: TextIO | None = None) -> None:
    """Send all logging to `file` or to `stream` (standard error by default); a terminal gets plain lines."""
    output = stream or sys.stderr
    handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler(output)
    plain = file is None and output.isatty()
    handler.setFormatter(PlainFormatter() if plain else JsonFormatter())
    handler.addFilter(Scrub())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    # What a library says of each connection is for its own developers.
    for noisy in ("asyncio", "aiosqlite", "grpc._cython.cygrpc", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


class Scrub(logging.Filter):
    """Takes secrets out of a record and bounds its texts; it lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place: after this, no formatter can print what was removed."""
        args = record.args
        if isinstance(args, Mapping):
            record.args = {key: _scrubbed(key, value) for key, value in args.items()}
        elif args:
            record.args = tuple(_argument(value) for value in args)
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)
        record.msg, record.args = clean(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = clean(record.exc_text, MAX_TRACEBACK)
        record.exc_info = None
        for name, value in facts_of(record).items():
            setattr(record, name, _scrubbed(name, value))
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, then the facts."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, object] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **facts_of(record),
        }
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainFormatter(logging.Formatter):
    """A line for a person: local time, level, message, and the facts as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, and a traceback below it."""
        time = dt.datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        facts = "".join(f" {name}={value}" for name, value in facts_of(record).items())
        line = f"{time} {record.levelname:<7} {record.getMessage()}{facts}"
        return f"{line}\n{record.exc_text}" if record.exc_text else line


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller passed by `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """A text without secrets that can be recognised by their form, and not longer than `limit`."""
    # Bounded first as well: the search must not run over megabytes. A cut secret is still found (`\Z`).
    text = _SECRETS.sub(REMOVED, text[: limit * 4])
    # A control character could forge a second line, or move a terminal's cursor.
    text = "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _scrubbed(name: object, value: object, depth: int = 0) -> object:
    if str(name).lower() in SECRET_FIELDS:
        return REMOVED
    return _argument(value, depth)


def _argument(value: object, depth: int = 0) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Message):
        return f"<{value.DESCRIPTOR.full_name}, {value.ByteSize()} bytes>"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if depth < _MAX_DEPTH and isinstance(value, Mapping):
        return {str(key): _scrubbed(key, inner, depth + 1) for key, inner in list(value.items())[:_MAX_ITEMS]}
    if depth < _MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [_argument(inner, depth + 1) for inner in list(value)[:_MAX_ITEMS]]
    return clean(str(value))
