"""What must hold after every run: the books of all machines, what was said meanwhile, and every application's end."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from types import MappingProxyType

from gateway import log
from gateway.store import QUERIES as GATEWAY
from tests.federation.whole import Federation, NodeRun
from tests.invariants import InvariantBroken, check_all
from tests.invariants.breach import broken, hold
from tests.invariants.custody import ONE_HOLDER
from tests.invariants.delivery import ANSWERED
from tests.invariants.log import LOG
from tests.invariants.owners import OWNED
from tests.simulate.sayings import first_on_its_way
from tests.simulate.witness import Witness
from tongban.storage.base import Database
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2

ARRIVED = "no parcel at a standstill"
ENDED = (
    lifecycle_pb2.PARCEL_STATE_RECONCILED,
    lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP,
    lifecycle_pb2.PARCEL_STATE_COLLECTED,
)
"""Where the way of a parcel ends in a run."""
_SEALING_SECONDS = 120
"""The lease of a replica that died is free after fifteen; a sealer that failed tries again within a minute."""


async def all_closed(federation: Federation, applications: list[str]) -> bool:
    """Whether every application has come to its end, as the deciding node knows it."""
    return await first_open(federation, applications) is None


async def first_open(federation: Federation, applications: list[str]) -> str | None:
    """An application that has not come to its end yet, if there is one."""
    for name in applications:
        home = await decider(federation, name)
        state = await home.core.state(name) if home is not None else None
        if state is None or state.state != lifecycle_pb2.APPLICATION_STATE_CLOSED:
            return name
    return None


async def decider(federation: Federation, application: str) -> NodeRun | None:
    """The node that decides an application, by what any node knows of it."""
    for run in federation.nodes.values():
        if (state := await run.core.state(application)) is not None:
            return federation.nodes.get(state.route.decider.removeprefix("nodes/"))
    return None


async def check(
    federation: Federation,
    applications: list[str],
    *,
    witness: Witness | None = None,
    hostile: frozenset[str] = frozenset(),
    restored: frozenset[str] = frozenset(),
    gone: Collection[str] = (),
    overtaken: Mapping[str, Collection[str]] = MappingProxyType({}),
    checkpoint_key: bytes | None = None,
) -> int:
    """Check everything; the number of events in the gateway's journal.

    `hostile`: nodes that lie; `restored`: those that lost what they had after a backup; `gone`: events that were on no
    disk any more after that, and `overtaken`: those that may lie behind later ones (`tests.simulate.copies`);
    `checkpoint_key`: the sealers', where some run.
    """
    gateway = federation.gateway
    assert gateway is not None
    if witness is not None:
        witness.check()
    if checkpoint_key is not None:
        await _sealed(gateway.database)
    # What a sealer does beside the traffic is done here at last, so that every batch has its leaf.
    while await gateway.database.run(lambda tx: log.append(tx, 50)):
        pass
    counts = await check_all(
        gateway.database,
        {run.core.name: run.core.database for run in federation.nodes.values()},
        receipt_keys={key.key_id: key.public_key for key in gateway.receipt_keys},
        hostile=hostile,
        sealed=True,
        checkpoint_key=checkpoint_key,
        told={event for _, event in witness.receipts if event not in gone} if witness is not None else (),
        overtaken=overtaken,
    )
    if witness is not None:
        witness.counts.update(counts)
        for run in federation.nodes.values():
            if run.core.name not in restored:
                await _check_answered(run, witness)
    stuck = await first_open(federation, applications)
    if stuck is not None:
        broken(OWNED, "it never came to its end", stream=stuck)
    on_its_way = await first_on_its_way(federation, applications, ENDED)
    if on_its_way is not None:
        broken(ARRIVED, "nothing moves it any more", stream=on_its_way)
    for application in applications:
        await _check_papers(federation, application)
    return counts["events"]


async def _sealed(gateway: Database) -> None:
    """Until whichever replica holds the sealer's lease has given every batch its leaf."""
    for _ in range(_SEALING_SECONDS):
        if not await gateway.look_up(lambda tx: tx.fetch_all(GATEWAY.list_unsealed, {"size": 1})):
            return
        await asyncio.sleep(1.0)
    broken(LOG, f"nobody has sealed it for {_SEALING_SECONDS} s")


async def settled(federation: Federation, seconds: float) -> None:
    """Wait until nothing is under way; that it never ends is a breach with a name, of what is wrong if that is seen."""
    try:
        await federation.settled(seconds)
    except AssertionError as error:
        gateway = federation.gateway
        assert gateway is not None
        nodes = {run.core.name: run.core.database for run in federation.nodes.values()}
        await check_all(gateway.database, nodes, settled=False)
        raise InvariantBroken(ANSWERED, str(error)) from error


async def _check_answered(run: NodeRun, witness: Witness) -> None:
    """What a desk told a clerk is still there."""
    lost = await run.core.database.run(
        lambda tx: witness.not_in_journal(tx, witness.answered.get(run.core.name, set())), read_only=True
    )
    hold(not lost, "nothing lost", lost, node=run.core.name)


async def _check_papers(federation: Federation, application: str) -> None:
    """In the end the applicant has the licence, and the deed lies where it was sent."""
    home = await decider(federation, application)
    assert home is not None, application
    for original in ("deed", "licence"):
        name = f"{application}/originals/{original}"
        answer = await home.desks.mailroom.get_custody(home.staff(), mailroom_pb2.GetCustodyRequest(original=name))
        expected = parcel_pb2.HOLDER_KIND_APPLICANT if original == "licence" else parcel_pb2.HOLDER_KIND_POST
        last = answer.chain[-1]
        hold(last.kind == expected, ONE_HOLDER, f"it is with {last.post.node or last.leg}", original=name)
