"""How the links of a node's partners are, so that a clerk is told who is being waited for.

A node asks for itself and for those that share an agreement with it; of others nothing is said, and of nobody more
than when it was last connected and how much waits for it.  A node that holds no stream was last seen when its stream
ended, or, where that was before this gateway started, when it last acknowledged something.

What can go wrong: several replicas.  Each knows the streams that it serves; a partner served by another one shows as
not connected, last seen at its newest acknowledgement.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from gateway.core import GatewayCore
from gateway.store import QUERIES
from tongban.storage.base import Transaction
from tongban.v1 import federation_pb2

MAX_NODES = 200
_Stored = dict[str, tuple[int, int]]


def partners(core: GatewayCore, peer: str) -> set[str]:
    """The nodes that share an agreement with `peer`, and itself."""
    found = {peer}
    for agreement in core.admitter.shared.agreements():
        parties = {party.node for party in agreement.document.parties}
        if peer in parties:
            found |= parties
    return found


async def list_links(core: GatewayCore, peer: str, wanted: Iterable[str]) -> federation_pb2.ListLinksResponse:
    """The links that `peer` may ask about; all of them where it names none."""
    allowed = partners(core, peer)
    nodes = sorted(allowed & (set(wanted) or allowed))[:MAX_NODES]
    stored = await _stored(core, nodes)
    answer = federation_pb2.ListLinksResponse(draining=core.draining.is_set())
    answer.gateway_time.FromDatetime(core.clock.now())
    for node in nodes:
        answer.links.append(link_of(core, node, stored))
    return answer


def link_of(core: GatewayCore, node: str, stored: _Stored) -> federation_pb2.NodeLink:
    """One node's link; `stored` holds mailbox positions and when anything was last acknowledged, in microseconds."""
    position, seen = stored.get(node, (0, 0))
    link = federation_pb2.NodeLink(node=node)
    held = core.connections.get(node, ())
    for connection in held:
        position = max(position, connection.cursors.get("mailbox", 0))
    if held:
        link.connected = True
        ago = core.clock.monotonic() - min(connection.since for connection in held)
        link.since_time.FromDatetime(core.clock.now() - dt.timedelta(seconds=ago))
    else:
        seen = max(seen, core.last_seen.get(node, 0))
        if seen:
            link.since_time.FromMicroseconds(seen)
    link.unread = max(core.heads.get(node, 0) - position, 0)
    return link


async def _stored(core: GatewayCore, nodes: list[str]) -> _Stored:
    def work(tx: Transaction) -> _Stored:
        rows = tx.fetch_all(QUERIES.find_cursors, {"nodes": json.dumps(nodes)})
        found: _Stored = {}
        for row in rows:
            position, seen = found.get(row["node"], (0, 0))
            if row["channel"] == "mailbox":
                position = row["position"]
            found[row["node"]] = (position, max(seen, row["update_time"]))
        return found

    return await core.database.run(work, read_only=True)
