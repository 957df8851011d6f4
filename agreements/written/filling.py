"""What a legal officer need not write, from what the node knows: regions, fingerprints, the version.

What is written stays as it is, and is refused later where the directory says otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from agreements.domain import texts
from tongban import errors
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2

_LEFT = (lifecycle_pb2.NODE_STATE_UNSPECIFIED, lifecycle_pb2.NODE_STATE_LEFT)


def fill(
    document: agreement_pb2.AgreementDocument,
    nodes: Mapping[str, directory_pb2.Node],
    present: agreement_pb2.Agreement | None,
) -> tuple[str, ...]:
    """Fill in place; the nodes whose fingerprints were filled in, for a person to compare by voice.

    `present` is the agreement of that name as it stands, or None.
    """
    filled = []
    for place, party in enumerate(document.parties):
        node = nodes.get(party.node)
        if node is None or node.state in _LEFT:
            raise errors.NodeNotFound(field=f"document.parties[{place}].node", name=party.node)
        if not party.region:
            party.region = node.profile.region
        if not party.root_fingerprint:
            party.root_fingerprint = hashlib.sha256(node.root_public_key).digest()
            filled.append(party.node)
    if not document.document_version:
        document.document_version = next_version(present)
    return tuple(filled)


def next_version(present: agreement_pb2.Agreement | None) -> int:
    """The version that another text would have: of the one that waits, or after the one that binds."""
    if present is None or present.document_digest == b"":
        return 1
    waiting = texts.pending(present)
    return waiting[0].document_version if waiting else present.document.document_version + 1
