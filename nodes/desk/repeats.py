"""The same request again: a program that heard no answer asks once more, and nothing is made twice.

What a request id has made is remembered under the method and a fingerprint of the whole request.  The same id with
other content is refused by name: else a program that mixes up its ids would lose an application, and its applicant
would be given another person's receipt.  The fingerprint is keyed by this node, so a copied database tells nothing of
what was typed.

What is promised: as long as what it made stands, the same request gets it again, as it stands now.  What a node records
ahead of its receipt may be refused later, and then nothing stands.  Making it anew under the same id would let a
program that only asks again pass over a refusal that nobody has looked at, and would make it twice where a supervisor
does the refused step again.  So the answer is `RequestRefused`: who refused it, why, and which task it is.  Once the
supervisor has done it again, the same id answers the same number again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message

from nodes.core import NodeCore
from nodes.journal.recorder import request_id_reused
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from tongban import errors
from tongban.rejections import from_rejection
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2, event_pb2

Made = TypeVar("Made", bound=Message)

_CONTEXT = b"tongban/v1/request\x00"
_LONGEST_REASON: Final = 110


def kind_of(core: NodeCore, method: str, request: Message) -> str:
    """Method and content of a request, as the store keeps them."""
    key = hashlib.sha256(_CONTEXT + core.keys.sealing.private_bytes_raw()).digest()
    fingerprint = hmac.digest(key, request.SerializeToString(deterministic=True), hashlib.sha256)
    return f"{method}/{fingerprint[:16].hex()}"


async def made_before(core: NodeCore, request_id: str, kind: str) -> str | None:
    """What this request has made, or None; `AlreadyExists` where its id belongs to another request."""

    def work(tx: Transaction) -> str | None:
        row = tx.fetch_one(QUERIES.get_request, {"request_id": request_id})
        if row is not None and row["method"] != kind:
            raise request_id_reused(request_id)
        return row["name"] if row else None

    return await core.database.look_up(work)


async def standing(core: NodeCore, name: str, kind: type[Made]) -> Made:
    """The state of what a request has made; `RequestRefused` where it was refused since."""
    state = await core.state(name)
    if not isinstance(state, kind):
        raise await core.database.look_up(lambda tx: _why_gone(tx, name))
    return state


def _why_gone(tx: Transaction, name: str) -> errors.TongbanError:
    stream = tx.fetch_one(QUERIES.read_stream, {"name": name})
    if stream is not None and stream["parked"]:
        return errors.StreamParked(stream=name, problem=stream["parked"], owner="主管 (supervisor)")
    tries = [row for row in tx.fetch_all(QUERIES.list_refusals, {"stream": name}) if _opens(row)]
    if not tries:
        kind = errors.ApplicationNotFound if name.startswith("applications/") else errors.ParcelNotFound
        return kind(field="name", name=name)
    last = tries[-1]
    why = _cause(tx, last)
    open_still = last["task_id"] is not None and last["done_time"] is None
    own = why.wire_reason == errors.Damaged.reason()
    return errors.RequestRefused(
        field="request_id",
        name=name,
        by="本节点" if own else "网关",
        by_en="this node" if own else "the gateway",
        why=_short(why.text("zh")),
        why_en=_short(why.text("en")),
        cause=why.wire_reason,
        task=last["task_id"],
        progress="待处理" if open_still else "已处理",
        progress_en="open" if open_still else "done",
    )


def _read(envelope: bytes) -> event_pb2.Event | None:
    """The event; None where the disk has spoiled it."""
    try:
        return event_of(envelope)
    except DecodeError:
        return None


def _opens(row: Row) -> bool:
    """Whether this is the step that made the thing, and none that was built on it."""
    event = _read(row["envelope"])
    return event is None or event.expected_version == 0


def _cause(tx: Transaction, row: Row) -> errors.TongbanError:
    """Why it was refused; in a group, why the one was for which all the others were."""
    found = _refusal(row)
    event = _read(row["envelope"])
    if event is None or not event.HasField("group") or found.wire_reason != errors.PredecessorRejected.reason():
        return found
    first = event.sequence - event.group.index
    group: Sequence[Row] = tx.fetch_all(QUERIES.list_refused, {"first": first, "last": first + event.group.size - 1})
    whys = [_refusal(each) for each in group]
    return next((why for why in whys if why.wire_reason != found.wire_reason), found)


def _refusal(row: Row) -> errors.TongbanError:
    return from_rejection(envelope_pb2.Rejection.FromString(row["rejection"]))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
