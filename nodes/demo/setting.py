"""Setting the stage: what is missing is made, what is there is used.

The first run makes the gateway, lets the nodes join by invitations, loads their staff, publishes each region's items
and lets the parties propose and sign their agreements.  Every step asks first whether it was done, so an interrupted
first run is finished by the next one, and a later run only starts the servers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import aiohttp

from agreements import data
from agreements.documents import BUILDERS
from agreements.items import items_of
from nodes.demo.cast import PLACES, Place, Text
from nodes.demo.client import Caller, NodeClient, serving, until
from nodes.demo.home import DemoHome
from nodes.demo.processes import DemoFailed, Server, command
from tongban.private_files import write_file
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, registry_pb2

Tell = Callable[[Text], None]
Run = Callable[..., Awaitable[str]]
"""As `command`: an operator's command to its end, and what it printed."""


def tell_nobody(text: Text) -> None:
    """Tell nobody."""


_GATEWAY = Text("网关", "The gateway")
_RELAY = Text("收发室中继", "The mailroom relay")
RELAY = "nodes/relay"


class Setting:
    """The gateway, the nodes and the mailroom relay of one home."""

    def __init__(
        self,
        home: DemoHome,
        *,
        places: tuple[Place, ...] = PLACES,
        language: str = "zh",
        tell: Tell = tell_nobody,
        run: Run = command,
    ) -> None:
        self.home = home
        self.places = places
        self._language = language
        self._tell = tell
        self._run = run
        self.gateway = Server(
            _GATEWAY,
            ["gateway", "serve", "--home", str(home.gateway)],
            home.gateway,
            home.log / "gateway.log",
            _page_answers,
        )
        self.relay = Server(
            _RELAY, ["relay", "run", "--home", str(home.relay)], home.relay, home.log / "relay.log", _relay_answers
        )
        self.servers = {place.region: self._server(place) for place in places}
        self.clients: dict[str, NodeClient] = {}

    def _server(self, place: Place) -> Server:
        node, port = self.home.node(place.region), self.home.ports.consoles.get(place.region, 0)
        return Server(
            Text(f"节点 {place.title}", f"The node of {place.english}"),
            ["node", "serve", "--home", str(node), "--console-port", str(port)],
            node,
            self.home.log / f"node-{place.region}.log",
            _node_answers,
        )

    @property
    def is_joined(self) -> bool:
        """Whether every node has joined before."""
        return all((self.home.node(place.region) / "node.json").exists() for place in self.places)

    async def start(self) -> None:
        """Start everything, all that can be at once; make what is missing on the way."""
        if not (self.home.gateway / "gateway.json").exists():
            self._tell(Text("新建网关", "Making the gateway"))
            await self._initialise()
        if self.is_joined:
            self._tell(Text("启动网关和节点", "Starting the gateway and the nodes"))
            await together(self.gateway.start(), *(self._start_node(place) for place in self.places))
            await self._start_relay()
        else:
            self._tell(Text("启动网关", "Starting the gateway"))
            await self.gateway.start()
            self._tell(Text("节点凭邀请加入并启动", "The nodes join by invitation and start"))
            await together(self._start_relay(), *(self._start_node(place) for place in self.places))
        self._tell(Text("等待各节点接通网关", "Waiting for every node's line to the gateway"))
        await together(*(self._connected(place) for place in self.places))

    async def add(self, *places: Place) -> None:
        """Let further nodes join and start; one that is here already stays as it is."""
        new = [place for place in places if place.region not in self.servers]
        self.servers |= {place.region: self._server(place) for place in new}
        await together(*(self._start_node(place) for place in new))
        self.places += tuple(new)
        await together(*(self._connected(place) for place in places))

    async def stop(self) -> None:
        """Stop the nodes and the relay, then the gateway."""
        for client in self.clients.values():
            await client.close()
        self.clients.clear()
        await asyncio.gather(self.relay.stop(), *(server.stop() for server in self.servers.values()))
        await self.gateway.stop()

    async def watch(self) -> None:
        """Until one of the servers ends by itself: DemoFailed names it."""
        await together(self.gateway.watch(), self.relay.watch(), *(server.watch() for server in self.servers.values()))

    async def agree(self) -> None:
        """Publish the items and sign the agreements that the seed names for these nodes."""
        self._tell(Text("各地发布事项、签署协议", "Publishing items, signing agreements"))
        seed = data.load()
        await together(
            *(self.publish(place.region, document) for place in self.places for document in items_of(seed, place.name))
        )
        known = {node.name: node for node in await self.nodes()}
        await together(*(self.sign(make(seed, known)) for make in BUILDERS.values()))
        await together(*(self._settled(place) for place in self.places))

    async def nodes(self) -> list[directory_pb2.Node]:
        """The directory, as the first node has it."""
        caller = await self.supervisor(self.places[0].region)
        return list((await caller(caller.registry.ListNodes, registry_pb2.ListNodesRequest())).nodes)

    async def publish(self, region: str, document: directory_pb2.ItemDocument) -> None:
        """Publish an item; again changes nothing."""
        caller = await self.supervisor(region)
        await caller(caller.registry.PublishItem, registry_pb2.PublishItemRequest(document=document))

    async def sign(self, document: agreement_pb2.AgreementDocument) -> None:
        """Propose a text, unless it lies there already, and let every party of this home sign it."""
        here = {place.name: place.region for place in self.places}
        parties = [here[party.node] for party in document.parties if party.node in here]
        proposer = await self.supervisor(parties[0])
        if await agreement_of(proposer, document.name) is None:
            request = registry_pb2.ProposeAgreementRequest(document=document.SerializeToString())

            async def proposed() -> agreement_pb2.Agreement:
                # ItemNotFound: what was published has not got its receipt yet.
                return await proposer(proposer.registry.ProposeAgreement, request)

            await until(proposed, Text(f"协议《{document.title}》的事项入账", f"the items of {document.name}"))
        # One after the other: each signs upon the signatures that it has seen.
        for place, region in enumerate(parties):
            await self._sign_at(region, document, {f"nodes/{earlier}" for earlier in parties[:place]})

    async def _sign_at(self, region: str, document: agreement_pb2.AgreementDocument, earlier: set[str]) -> None:
        caller = await self.supervisor(region)

        async def known() -> agreement_pb2.Agreement | None:
            found = await agreement_of(caller, document.name)
            return found if found is not None and earlier <= {s.node for s in found.signatures} else None

        agreement = await until(known, Text(f"协议《{document.title}》送达", f"agreement {document.name} to arrive"))
        if agreement.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
            request = registry_pb2.SignAgreementRequest(name=document.name, document_digest=agreement.document_digest)
            await caller(caller.registry.SignAgreement, request)

    async def supervisor(self, region: str) -> Caller:
        """Who may publish and sign there."""
        return await self.clients[region].staff("supervisor")

    async def _initialise(self) -> None:
        ports = self.home.ports
        await self._run(
            *("gateway", "init", "--home", str(self.home.gateway)),
            *("--join-port", str(ports.join), "--federation-port", str(ports.federation)),
            *("--page-port", str(ports.page)),
            language=self._language,
        )

    async def _start_node(self, place: Place) -> None:
        node = self.home.node(place.region)
        if not (node / "node.json").exists():
            await self.join(place)
        # By how many they are: a home of an earlier version gets whom it lacks.
        staffed = f"{place.region}/{len(place.staff)}"
        if staffed not in self.home.staffed:
            members = [
                {"user": m.user, "title": m.title, "roles": [m.role], "post": m.post, "password": self.home.password}
                for m in place.staff
            ]
            given = json.dumps(members, ensure_ascii=False)
            await self._run("node", "staff", "load", "--home", str(node), language=self._language, stdin=given)
            self.home.staffed.append(staffed)
            self.home.save()
        server = self.servers[place.region]
        await server.start()
        self._tell(Text(f"  {place.title} 已启动", f"  {place.english} is up"))
        self.clients[place.region] = NodeClient(server.addresses["grpc"], self.home.password)

    async def _start_relay(self) -> None:
        if not (self.home.relay / "node.json").exists():
            home = ("--home", str(self.home.relay))
            async with self._letter(RELAY, "relay") as letter:
                await self._run("relay", "join", *home, "--invitation", letter, language=self._language)
        await self.relay.start()
        self._tell(Text("  收发室中继已启动", "  The mailroom relay is up"))

    async def join(self, place: Place) -> None:
        """Let a node join."""
        node = self.home.node(place.region)
        async with self._letter(place.name, place.region) as letter:
            await self._run(
                *("node", "join", "--home", str(node), "--invitation", letter),
                *("--title", place.title, "--region", place.region),
                *(part for post in place.posts for part in ("--post", post.option)),
                language=self._language,
            )
        self._tell(Text(f"  {place.title} 已加入", f"  {place.english} has joined"))

    @contextlib.asynccontextmanager
    async def _letter(self, name: str, region: str) -> AsyncIterator[str]:
        """An invitation.  It is a secret, so it travels in a private file, never in a command line."""
        given = ("--node", name, "--region", region)
        invitation = await self._run(
            "gateway", "invite", "--home", str(self.home.gateway), *given, language=self._language
        )
        letter = self.home.path / f".{region}.invitation"
        write_file(letter, invitation.encode())
        try:
            yield f"@{letter}"
        finally:
            letter.unlink(missing_ok=True)

    async def _connected(self, place: Place) -> None:
        caller = await self.supervisor(place.region)

        async def look() -> bool:
            status = await caller(caller.registry.GetNodeStatus, registry_pb2.GetNodeStatusRequest())
            known = await caller(caller.registry.ListNodes, registry_pb2.ListNodesRequest())
            return status.connected and {p.name for p in self.places} <= {node.name for node in known.nodes}

        await until(look, Text(f"{place.title}接通网关", f"the line of {place.english}"))

    async def _settled(self, place: Place) -> None:
        caller = await self.supervisor(place.region)

        async def look() -> bool:
            status = await caller(caller.registry.GetNodeStatus, registry_pb2.GetNodeStatusRequest())
            listed = await caller(caller.registry.ListAgreements, registry_pb2.ListAgreementsRequest())
            signed = [a for a in listed.agreements if a.state == lifecycle_pb2.AGREEMENT_STATE_SIGNED]
            return not status.waiting_events and len(signed) >= len(BUILDERS)

        await until(look, Text(f"{place.title}收齐协议", f"{place.english} to have every agreement"))


async def agreement_of(caller: Caller, name: str) -> agreement_pb2.Agreement | None:
    """An agreement as a node knows it."""
    listed = await caller(caller.registry.ListAgreements, registry_pb2.ListAgreementsRequest(page_size=500))
    return next((each for each in listed.agreements if each.name == name), None)


async def together(*work: Coroutine[Any, Any, object]) -> None:
    """All at once; the first failure ends the others and comes out alone."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except BaseExceptionGroup as problems:
        raise _first(problems) from None


def _first(problem: BaseException) -> BaseException:
    while isinstance(problem, BaseExceptionGroup):
        named = [each for each in problem.exceptions if isinstance(each, DemoFailed)]
        problem = (named or problem.exceptions)[0]
    return problem


async def _page_answers(addresses: dict[str, str]) -> bool:
    try:
        timeout = aiohttp.ClientTimeout(total=2)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.get(f"http://{addresses['page']}/healthz") as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _relay_answers(addresses: dict[str, str]) -> bool:
    return True  # it says where it listens once everything of it runs; nobody needs to ask it anything


async def _node_answers(addresses: dict[str, str]) -> bool:
    return await serving(addresses["grpc"])
