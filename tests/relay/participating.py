"""A relay within a whole federation on the virtual clock, with carriers' feeds that the test speaks for."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import json_format

from mailroom.carriers.base import Meaning, Observation, OrderRequest, OrderResult, SignedBy, Source, ZoneBasis
from mailroom.domain.numbers import leg_name
from mailroom.domain.stub import Stub
from mailroom.domain.watch import Terms
from nodes.core import NodeCore
from nodes.desk.desks import Desks
from nodes.dialer import Dialer
from nodes.joining import profile, record_registration
from nodes.journal.drafts import Actor, Draft
from nodes.relay.news import Assigned, Heard, News, OrderCancelled, OrderFailed, Trouble
from nodes.relay.orders import ORDER_PART
from nodes.relay.participant import Carriers, Participant
from nodes.relay.settling import Ordered
from nodes.store import MIGRATIONS
from tests.federation.stage import ACCEPTING, HOME, Stage
from tests.federation.whole import Federation, NodeRun, PipeLine, end, posts, request_id
from tongban.clock import Clock
from tongban.errors import TongbanError
from tongban.pki import make_request
from tongban.storage.migrations import migrate
from tongban.v1 import federation_pb2, mailroom_pb2, parcel_pb2

RELAY = "nodes/relay"
REGION = "relay"
SEAL = "SEAL-0001"
WAYBILL = "SF1234567890"
DAY = dt.timedelta(days=1)


class SpokenFeeds:
    """Carriers' feeds as the test speaks for them; what is not done outlives the relay's process, as it must."""

    def __init__(self) -> None:
        self.watched: dict[str, tuple[str, str, str]] = {}
        self.ordered: dict[str, OrderRequest] = {}
        self.cancelled: list[str] = []
        self.forgotten: list[str] = []
        self.waiting: list[News] = []
        self.incarnation = 1
        self.settled: list[Ordered] = []
        self.before: Callable[[str], None] = lambda what: None
        """Called before each command is carried out, and after news was taken: the test's place to end the process."""
        self._number = 0
        self._more = asyncio.Event()

    async def watch(self, leg: str, carrier: str, waybill: str, phone: str, until: dt.datetime) -> bool:
        self.before("watch")
        self.watched[leg] = (carrier, waybill, phone)
        return True

    async def forget(self, leg: str) -> None:
        self.before("forget")
        self.watched.pop(leg, None)
        self.forgotten.append(leg)

    async def order(self, leg: str, carrier: str, request: OrderRequest) -> None:
        self.before("order")
        self.ordered[leg] = request

    async def cancel(self, leg: str) -> None:
        self.before("cancel")
        self.cancelled.append(leg)

    async def settle(self, incarnation: int, ordered: Callable[[], Awaitable[Sequence[Ordered]]]) -> None:
        if incarnation != self.incarnation:
            self.settled = list(await ordered())
            self.incarnation = incarnation

    async def news(self) -> AsyncIterator[News]:
        told = 0
        while True:
            for each in list(self.waiting):
                if each.id > told:
                    told = each.id
                    yield each
            self._more.clear()
            await self._more.wait()

    async def done(self, news: News) -> None:
        self.before("done")
        self.waiting = [each for each in self.waiting if each.id != news.id]
        self.before("was done")

    async def troubles(self) -> Sequence[Trouble]:
        return []

    # What the test says

    def say(self, leg: str, *observations: Observation) -> None:
        """A carrier said this, and it counts."""
        self._tell(lambda number: Heard(number, leg, observations))

    def assign(self, leg: str, waybill: str, reference: str = "") -> None:
        """A carrier gave a leg its waybill."""
        self._tell(lambda number: Assigned(number, leg, "shunfeng", OrderResult(waybill, reference)))

    def refuse(self, leg: str, error: TongbanError) -> None:
        """A carrier will not."""
        self._tell(lambda number: OrderFailed(number, leg, "shunfeng", error))

    def cancel_done(self, leg: str) -> None:
        """A carrier cancelled a leg's order."""
        self._tell(lambda number: OrderCancelled(number, leg, "shunfeng"))

    def _tell(self, news: Callable[[int], News]) -> None:
        self._number += 1
        self.waiting.append(news(self._number))
        self._more.set()


