"""A federation on the virtual clock for one test, and a peer that sends whatever frames the test wants."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.session import Session
from nodes.store import QUERIES
from tests.federation.journey import Journey
from tests.federation.virtual import Disks, VirtualClock, VirtualLoop, run_virtual, seeded
from tests.federation.whole import Federation, NodeRun, PipeLine, end, request_id
from tongban import errors
from tongban.exchange.link import Pipe
from tongban.v1 import federation_pb2, mailroom_pb2, parcel_pb2, registry_pb2

HOME, ACCEPTING, OUTSIDE = "350600", "445100", "330328"


@dataclass(slots=True)
class Stage:
    """What a test acts on."""

    federation: Federation
    disks: Disks
    loop: VirtualLoop

    @property
    def home(self) -> NodeRun:
        """漳州, which decides."""
        return self.federation.nodes[HOME]

    @property
    def accepting(self) -> NodeRun:
        """潮州, which takes in."""
        return self.federation.nodes[ACCEPTING]

    def journey(self) -> Journey:
        """An application on its way from 潮州 to 漳州."""
        return Journey(self.federation, self.accepting, self.home)

    async def send_off(self, application: str) -> mailroom_pb2.PackParcelResponse:
        """潮州 packs and dispatches the deed."""
        desk, sender = self.accepting.desks.mailroom, self.accepting.staff("mailroom-1")
        packed = await desk.pack_parcel(
            sender,
            mailroom_pb2.PackParcelRequest(
                request_id=request_id(),
                purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
                destination=parcel_pb2.Post(node=f"nodes/{HOME}", post="mailroom-1"),
                items=[f"{application}/originals/deed"],
                seals=["SEAL-0001"],
            ),
        )
        await desk.dispatch_parcel(
            sender,
            mailroom_pb2.DispatchParcelRequest(
                name=packed.parcel.name, carrier="ems", waybill="EB1", seals=["SEAL-0001"], stub=packed.stub
            ),
        )
        return packed

    async def restart_from(self, image: bytes) -> NodeRun:
        """潮州's disk is replaced by a backup; the node runs, and does not dial yet."""
        await self.federation.stop_node(ACCEPTING)
        self.disks.disk(ACCEPTING).restore(image)
        return await self.federation.start_node(ACCEPTING, dial=False)

    async def status(self, run: NodeRun) -> registry_pb2.NodeStatus:
        """How a node is, as its supervisor sees it."""
        return await run.desks.registry.get_node_status(run.staff(), registry_pb2.GetNodeStatusRequest())

    async def waiting(self, run: NodeRun) -> int:
        """How many of its events have no answer yet."""
        return (await self.status(run)).waiting_events

    async def same_everywhere(self, name: str) -> None:
        """Both parties hold the same confirmed state, and nothing of it is doubled."""
        blobs = []
        for run in (self.home, self.accepting):
            row = await run.core.database.run(lambda tx: tx.fetch_one(QUERIES.read_stream, {"name": name}))
            assert row is not None
            assert row["state"] == row["predicted"]
            blobs.append(row["state"])
            history = await run.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_history, {"stream": name}))
            versions = [entry["version"] for entry in history if entry["version"] is not None]
            assert versions == list(range(1, row["version"] + 1))
        assert blobs[0] == blobs[1]


DIALLING = 3600.0
"""So long a dial into a dead network hangs."""


class FarLine(PipeLine):
    """A line into a dead network: dialling hangs until it gives up, and is heard as soon as the line is back."""

    def __init__(self, federation: Federation, node: str) -> None:
        super().__init__(federation, node)
        self._back = asyncio.Event()

    async def connect(self) -> Any:
        """A link, or nothing for a long time."""
        if not self.up:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._back.wait(), DIALLING)
        self._back.clear()
        return await super().connect()

    async def answers(self) -> None:
        """Until the line has come back."""
        await self._back.wait()

    def restore(self) -> None:
        """The line is there again."""
        self.up = True
        self._back.set()


def back(run: NodeRun) -> None:
    """The node's line is there again."""
    assert isinstance(run.line, FarLine)
    run.line.restore()


def play(
    act: Callable[[Stage], Awaitable[None]],
    *,
    regions: Sequence[str] = (HOME, ACCEPTING),
    agreed: bool = True,
    offline_days: int = 0,
    superiors: Mapping[str, str] | None = None,
    seed: int = 1,
    line_to: Callable[[Federation, str], PipeLine] = PipeLine,
) -> Stage:
    """Play one act on a fresh federation and take it down."""
    loop = VirtualLoop()
    disks = Disks()
    federation = Federation(VirtualClock(loop), seeded(seed), disks.open, line_to=line_to, superiors=superiors or {})
    stage = Stage(federation, disks, loop)

    async def main() -> None:
        await federation.start_gateway()
        for region in regions:
            await federation.start_node(region)
        await federation.settled()
        if agreed:
            await federation.agree(offline_days)
        await act(stage)
        await federation.stop()

    run_virtual(main(), loop)
    return stage


class RawPeer:
    """A peer on a link of its own, which keeps no rule by itself."""

    def __init__(self, federation: Federation, name: str, depth: int = 64) -> None:
        assert federation.gateway is not None
        self.pipe = Pipe(depth)
        far: Any = self.pipe.far
        self.error: BaseException | None = None
        self._session = Session(federation.gateway, name, far)
        self._serving = asyncio.get_running_loop().create_task(self._serve())

    async def _serve(self) -> None:
        try:
            await self._session.run()
        except errors.TongbanError as error:
            self.error = error
        finally:
            self.pipe.cut()

    async def send(self, **frame: Any) -> None:
        """Send one frame."""
        await self.pipe.near.send(federation_pb2.ExchangeRequest(**frame))

    async def receive(self) -> Any:
        """The next frame."""
        return await self.pipe.near.receive()

    async def hello(self, **changes: Any) -> federation_pb2.Welcome:
        """Greet, and be welcomed."""
        await self.send(hello=hello(**changes))
        frame = await self.receive()
        assert frame.WhichOneof("frame") == "welcome"
        welcome: federation_pb2.Welcome = frame.welcome
        return welcome

    async def ended(self) -> BaseException | None:
        """Why the gateway ended the session."""
        await asyncio.wait_for(asyncio.shield(self._serving), 60)
        return self.error

    async def stop(self) -> None:
        """Hang up."""
        self.pipe.cut()
        await end(self._serving)


def hello(**changes: Any) -> federation_pb2.Hello:
    """A good hello, with changes."""
    made = federation_pb2.Hello(
        protocol_versions=[1],
        software="raw",
        incarnation=1,
        credit=federation_pb2.Credit(events=1000, bytes=1 << 24),
        lifecycle_versions=[1],
    )
    for name, value in changes.items():
        field = getattr(made, name)
        if isinstance(value, list):
            del field[:]
            field.extend(value)
        elif hasattr(field, "CopyFrom"):
            field.CopyFrom(value)
        else:
            setattr(made, name, value)
    return made
