"""The operator's own acts: to suspend a node and to resume it, as signed events of the gateway.

The gateway speaks as a participant of its own, `nodes/gateway`.  It enters the directory before its first act, under
its own root key, so every node can check who it was that suspended whom.  Nobody can be invited under that name.

Promised: an act is an event like any other, on the node's own stream, admitted and receipted, in every node's feed.
A suspended node goes on receiving; what it submits is refused by name until it is resumed.  What can go wrong: no such
node, or a node that is not in the state the act begins from.
"""

from __future__ import annotations

from google.protobuf.message import Message

from gateway.core import GatewayCore
from gateway.store import QUERIES
from tongban import errors
from tongban.clock import Entropy
from tongban.ids import Collection, UuidSequence, parse_name
from tongban.journal.envelopes import Opened, sign_events
from tongban.keys import NodeKeys
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.lifecycle.table import SUPPORTED_LIFECYCLE_VERSIONS
from tongban.registration import registration
from tongban.rejections import from_rejection
from tongban.storage.base import Row, Transaction
from tongban.v1 import directory_pb2, event_pb2

_INCARNATION = 1


class Operator:
    """Acts in the gateway's name."""

    def __init__(self, core: GatewayCore, keys: NodeKeys, entropy: Entropy) -> None:
        self._core = core
        self._keys = keys
        self._ids = UuidSequence(entropy)

    async def suspend(self, node: str, reason_code: str) -> None:
        """From now on the node submits nothing; it still receives."""
        await self._act(node, "node_suspended", directory_pb2.NodeSuspended(reason_code=reason_code))

    async def resume(self, node: str) -> None:
        """The node submits again."""
        await self._act(node, "node_resumed", directory_pb2.NodeResumed())

    async def _act(self, node: str, body: str, content: Message) -> None:
        parse_name(node, Collection.NODES, "node")
        if node == GATEWAY_AUTHOR or self._core.admitter.directory.find(node) is None:
            raise errors.NodeNotFound(field="node", name=node)
        await self._enter()
        await self._admit(await self._event(node, body, content))

    async def _enter(self) -> None:
        """Register the gateway itself, once."""
        if self._core.admitter.directory.find(GATEWAY_AUTHOR) is not None:
            return
        profile = directory_pb2.NodeProfile(
            region="gateway",
            title=f"网关 {self._core.name}",
            time_zone="Asia/Shanghai",
            posts=[directory_pb2.PostEntry(id="operator", title="运维", time_zone="Asia/Shanghai")],
            lifecycle_versions=SUPPORTED_LIFECYCLE_VERSIONS,
        )
        registered = registration(self._keys, GATEWAY_AUTHOR, profile, self._core.clock.now())
        await self._admit(await self._event(GATEWAY_AUTHOR, "node_registered", registered))

    async def _event(self, stream: str, body: str, content: Message) -> Opened:
        def read(tx: Transaction) -> Row | None:
            return tx.fetch_one(QUERIES.get_state, {"name": stream})

        row = await self._core.database.run(read, read_only=True)
        used = await self._core.last_sequence(GATEWAY_AUTHOR)
        now = self._core.clock.now()
        event = event_pb2.Event(
            event_id=self._ids.next(now),
            stream=stream,
            lifecycle_version=_lifecycle_version(row),
            expected_version=row["version"] if row else 0,
            expected_head=row["head"] if row else b"",
            author=GATEWAY_AUTHOR,
            incarnation=_INCARNATION,
            sequence=used.get(_INCARNATION, 0) + 1,
        )
        event.claim_time.FromDatetime(now)
        getattr(event, body).CopyFrom(content)
        return sign_events(self._keys.signer(), [event])[0]

    async def _admit(self, opened: Opened) -> None:
        answers = await self._core.admitter.admit([opened])
        outcome = answers.outcomes[0]
        if outcome.HasField("rejection"):
            raise from_rejection(outcome.rejection)


def _lifecycle_version(row: Row | None) -> int:
    """A stream keeps the version it was opened with."""
    if row is None:
        return max(SUPPORTED_LIFECYCLE_VERSIONS)
    return directory_pb2.Node.FromString(row["state"]).lifecycle_version
