"""A node that was upgraded says so: the others open streams of a new lifecycle version once everybody speaks it."""

from __future__ import annotations

from nodes.core import NodeCore
from nodes.journal.drafts import Actor, Draft
from tongban import errors
from tongban.lifecycle.table import SUPPORTED_LIFECYCLE_VERSIONS
from tongban.v1 import directory_pb2


async def announce(core: NodeCore) -> bool:
    """Record the lifecycle versions that this program speaks, where the node's profile says others; whether it did.

    Recorded like every other step, so it flows when there is a line.  A node that is suspended, or being made whole
    again, says it at its next start.
    """
    state = await core.state(core.name)
    if not isinstance(state, directory_pb2.Node):
        return False
    if list(state.profile.lifecycle_versions) == list(SUPPORTED_LIFECYCLE_VERSIONS):
        return False
    profile = directory_pb2.NodeProfile()
    profile.CopyFrom(state.profile)
    del profile.lifecycle_versions[:]
    profile.lifecycle_versions.extend(SUPPORTED_LIFECYCLE_VERSIONS)
    draft = Draft(core.name, "node_profile_updated", directory_pb2.NodeProfileUpdated(profile=profile))
    try:
        await core.record(Actor(), lambda view: ([draft], None))
    except errors.TongbanError:
        return False
    return True