def seen(
    meaning: Meaning,
    at: dt.datetime,
    *,
    code: str = "",
    text: str = "快件已到 张三 13800000000",
    signed_by: SignedBy = SignedBy.NOBODY,
    exception: str = "",
    source: Source = Source.PULL,
) -> Observation:
    """What a carrier may say."""
    local = at.astimezone(dt.timezone(dt.timedelta(hours=8)))
    return Observation(
        carrier="shunfeng",
        waybill=WAYBILL,
        code=code or f"sf.{meaning.value}",
        meaning=meaning,
        text=text,
        place="漳州市",
        local_time=local.strftime("%Y-%m-%d %H:%M:%S"),
        observe_time=at,
        zone_offset_minutes=480,
        zone_basis=ZoneBasis.CARRIER_LOCAL,
        signed_by=signed_by,
        source=source,
        exception=exception,
    )


@dataclass(slots=True)
class RelayRun:
    """A running relay."""

    core: NodeCore
    participant: Participant
    line: PipeLine
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


async def start_relay(
    stage: Stage,
    feeds: Carriers,
    *,
    terms: Terms | None = None,
    clock: Clock | None = None,
    before_commit: Callable[[], None] | None = None,
    after_commit: Callable[[], None] | None = None,
) -> RelayRun:
    """Start a relay over its disk, joining if it has not joined; the hooks are those of its disk."""
    federation = stage.federation
    database = stage.disks.disk(REGION).mount(before_commit=before_commit, after_commit=after_commit)
    await migrate(database, MIGRATIONS, now_micros=round(federation.clock.now().timestamp() * 1_000_000))
    core = NodeCore(
        name=RELAY,
        database=database,
        keys=federation._keys(RELAY),
        clock=clock or federation.clock,
        entropy=federation.entropy,
    )
    await core.start()
    if not core.epoch:
        await _join(federation, core)
    line = PipeLine(federation, RELAY)
    participant = Participant(core, feeds, terms or Terms())
    dialling = asyncio.create_task(Dialer(core, line).run())
    federation.nodes[REGION] = NodeRun(core, Desks(core), line, dialling)
    return RelayRun(core, participant, line, [asyncio.create_task(participant.run())])


async def _join(federation: Federation, core: NodeCore) -> None:
    assert federation.joining is not None
    invitation = await federation.joining.invite(
        node=RELAY, region=REGION, join_address="pipe:1", federation_address="pipe:2"
    )
    content = profile(region=REGION, title="收发室中继", posts=posts()[1:], relay=True)
    wire = await record_registration(core, content)
    response = await federation.joining.join(
        federation_pb2.JoinRequest(
            secret=invitation.secret, certificate_request=make_request(core.keys.tls, RELAY), registration=wire
        )
    )
    key = response.receipt_key
    await core.set(**{f"receipt_key/{key.key_id}": key.public_key.hex()}, epoch=str(response.epoch))
    await core.start()


async def stop_relay(stage: Stage, run: RelayRun) -> None:
    """Stop it in good order."""
    await end(*run.tasks)
    await stage.federation.stop_node(REGION)


async def kill_relay(stage: Stage, run: RelayRun) -> None:
    """Its process is gone: only what it had committed remains."""
    stage.disks.disk(REGION).unmount()
    node = stage.federation.nodes.pop(REGION, None)
    for task in (*run.tasks, *([node.dialling] if node is not None and node.dialling is not None else [])):
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    await run.line.stop()


