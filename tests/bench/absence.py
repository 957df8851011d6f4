"""`python -m tests.bench.absence`: how long ten thousand queued events take to drain, and what the others feel of it.

A gateway and two nodes, each a process on files.  The gateway goes away; the accepting node's clerks work on, by its
own services, until so many events wait: applications filed, packed and sent off, six events each, signed and sealed.
Then the gateway listens again.  From that moment on it is measured when the first waiting event has its answer, and
when the last one has and the home node holds them all.  All the while another participant publishes, a few times a
second.  The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
import sys
import tempfile
import time
import uuid
from pathlib import Path

from tests.bench import applications
from tests.bench.applications import ACCEPTING, CLERKS, HOME, POSTS, ApplicationLoad, Desk
from tests.bench.participants import Author, Draft, Participants, item_document
from tests.bench.processes import Server, percentile
from tongban.cli import run_async
from tongban.rpc.client import open_channel
from tongban.v1 import directory_pb2, federation_pb2, federation_pb2_grpc, mailroom_pb2, parcel_pb2, registry_pb2

OTHER = "C3"
PER_APPLICATION = 6
OTHERS_A_SECOND = 10
BASELINE_SECONDS = 5.0
POLL_SECONDS = 0.05
PATIENCE = 600.0


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.absence", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="events that wait when the line is back (10000)")
    options = parser.parse_args()
    sys.stdout.write(json.dumps(run_async(measure(options.events))) + "\n")


async def measure(events: int) -> dict[str, float]:
    """Seconds until the drain begins and ends, and the others' p99 before and during it."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        participants = await Participants.start(Path(folder), [ACCEPTING, HOME, OTHER])
        away = await applications.open_desk(participants, ACCEPTING)
        home = await applications.open_desk(participants, HOME)
        load = ApplicationLoad(participants, away, home)
        try:
            await load.agree()
            return await _measure(participants, away, home, events)
        finally:
            await load.stop()


async def _measure(participants: Participants, away: Desk, home: Desk, events: int) -> dict[str, float]:
    other = Other(participants.authors[OTHER], participants.address)
    before = await other.publish_for(BASELINE_SECONDS)
    participants.gateway.stop()
    queued, made = await _work_alone(away, events)
    participants.gateway = Server.tongban("gateway", participants.home)
    servers = {"gateway": participants.gateway, "away": away.server, "home": home.server}
    listening, used = time.perf_counter(), {name: server.cpu() for name, server in servers.items()}
    publishing = asyncio.create_task(other.publish_for(PATIENCE))
    begin, end = await _drain(away, queued, listening)
    delivered = await _delivered(participants, queued, listening)
    cpu = {f"drain_{name}_cpu_seconds": round(server.cpu() - used[name], 1) for name, server in servers.items()}
    other.stop()
    during = await publishing
    await other.close()
    tasks = (await away.window(away.window.registry.GetNodeStatus, registry_pb2.GetNodeStatusRequest())).tasks
    return {
        "queued_events": queued,
        "queued_in_seconds": round(made, 1),
        "drain_begin_seconds": round(begin, 2),
        "drain_seconds": round(end, 1),
        "drain_delivered_seconds": round(delivered, 1),
        "drain_events_per_second": round(queued / end),
        "drain_refused": len(tasks),
        **cpu,
        "others_p99_ms": round(percentile(before, 0.99), 1),
        "others_p99_during_drain_ms": round(percentile(during, 0.99), 1),
    }


async def _work_alone(desk: Desk, events: int) -> tuple[int, float]:
    """File and send off until so many events wait; how many do, and how long that took."""
    start = time.perf_counter()
    left = -(-events // PER_APPLICATION)

    async def clerk() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await _file_and_send(desk)

    await asyncio.gather(*(clerk() for _ in range(CLERKS)))
    return await _waiting(desk), time.perf_counter() - start


async def _file_and_send(desk: Desk) -> None:
    name = (await desk.window(desk.window.window.SubmitApplication, applications.submission())).name
    seal = f"S-{uuid.uuid4().hex[:12].upper()}"
    giver = desk.mailroom
    packed = await giver(
        giver.mailroom.PackParcel,
        mailroom_pb2.PackParcelRequest(
            request_id=str(uuid.uuid4()),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=f"nodes/{HOME}", post=POSTS["mailroom"]),
            items=[f"{name}/originals/deed"],
            seals=[seal],
        ),
    )
    dispatch = mailroom_pb2.DispatchParcelRequest(
        name=packed.parcel.name, carrier="ems", waybill="EB123456785CN", seals=[seal], stub=packed.stub
    )
    await giver(giver.mailroom.DispatchParcel, dispatch)


async def _waiting(desk: Desk) -> int:
    status = await desk.window(desk.window.registry.GetNodeStatus, registry_pb2.GetNodeStatusRequest())
    return int(status.waiting_events)


async def _drain(desk: Desk, queued: int, listening: float) -> tuple[float, float]:
    """When the first answer was there and when the last one, in seconds since the gateway listened."""
    begun = 0.0
    async with asyncio.timeout(PATIENCE):
        while waiting := await _waiting(desk):
            if waiting < queued and not begun:
                begun = time.perf_counter() - listening
            # Asked rarely once it has begun: the question costs the node time too.
            await asyncio.sleep(POLL_SECONDS * (10 if begun else 1))
    return begun, time.perf_counter() - listening


async def _delivered(participants: Participants, queued: int, listening: float) -> float:
    """When the home node's own journal holds every one of them."""
    path = participants.authors[HOME].settings.home / "node.db"
    query = "SELECT count(*) FROM events WHERE author = ? AND version IS NOT NULL AND stream NOT LIKE 'agreements/%'"
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
                (found,) = journal.execute(query, (f"nodes/{ACCEPTING}",)).fetchone()
            if found >= queued:
                return time.perf_counter() - listening
            await asyncio.sleep(POLL_SECONDS)


class Other:
    """Another participant that publishes now and then, and notes how long each takes until its receipt."""

    def __init__(self, author: Author, address: str) -> None:
        self._author = author
        self._channel = open_channel(address, author.tls())
        self._stub = federation_pb2_grpc.FederationStub(self._channel)
        self._count = 0
        self._stopped = asyncio.Event()

    async def publish_for(self, seconds: float) -> list[float]:
        """Publish until then or until stopped; milliseconds each."""
        times: list[float] = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end and not self._stopped.is_set():
            times.append(await self._publish())
            await asyncio.sleep(1 / OTHERS_A_SECOND)
        return times

    async def _publish(self) -> float:
        self._count += 1
        document = item_document(self._author.name)
        document.name = f"items/{self._author.settings.home.name}.{self._count}"
        draft = Draft(document.name, "item_published", directory_pb2.ItemPublished(document=document))
        [(wire, _)] = self._author.sign([draft])
        start = time.perf_counter()
        # While the gateway starts, the channel is still coming back: that is not what is measured.
        response = await self._stub.Publish(federation_pb2.PublishRequest(events=[wire]), wait_for_ready=True)
        elapsed = (time.perf_counter() - start) * 1000
        if not response.outcomes[0].HasField("receipt"):
            raise RuntimeError(str(response.outcomes[0].rejection))
        return elapsed

    def stop(self) -> None:
        """Publish nothing more."""
        self._stopped.set()

    async def close(self) -> None:
        """Let the line go."""
        await self._channel.close(None)


if __name__ == "__main__":
    main()
