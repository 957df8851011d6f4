"""What a node signs to have its certificate renewed: the same bytes on both sides.

    node                                   gateway
     │  BeginRenewal(nodes/350600)  ──►     │  a challenge for this node, good for two minutes
     │  ◄──  challenge                      │
     │  Renewal{node, challenge, request}   │
     │  signed with its signing key  ──►    │  the key that the directory knows, and that may sign today
     │  ◄──  certificate                    │

The signature is that of an envelope (`tongban.signing`) over a payload type of its own, so that neither an event can be
shown as a renewal nor a renewal as an event.  The request is for the node's TLS key and stands within what is signed:
whoever carries it, reads it or sends it again gets nothing but a certificate for a key that only the node has.
"""

from __future__ import annotations

from tongban.signing import Signer, TreeSignature, Verifier
from tongban.v1 import envelope_pb2, federation_pb2

RENEWAL_TYPE = "application/vnd.tongban.renewal.v1"


def signed_renewal(signer: Signer, *, node: str, challenge: bytes, request_pem: bytes) -> federation_pb2.RenewRequest:
    """A node's request, signed."""
    renewal = federation_pb2.Renewal(node=node, challenge=challenge, certificate_request=request_pem)
    payload = renewal.SerializeToString()
    made = signer.sign_one(RENEWAL_TYPE, payload)
    signature = envelope_pb2.TreeSignature(
        key_id=made.key_id,
        value=made.value,
        leaf_index=made.leaf_index,
        tree_size=made.tree_size,
        path=made.path,
    )
    return federation_pb2.RenewRequest(renewal=payload, signature=signature)


def verify_renewal(request: federation_pb2.RenewRequest, verifier: Verifier) -> None:
    """Return if the key that the signature names signed exactly these bytes as a renewal."""
    said = request.signature
    signature = TreeSignature(said.key_id, said.value, said.leaf_index, said.tree_size, tuple(said.path))
    verifier.verify(RENEWAL_TYPE, request.renewal, signature)
