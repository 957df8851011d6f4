"""The same request again: a program that heard no answer asks once more, and nothing is made twice.

What a request id has made is remembered under the method and a fingerprint of the whole request.  The same id with
other content is refused by name: else a program that mixes up its ids would lose an application, and its applicant
would be given another person's receipt.  The fingerprint is keyed by this node, so a copied database tells nothing of
what was typed.
"""

from __future__ import annotations

import hashlib
import hmac

from google.protobuf.message import Message

from nodes.core import NodeCore
from nodes.journal.recorder import request_id_reused
from nodes.store import QUERIES
from tongban.storage.base import Transaction

_CONTEXT = b"tongban/v1/request\x00"


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
