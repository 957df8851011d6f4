"""The whole of the seed at once: a node for every region named, every item published, every text signed by events."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from agreements import data
from agreements.domain.agreements import AgreementFolder
from agreements.domain.documents import document_digest
from agreements.domain.texts import missing_signatures
from agreements.items import all_items, home_of, named_items, node_of
from agreements.library import Basis, Omission, build_all
from agreements.seed import Region
from tests.agreements.making import event, root_key
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.v1 import agreement_pb2, directory_pb2, event_pb2, lifecycle_pb2

SEED: Final = data.load()
DRAFTED: Final = dt.date(2025, 1, 1)
BANK: Final = "of-zz-bank"
OUTSIDE: Final = "nodes/110000"
"""北京, which no agreement of the seed names."""

_LIFECYCLES: Final = Lifecycles(AgreementFolder())


def _node(name: str, region: str, title: str, superior: str = "") -> directory_pb2.Node:
    return directory_pb2.Node(
        name=name,
        state=lifecycle_pb2.NODE_STATE_ACTIVE,
        root_public_key=root_key(name),
        profile=directory_pb2.NodeProfile(region=region, title=title, superior=superior),
    )


def _seed_node(region: Region) -> directory_pb2.Node:
    superior = home_of(SEED, region.parent) if region.parent else ""
    name = node_of(region)
    return _node(name, name.removeprefix("nodes/"), region.name, superior)


def _stand_ins(agreement: str, count: int) -> list[directory_pb2.Node]:
    """Nodes in the place of parties that the source only counts."""
    return [_node(f"nodes/{agreement}-{n}", f"{agreement}-{n}", f"未列名的第 {n} 方") for n in range(1, count + 1)]


STAND_INS: Final[Mapping[str, list[directory_pb2.Node]]] = {
    "ag-fj-12": _stand_ins("fj", 12),
    "ag-xc-18-50": _stand_ins("xc", 50),
    "ag-lc-bank": _stand_ins("lc", 1),
}
# 平潭县 has the code that the zone borrows, and no items: one node answers for both, under the zone's superior.
NODES: Final[Mapping[str, directory_pb2.Node]] = {
    node.name: node
    for node in (
        *map(_seed_node, (r for r in SEED.regions.values() if r.kind.has_authority and r.id != "350128")),
        _seed_node(SEED.regions[BANK]),
        *(node for nodes in STAND_INS.values() for node in nodes),
    )
}
NAMED_ONLY: Final = Basis(SEED, NODES, DRAFTED)
"""What the sources name, and nothing else."""

BASIS: Final = Basis(SEED, NODES, DRAFTED, {id: tuple(n.name for n in nodes) for id, nodes in STAND_INS.items()})
"""With stand-ins for the parties that the sources only count."""

ITEMS: Final[Mapping[str, directory_pb2.Item]] = {
    document.name: directory_pb2.Item(
        name=document.name, state=lifecycle_pb2.ITEM_STATE_PUBLISHED, version=1, document=document
    )
    for document in (*all_items(SEED), *named_items(SEED))
}
TEXTS: Final[Mapping[str, agreement_pb2.AgreementDocument]] = {
    made.name: made for made in build_all(BASIS) if not isinstance(made, Omission)
}
TITLES: Final = {n.name: n.profile.title for n in NODES.values()} | {i.name: i.document.title for i in ITEMS.values()}


def signed(text: agreement_pb2.AgreementDocument) -> agreement_pb2.Agreement:
    """Proposed by its first party and signed by everyone whose signature it asks for, through the folder."""
    raw = text.SerializeToString()
    opening = event(text.name, text.parties[0].node)
    opening.agreement_proposed.document = raw
    state = _fold(None, [opening])
    signers = [text.issuer] if text.issuer else [party.node for party in text.parties]
    made = []
    for place, node in enumerate(signers, 2):
        signing = event(text.name, node, place)
        signing.agreement_signed.document_digest = document_digest(raw)
        made.append(signing)
    state = _fold(state, made)
    assert missing_signatures(state) == ()
    return state


def _fold(state: agreement_pb2.Agreement | None, events: Iterable[event_pb2.Event]) -> agreement_pb2.Agreement:
    for place, each in enumerate(events, state.version + 1 if state is not None else 1):
        state = _LIFECYCLES.fold(state, Step(each, hashlib.sha256(each.SerializeToString()).digest(), place))
    assert state is not None
    return state


def answered(text: agreement_pb2.AgreementDocument, first: int) -> agreement_pb2.AgreementDocument:
    """The text once its parties have said what is in each pool: one code each, counted on from `first`."""
    made = agreement_pb2.AgreementDocument()
    made.CopyFrom(text)
    for place, pool in enumerate(made.pools):
        pool.base_codes.append(f"{first + place:012}")
    return made
