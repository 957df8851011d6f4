"""The carriers' side of a relay on a virtual clock, three stand-ins on real sockets, a disk that survives."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from pydantic import SecretStr

from mailroom.carriers.base import Contact, Observation, OrderRequest
from nodes.relay.accounts import AccountSettings, CarrierSettings
from nodes.relay.channel import open_channels
from nodes.relay.feeds import Feeds
from nodes.relay.news import Assigned, Heard, News, Trouble
from nodes.relay.settling import Ordered
from nodes.relay.vault import Vault
from tests.carriers.ems import SIGN_KEY, EmsStandIn
from tests.carriers.kuaidi import KuaidiStandIn
from tests.carriers.loop import SocketLoop
from tests.carriers.loop import play as play_on
from tests.carriers.sf import SfStandIn
from tongban.clock import SeededEntropy
from tongban.storage.base import Database
from tongban.storage.inline import SimulatedDisk

T = TypeVar("T")
START = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
LEG = "parcels/P35060026110000017/legs/1"
SECRETS = {name: f"{name}0secret0of0the0address" for name in ("kuaidi100", "shunfeng", "ems")}
PHONE = "13800006789"


def leg(number: int) -> str:
    """A leg of a parcel of its own."""
    return f"parcels/P350600261100{number:05d}/legs/1"


def contact() -> Contact:
    """Somebody at one end."""
    return Contact("收发室", PHONE, "福建省", "漳州市", "芗城区", "延安北路 1 号")


def order_of(name: str) -> OrderRequest:
    """An order for a leg."""
    return OrderRequest(name, contact(), contact(), "文件")


class LoopClock:
    """The time of day on a loop, virtual or not."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> dt.datetime:
        """START plus the loop's time."""
        return START + dt.timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        """The loop's time."""
        return self._loop.time()


class World:
    """Three carriers and a relay that can die."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, pushes: bool, salt: str) -> None:
        self.clock = LoopClock(loop)
        self.kuaidi = KuaidiStandIn(self.clock, salt=salt)
        self.sf = SfStandIn(self.clock)
        self.ems = EmsStandIn(self.clock)
        self.disk = SimulatedDisk()
        self.news: list[News] = []
        self.feeds: Feeds
        self._pushes = pushes
        self._salt = salt
        self._port = 0
        self._reader: asyncio.Task[None] | None = None
        self._seed = 7
        self.records = True
        """Whether the participant records what it is told; where not, it dies before."""
        self.incarnation = 1
        self.served = False
        self.ordered: list[Ordered] = []
        """What the journal says of orders."""

    @property
    def until(self) -> dt.datetime:
        """Long enough."""
        return self.clock.now() + dt.timedelta(days=30)

    def settings(self) -> CarrierSettings:
        """Accounts with the three."""
        secret = {name: SecretStr(text if self._pushes else "") for name, text in SECRETS.items()}
        return CarrierSettings(
            public_url=f"http://127.0.0.1:{self._port}" if self._port else "",
            kuaidi100=AccountSettings(
                base_url=self.kuaidi.url,
                customer=self.kuaidi.customer,
                key=SecretStr(self.kuaidi.key),
                salt=SecretStr(self._salt),
                push_secret=secret["kuaidi100"],
            ),
            shunfeng=AccountSettings(
                base_url=self.sf.url,
                customer=self.sf.partner,
                key=SecretStr(self.sf.checkword),
                monthly_account=SecretStr("7551234567"),
                push_secret=secret["shunfeng"],
                calls_per_day=self.sf.a_day * 9 // 10,
            ),
            ems=AccountSettings(
                base_url=self.ems.url,
                customer=self.ems.sender,
                key=SecretStr(SIGN_KEY),
                authorization=SecretStr(self.ems.auth),
                push_secret=secret["ems"],
            ),
        )

    async def open(self) -> None:
        """Start the carriers, then the relay."""
        for carrier in (self.kuaidi, self.sf, self.ems):
            await carrier.start()
        if self._pushes:
            server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
            self._port = server.sockets[0].getsockname()[1]
            server.close()
        await self.start()

    async def start(self) -> None:
        """Start the relay's feeds on what the disk holds."""
        listen = ("127.0.0.1", self._port) if self._pushes else None
        self._seed += 1
        channels = open_channels(self.settings())
        entropy = SeededEntropy(self._seed)
        vault = Vault(b"the root of the relay", entropy)
        self.feeds = Feeds(await self.mount(), channels, self.clock, entropy, vault, listen)
        await self.feeds.start(self.incarnation, served=self.served)
        await self.feeds.settle(self.incarnation, self._ordered)
        self._reader = asyncio.create_task(self._read())

    async def _ordered(self) -> list[Ordered]:
        return self.ordered

    async def mount(self) -> Database:
        """The feeds' database, for a process that starts now."""
        return self.disk.mount()

    async def crash(self) -> None:
        """The process dies: what it had not committed is gone, and nobody says goodbye to anybody."""
        self.disk.unmount()
        if self._reader is not None:
            self._reader.cancel()
        with contextlib.suppress(Exception):
            await self.feeds.stop()

    async def close(self) -> None:
        """Stop everything."""
        if self._reader is not None:
            self._reader.cancel()
        await self.feeds.stop()
        for carrier in (self.kuaidi, self.sf, self.ems):
            await carrier.stop()
        self.disk.discard()

    async def _read(self) -> None:
        async for each in self.feeds.news():
            self.news.append(each)
            if self.records:
                await self.feeds.done(each)

    def url(self, feed: str, secret: str = "") -> str:
        """Where a carrier pushes to."""
        return f"http://127.0.0.1:{self._port}/carriers/{feed}/{secret or SECRETS[feed]}"

    def heard(self, name: str = LEG) -> list[Observation]:
        """Everything that was heard of a leg, in order."""
        return [
            seen for each in self.news if isinstance(each, Heard) and each.leg == name for seen in each.observations
        ]

    def words(self, name: str = LEG) -> list[str]:
        """Its texts."""
        return [seen.text for seen in self.heard(name)]

    def assigned(self, name: str = LEG) -> list[str]:
        """The waybills that a leg was given."""
        return [each.result.waybill for each in self.news if isinstance(each, Assigned) and each.leg == name]

    def troubles(self) -> list[Trouble]:
        """What was told of faults."""
        return [each for each in self.news if isinstance(each, Trouble)]

    def of(self, kind: type[T]) -> list[T]:
        """News of a kind."""
        return [each for each in self.news if isinstance(each, kind)]

    def rules_kept(self) -> None:
        """No carrier was asked what it must not be."""
        assert (self.kuaidi.broken_rules, self.sf.broken_rules, self.ems.broken_rules) == ([], [], [])


@contextlib.asynccontextmanager
async def world(loop: SocketLoop, *, pushes: bool = True, salt: str = "SALT") -> AsyncIterator[World]:
    """A world, opened and closed."""
    made = World(loop, pushes=pushes, salt=salt)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


def play(story: Callable[[World], Awaitable[None]], *, pushes: bool = True, salt: str = "SALT") -> None:
    """Run a story in a world of its own."""

    async def main(loop: SocketLoop) -> None:
        async with world(loop, pushes=pushes, salt=salt) as made:
            await story(made)

    play_on(main)


async def hours(count: float) -> None:
    """Let time pass."""
    await asyncio.sleep(count * 3600)


async def minutes(count: float) -> None:
    """Let time pass."""
    await asyncio.sleep(count * 60)
