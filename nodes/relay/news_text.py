"""News as the text it is stored as, and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

from mailroom.carriers.base import Meaning, Observation, OrderResult, SignedBy, Source, ZoneBasis
from nodes.relay.news import Assigned, CancelFailed, Heard, News, OrderCancelled, OrderFailed, Trouble
from tongban.errors import TongbanError, errors_by_reason

_KINDS: Final[Mapping[str, type[News]]] = {
    "heard": Heard,
    "assigned": Assigned,
    "order-failed": OrderFailed,
    "order-cancelled": OrderCancelled,
    "cancel-failed": CancelFailed,
    "trouble": Trouble,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_BESIDE: Final = ("id", "leg")
"""What stands in columns of its own."""


def news_text(news: News) -> str:
    """The text of a piece of news."""
    content: dict[str, Any] = {"kind": _NAMES[type(news)]}
    for field in dataclasses.fields(news):
        if field.name not in _BESIDE:
            content[field.name] = _plain(getattr(news, field.name))
    return json.dumps(content, ensure_ascii=False)


def read_news(number: int, leg: str, text: str) -> News:
    """The piece of news that a text states."""
    content = json.loads(text)
    kind = _KINDS[content.pop("kind")]
    return kind(id=number, leg=leg, **{name: _value(name, value) for name, value in content.items()})


def error_text(error: TongbanError) -> str:
    """The text of an error."""
    return json.dumps(_plain(error), ensure_ascii=False)


def read_error(text: str) -> TongbanError:
    """The error that a text states."""
    return _error(json.loads(text))


def _plain(value: object) -> object:
    if isinstance(value, TongbanError):
        return {"reason": value.reason(), "facts": value.facts}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Observation | OrderResult):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value


def _value(name: str, value: Any) -> Any:
    match name:
        case "observations":
            return tuple(_observation(each) for each in value)
        case "result":
            return OrderResult(**value)
        case "error":
            return _error(value)
    return value


def _observation(plain: dict[str, Any]) -> Observation:
    return Observation(
        **{
            **plain,
            "meaning": Meaning(plain["meaning"]),
            "signed_by": SignedBy(plain["signed_by"]),
            "source": Source(plain["source"]),
            "zone_basis": ZoneBasis(plain["zone_basis"]),
            "observe_time": dt.datetime.fromisoformat(plain["observe_time"]),
        }
    )


def _error(plain: Mapping[str, Any]) -> TongbanError:
    return errors_by_reason()[plain["reason"]](**plain["facts"])
