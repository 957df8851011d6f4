"""The directory as it was: which key was whose, from when until when, and when its node was suspended."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

from tongban import errors
from tongban.directory import check_keys
from tongban.retirement import Signing, in_dates, retirement_of, still_signs
from tongban.v1 import directory_pb2, event_pb2

SLACK = dt.timedelta(minutes=5)
"""A key is judged when its frame arrives and an event's time is that of its commit; replicas' clocks differ too."""


@dataclass(slots=True)
class _Span:
    node: str
    key: directory_pb2.NodeKey
    since: float
    until: float = math.inf
    retirements: list[directory_pb2.KeyRetirement] = field(default_factory=list)

    def could_sign(self, moment: float, event: event_pb2.Event | None) -> bool:
        """Whether it was in force at this moment, or drained and may have signed this."""
        slack, at = SLACK.total_seconds(), dt.datetime.fromtimestamp(moment, dt.UTC)
        signing = Signing.of(event, at) if event is not None else Signing.at(at)
        if moment < self.since - slack or not in_dates(self.key, signing):
            return False
        return moment <= self.until + slack or all(still_signs(each, signing) for each in self.retirements)


class KeyHistory:
    """Built from the events of `nodes/…` in stream order, before anything that they signed is judged."""

    def __init__(self) -> None:
        self._spans: dict[str, list[_Span]] = {}
        self._present: dict[str, set[str]] = {}
        self._stopped: dict[str, list[tuple[float, bool]]] = {}
        self._roots: dict[str, bytes] = {}

    @property
    def nodes(self) -> frozenset[str]:
        """Every node that has registered."""
        return frozenset(self._present)

    def learn(self, event: event_pb2.Event, at: dt.datetime) -> None:
        """Take in an event on a node's stream, admitted at this time."""
        moment = at.timestamp()
        match event.WhichOneof("body"):
            case "node_registered":
                self._roots.setdefault(event.stream, event.node_registered.root_public_key)
                self._replace(event.stream, list(event.node_registered.keys), moment)
            case "node_keys_rotated":
                self._replace(event.stream, list(event.node_keys_rotated.keys), moment)
                self._retire(event)
            case "node_suspended":
                self._stopped.setdefault(event.stream, []).append((moment, True))
            case "node_resumed":
                self._stopped.setdefault(event.stream, []).append((moment, False))
            case _:
                pass

    def learn_own(self, node: str, key_id: str, public_key: bytes) -> None:
        """A node's own key, which may have signed before the directory has heard of it."""
        key = directory_pb2.NodeKey(key_id=key_id, purpose=directory_pb2.KEY_PURPOSE_SIGN, public_key=public_key)
        key.valid_until_time.FromDatetime(dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
        self._spans.setdefault(key_id, []).append(_Span(node, key, 0.0))

    def public_key(self, key_id: str) -> bytes | None:
        """The raw public key, whenever it was in force."""
        spans = self._spans.get(key_id)
        return spans[0].key.public_key if spans else None

    def problem(self, key_id: str, author: str, at: dt.datetime | None, event: event_pb2.Event | None = None) -> str:
        """Why this key could not sign for this author then, or ever where nobody has said when; empty if it could."""
        spans = [s for s in self._spans.get(key_id, ()) if s.key.purpose == directory_pb2.KEY_PURPOSE_SIGN]
        if not spans:
            return f"{key_id}: 目录中没有 / not in the directory"
        own = [s for s in spans if s.node == author]
        if not own:
            return f"{key_id}: 属于 {spans[0].node} / it is {spans[0].node}'s"
        if at is None:
            return ""
        moment = at.timestamp()
        if any(span.could_sign(moment, event) for span in own):
            return self._suspended(author, moment)
        return f"{key_id}: 当时未启用或已停用 / not in force then"

    def _suspended(self, author: str, moment: float) -> str:
        changes = self._stopped.get(author, ())
        if any(abs(when - moment) <= SLACK.total_seconds() for when, _ in changes):
            return ""
        stopped = [is_stopped for when, is_stopped in changes if when < moment]
        return f"{author}: 当时已暂停 / suspended then" if stopped and stopped[-1] else ""

    def certified(self, event: event_pb2.Event) -> str:
        """Why the keys of a registration or a rotation are not certified by their node's root; empty if they are."""
        body = event.WhichOneof("body")
        if body not in ("node_registered", "node_keys_rotated"):
            return ""
        root = event.node_registered.root_public_key if body == "node_registered" else self._roots.get(event.stream)
        try:
            check_keys(event.stream, root or b"", list(getattr(event, body).keys), field="keys")
        except (errors.TongbanError, ValueError, KeyError) as error:
            return str(error)
        return ""

    def _retire(self, event: event_pb2.Event) -> None:
        """Note how keys go out of use: those that are not named any more, and those that are revoked."""
        kept = {key.key_id for key in event.node_keys_rotated.keys}
        for key_id in self._spans.keys() - kept:
            is_revoked = key_id in event.node_keys_rotated.revoked_key_ids
            for span in self._spans[key_id]:
                if span.node == event.stream and (is_revoked or not span.retirements):
                    span.retirements.append(retirement_of(key_id, event))

    def _replace(self, node: str, keys: list[directory_pb2.NodeKey], moment: float) -> None:
        kept = {key.key_id for key in keys}
        for key_id in self._present.get(node, set()) - kept:
            for span in self._spans[key_id]:
                if span.node == node and span.until == math.inf:
                    span.until = moment
        for key in keys:
            if key.key_id not in self._present.get(node, set()):
                self._spans.setdefault(key.key_id, []).append(_Span(node, key, moment))
        self._present[node] = kept
