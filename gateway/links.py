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
from collections.abc import Iterable, Sequence

from gateway.core import GatewayCore
from gateway.store import QUERIES
from tongban.storage.base import Transaction
from tongban.v1 import federation_pb2

MAX_NODES = 200


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
    answer = federation_pb2.ListLinksResponse(draining=core.draining.is_set())
    answer.links.extend(await links_of(core, nodes))
    answer.gateway_time.FromDatetime(core.clock.now())
    return answer


async def links_of(core: GatewayCore, nodes: Sequence[str]) -> list[federation_pb2.NodeLink]:
    """These nodes' links."""
    await _recall(core, [node for node in nodes if node not in core.connections and node not in core.last_seen])
    return [link_of(core, node) for node in nodes]


def link_of(core: GatewayCore, node: str) -> federation_pb2.NodeLink:
    """One node's link, as it is known in memory."""
    link = federation_pb2.NodeLink(node=node)
    seen, position = core.last_seen.get(node, (0, 0))
    held = core.connections.get(node, ())
    if held:
        position = max(connection.cursors.get("mailbox", 0) for connection in held)
        ago = core.clock.monotonic() - min(connection.since for connection in held)
        link.connected = True
        link.since_time.FromDatetime(core.clock.now() - dt.timedelta(seconds=ago))
    elif seen:
        link.since_time.FromMicroseconds(seen)
    link.unread = max(core.heads.get(node, 0) - position, 0)
    return link


async def _recall(core: GatewayCore, nodes: list[str]) -> None:
    """Look up those that have held no stream since this gateway started; asked often, so it is remembered."""
    if not nodes:
        return

    def work(tx: Transaction) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = dict.fromkeys(nodes, (0, 0))
        for row in tx.fetch_all(QUERIES.find_cursors, {"nodes": json.dumps(nodes)}):
            seen, position = found[row["node"]]
            position = row["position"] if row["channel"] == "mailbox" else position
            found[row["node"]] = (max(seen, row["update_time"]), position)
        return found

    core.last_seen.update(await core.database.run(work, read_only=True))
