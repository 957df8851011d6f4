"""What must hold after every run."""

from __future__ import annotations

from gateway.store import QUERIES as GATEWAY
from nodes.store import QUERIES as NODE
from tests.federation.whole import CHANNELS, Federation, NodeRun
from tongban.storage.base import Row, Transaction
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2


async def all_closed(federation: Federation, applications: list[str]) -> bool:
    """Whether every application has come to its end, as the deciding node knows it."""
    home = federation.nodes["350600"]
    for name in applications:
        state = await home.core.state(name)
        if state is None or state.state != lifecycle_pb2.APPLICATION_STATE_CLOSED:
            return False
    return True


async def check(federation: Federation, applications: list[str]) -> int:
    """Check everything; the number of events in the gateway's journal."""
    assert await all_closed(federation, applications), "an application got stuck"
    assert federation.gateway is not None
    journal = await federation.gateway.database.run(_journal, read_only=True)
    for region, run in federation.nodes.items():
        await _check_node(federation, region, run, journal)
    for application in applications:
        await _check_custody(federation, application)
    return sum(len(events) for events in journal.values())


def _journal(tx: Transaction) -> dict[str, list[bytes]]:
    """Every stream of the gateway as digests in order, with the chain of predecessors checked."""
    journal: dict[str, list[bytes]] = {}
    for row in tx.fetch_all(GATEWAY.list_events, {"size": 1_000_000}):
        digests = journal.setdefault(row["stream"], [])
        assert row["version"] == len(digests) + 1, f"a gap in {row['stream']}"
        digests.append(row["digest"])
    for name, digests in journal.items():
        stored = tx.fetch_one(GATEWAY.get_state, {"name": name})
        assert stored is not None, name
        assert (stored["version"], stored["head"]) == (len(digests), digests[-1]), name
    return journal


async def _check_node(federation: Federation, region: str, run: NodeRun, journal: dict[str, list[bytes]]) -> None:
    gateway = federation.gateway
    assert gateway is not None
    waiting = await run.core.database.run(lambda tx: tx.fetch_one(NODE.count_waiting), read_only=True)
    assert waiting is not None
    assert waiting["events"] == 0, f"{region} has events without an answer"
    parked = await run.core.database.run(lambda tx: tx.fetch_all(NODE.list_parked_streams), read_only=True)
    assert not parked, f"{region} has parked {[tuple(row) for row in parked]}"
    for channel in CHANNELS:
        head = gateway.heads.get(gateway.channel_of(run.core.name, channel), 0)
        assert run.core.cursors.get(channel, 0) == head, f"{region} has not read {channel}"

    def states(tx: Transaction) -> list[Row]:
        return tx.fetch_all(NODE.list_collection, {"after": "", "until": "~", "size": 1_000_000})

    for row in await run.core.database.run(states, read_only=True):
        name = row["name"]
        theirs = await gateway.database.run(lambda tx, n=name: tx.fetch_one(GATEWAY.get_state, {"name": n}))  # type: ignore[misc]
        assert theirs is not None, name
        assert theirs["state"] == row["state"], f"{region} and the gateway differ on {name}"

        def history(tx: Transaction, stream: str = name) -> list[Row]:
            return tx.fetch_all(NODE.list_history, {"stream": stream})

        found = [r for r in await run.core.database.run(history, read_only=True) if r["version"] is not None]
        assert [r["version"] for r in found] == list(range(1, len(journal[name]) + 1)), f"{region} {name}"


async def _check_custody(federation: Federation, application: str) -> None:
    """Every original has one chain, the same on both sides, and the applicant has the licence in the end."""
    home = federation.nodes["350600"]
    state = await home.core.state(application)
    accepting = federation.nodes[state.route.accepting.removeprefix("nodes/")]
    for original in ("deed", "licence"):
        chains = []
        for run in (home, accepting):
            answer = await run.desks.mailroom.get_custody(
                run.staff(), mailroom_pb2.GetCustodyRequest(original=f"{application}/originals/{original}")
            )
            chains.append([c.SerializeToString(deterministic=True) for c in answer.chain])
        assert chains[0] == chains[1], f"custody of {application} {original} differs"
        last = parcel_pb2.Custody.FromString(chains[0][-1])
        expected = parcel_pb2.HOLDER_KIND_APPLICANT if original == "licence" else parcel_pb2.HOLDER_KIND_POST
        assert last.kind == expected, f"{original} of {application} is with {last}"
