"""Where a seed begins: nodes that have joined, published an item where they decide, and signed who takes in for whom.

Joining and signing is the same for every seed of a shape, so it is played once in a process, on a virtual clock of its
own and with the project's own code; what it leaves on the disks is where each seed starts.  A shape is a number of
nodes: three have one home and two windows that take in for it, the larger ones have several homes, and a node may
decide for one and take in for another.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.federation.virtual import Disks, VirtualClock, VirtualLoop, run_virtual, seeded
from tests.federation.whole import REGIONS as DEMONSTRATION
from tests.federation.whole import Federation
from tests.simulate.remembered import Question, remembered
from tongban.keys import NodeKeys
from tongban.pki import Identity
from tongban.v1 import agreement_pb2, directory_pb2, registry_pb2, types_pb2

REGIONS: Mapping[str, str] = {
    **DEMONSTRATION,
    "350200": "厦门市",
    "350500": "泉州市",
    "350800": "龙岩市",
    "440500": "汕头市",
    "441400": "梅州市",
    "360700": "赣州市",
    "330300": "温州市",
    "350900": "宁德市",
}
HOSTILE = "nodes/990000"
"""A node that has joined and runs in no seed; what comes in its name is sent by somebody who lies."""
_ALLIANCES = ((0, 1, 2), (3, 0, 1), (4, 5, 2), (6, 7, 8), (9, 10, 11))
"""A home, and who takes in for it, by their places among the regions."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which nodes there are and who takes in for whom."""

    regions: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    """Accepting region and home region."""

    @property
    def busy(self) -> tuple[str, ...]:
        """The regions with work to do."""
        return tuple(dict.fromkeys(region for pair in self.pairs for region in pair))


def shape(nodes: int) -> Shape:
    """The shape with this many nodes."""
    regions = tuple(REGIONS)[:nodes]
    pairs = [(regions[p], regions[a[0]]) for a in _ALLIANCES if max(a) < nodes for p in a[1:]]
    return Shape(regions, tuple(pairs))


def item_of(home: str) -> str:
    """The item that a home decides on."""
    return f"items/{home}.sim-1"


def agreement_of(home: str) -> str:
    """The agreement by which others take in for a home."""
    return f"agreements/sim-{home}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What every seed of a shape starts from."""

    shape: Shape
    images: Mapping[str, bytes]
    keys: Mapping[str, NodeKeys]
    authority: Identity
    seconds: float
    events: int
    good: frozenset[Question]
    """The signatures in it."""


@functools.cache
def scene(nodes: int) -> Scene:
    """The start for this many nodes; made once in a process."""
    loop, disks = VirtualLoop(), Disks()
    federation = Federation(VirtualClock(loop), seeded(nodes), disks.open)
    plan = shape(nodes)
    with remembered() as good:
        events = run_virtual(_set_up(federation, plan), loop)
    assert federation.authority is not None
    images = {name: disks.disk(name).image() for name in ("gateway", *plan.regions)}
    disks.discard()
    return Scene(plan, images, federation.keys, federation.authority, loop.time(), events, frozenset(good))


async def _set_up(federation: Federation, plan: Shape) -> int:
    await federation.start_gateway()
    for region in (*plan.regions, HOSTILE.removeprefix("nodes/")):
        await federation.start_node(region)
    await federation.settled()
    for home in dict.fromkeys(home for _, home in plan.pairs):
        run = federation.nodes[home]
        await run.desks.registry.publish_item(run.staff(), registry_pb2.PublishItemRequest(document=_item(home)))
    await federation.settled()
    for document in _agreements(federation, plan):
        await federation.sign(document)
    assert federation.gateway is not None
    heads = federation.gateway.heads
    await federation.stop()
    return sum(heads.get(feed, 0) for feed in ("feeds/nodes", "feeds/items", "feeds/agreements"))


def _item(home: str) -> directory_pb2.ItemDocument:
    materials = [
        directory_pb2.MaterialRequirement(
            code="identity-document",
            title="申请人身份证件",
            forms=[types_pb2.MATERIAL_FORM_COPY, types_pb2.MATERIAL_FORM_ELECTRONIC],
            required=True,
        ),
        directory_pb2.MaterialRequirement(
            code="application-original", title="不动产权属证书", forms=[types_pb2.MATERIAL_FORM_ORIGINAL]
        ),
    ]
    fields = (("applicant_name", "申请人姓名", "text"), ("phone", "联系电话", "phone"))
    return directory_pb2.ItemDocument(
        name=item_of(home),
        home=f"nodes/{home}",
        title="不动产变更登记",
        department="自然资源局",
        modes=[types_pb2.MODE_AGENT],
        materials=materials,
        form=[directory_pb2.FormField(name=n, title=t, required=True, kind=k) for n, t, k in fields],
    )


def _agreements(federation: Federation, plan: Shape) -> Iterator[agreement_pb2.AgreementDocument]:
    for home in dict.fromkeys(home for _, home in plan.pairs):
        accepting = [region for region, decider in plan.pairs if decider == home]
        yield agreement_pb2.AgreementDocument(
            name=agreement_of(home),
            document_version=1,
            title=f"{REGIONS[home]}事项异地通办协议",
            parties=[_party(federation, region) for region in (home, *accepting)],
            clauses=[
                agreement_pb2.Clause(
                    id="all",
                    home=f"nodes/{home}",
                    accepting=[f"nodes/{region}" for region in accepting],
                    items=[item_of(home)],
                    modes=[types_pb2.MODE_AGENT],
                    decider=types_pb2.DECIDER_HOME,
                    paper=True,
                )
            ],
            effective_date={"year": 2020, "month": 11, "day": 1},
        )


def _party(federation: Federation, region: str) -> agreement_pb2.Party:
    root = federation.nodes[region].core.keys.root_public
    return agreement_pb2.Party(node=f"nodes/{region}", region=region, root_fingerprint=hashlib.sha256(root).digest())
