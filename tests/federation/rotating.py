"""A node that takes new keys, as its operator does it: recorded with the old ones, then started with the new ones."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from nodes.journal.drafts import Draft
from tests.federation.stage import Stage
from tests.federation.whole import NodeRun
from tongban.keys import NodeKeys
from tongban.registration import registration
from tongban.v1 import directory_pb2


def fresh_signing(stage: Stage, keys: NodeKeys) -> NodeKeys:
    """The same keys with another one to sign with."""
    return dataclasses.replace(keys, signing=NodeKeys.generate(stage.federation.entropy).signing)


def naming(
    stage: Stage,
    node: str,
    keys: Sequence[NodeKeys],
    *,
    handover: dt.timedelta | None = None,
    revoked: Sequence[NodeKeys] = (),
) -> directory_pb2.NodeKeysRotated:
    """The event by which a node names these keys; the others sign on for as long as the handover takes."""
    now = stage.federation.clock.now()
    listed: dict[str, directory_pb2.NodeKey] = {}
    for each in keys:
        for key in registration(each, node, directory_pb2.NodeProfile(), now).keys:
            listed.setdefault(key.key_id, key)
    content = directory_pb2.NodeKeysRotated(
        keys=listed.values(), revoked_key_ids=[each.signing_key_id for each in revoked]
    )
    if handover is not None:
        content.retire_time.FromDatetime(now + handover)
    return content


async def rotate(run: NodeRun, content: directory_pb2.NodeKeysRotated) -> None:
    """The node names other keys."""
    await run.core.record(run.staff().actor, lambda view: ([Draft(run.core.name, "node_keys_rotated", content)], None))


async def restart(stage: Stage, region: str, keys: NodeKeys, *, dial: bool = True) -> NodeRun:
    """The node's process is started again, with these keys."""
    await stage.federation.stop_node(region)
    stage.federation.keys[f"nodes/{region}"] = keys
    return await stage.federation.start_node(region, dial=dial)