async def packed(stage: Stage) -> mailroom_pb2.PackParcelResponse:
    """潮州 packs the deed of a new application for 漳州."""
    journey = stage.journey()
    application = await journey.submit()
    await stage.federation.settled()
    return await stage.accepting.desks.mailroom.pack_parcel(
        stage.accepting.staff("mailroom-1"),
        mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=f"nodes/{HOME}", post="mailroom-1"),
            items=[f"{application.name}/originals/deed"],
            seals=[SEAL],
        ),
    )


async def booked(
    stage: Stage,
    packing: mailroom_pb2.PackParcelResponse,
    *,
    waybill: str = WAYBILL,
    carrier: str = "shunfeng",
    order: mailroom_pb2.CarrierOrder | None = None,
    relay: str = RELAY,
    due_in: dt.timedelta | None = 3 * DAY,
    number: int = 1,
) -> str:
    """Book a leg that names the relay; its name."""
    name = packing.parcel.name
    offered = parcel_pb2.ParcelOffered(
        leg=number, carrier=carrier, waybill="" if order is not None else waybill, relay=relay, order=order is not None
    )
    if due_in is not None:
        offered.due_time.FromDatetime(stage.federation.clock.now() + due_in)
    parts = {ORDER_PART: json_format.MessageToJson(order).encode()} if order is not None else {}
    draft = Draft(name, "parcel_offered", offered, parts=parts, readers=[relay], apart=True)
    await stage.accepting.core.record(Actor("s-tester", "mailroom-1"), lambda view: ([draft], None))
    return leg_name(name, number)


async def dispatched(stage: Stage, packing: mailroom_pb2.PackParcelResponse, waybill: str = WAYBILL) -> None:
    """The giver's scan."""
    await _scanned(stage, packing, "parcel_dispatched", ACCEPTING, waybill)


async def taken_in(stage: Stage, packing: mailroom_pb2.PackParcelResponse, waybill: str = WAYBILL) -> None:
    """The taker's scan."""
    await _scanned(stage, packing, "parcel_taken_in", HOME, waybill)


async def _scanned(
    stage: Stage, packing: mailroom_pb2.PackParcelResponse, body: str, region: str, waybill: str
) -> None:
    core = stage.federation.nodes[region].core
    state = await parcel_at(stage, region, packing.parcel.name)
    scan = Stub.of(state).scan((SEAL,), waybill, parcel_pb2.Post(node=core.name, post="mailroom-1"))
    kinds: dict[str, Any] = {
        "parcel_dispatched": parcel_pb2.ParcelDispatched,
        "parcel_taken_in": parcel_pb2.ParcelTakenIn,
    }
    draft = Draft(packing.parcel.name, body, kinds[body](scan=scan, leg=max(1, len(state.legs))))
    await core.record(Actor("s-tester", "mailroom-1"), lambda view: ([draft], None))


async def until(condition: Callable[[], Any], seconds: float = 60.0, pause: float = 0.05) -> float:
    """Wait until it holds; how many seconds that took."""
    waited = 0.0
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return waited
        assert waited < seconds, "it did not come about"
        await asyncio.sleep(pause)
        waited += pause


async def parcel_at(stage: Stage, region: str, name: str) -> parcel_pb2.Parcel:
    """A parcel as a node has it."""
    state = await stage.federation.nodes[region].core.state(name)
    assert isinstance(state, parcel_pb2.Parcel)
    return state


def carrier_order() -> mailroom_pb2.CarrierOrder:
    """What a leg's order says."""
    return mailroom_pb2.CarrierOrder(
        sender=mailroom_pb2.CarrierContact(
            name="潮州收发室", phone="0768-1234567", province="广东省", city="潮州市", address="潮枫路 1 号"
        ),
        receiver=mailroom_pb2.CarrierContact(
            name="漳州收发室", phone="0596-7654321", province="福建省", city="漳州市", address="胜利路 2 号"
        ),
        weight_grams=300,
    )
