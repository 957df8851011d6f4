"""Texts before any node is asked: every region is taken to have its default node, and the keys are left out.

A file to begin with needs no line to a node.  What only the directory knows (regions and root keys) is not in it; the
node fills it in when the text is checked, and refuses a party that has not joined.
"""

from __future__ import annotations

from collections.abc import Iterable

from agreements.items import node_of
from agreements.library.basis import Nodes
from agreements.seed import RegionKind, Seed
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2


def expected_nodes(seed: Seed, partners: Iterable[str] = (), absent: Iterable[str] = ()) -> Nodes:
    """A node for every body that could have one, and for these partners; none for those that have not joined."""
    regions = seed.regions.values()
    names = [node_of(each) for each in regions if each.kind.has_authority or each.kind is RegionKind.OFFICE]
    without = set(absent)
    return {name: _node(name) for name in (*names, *partners) if name not in without}


def draft(text: agreement_pb2.AgreementDocument) -> agreement_pb2.AgreementDocument:
    """A text without what the directory fills in: regions, fingerprints, the version."""
    made = agreement_pb2.AgreementDocument()
    made.CopyFrom(text)
    made.ClearField("document_version")
    for party in made.parties:
        party.ClearField("region")
        party.ClearField("root_fingerprint")
    return made


def _node(name: str) -> directory_pb2.Node:
    return directory_pb2.Node(
        name=name,
        state=lifecycle_pb2.NODE_STATE_ACTIVE,
        profile=directory_pb2.NodeProfile(region=name.removeprefix("nodes/")),
    )
