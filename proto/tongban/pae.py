"""What exactly a signature is over: DSSE's pre-authentication encoding.

A signature made over a payload alone can be carried over to another use of the same bytes.  DSSE (Dead Simple
Signing Envelope, version 1) therefore signs the payload's type and its bytes, each behind its length:

    "DSSEv1" SP len(type) SP type SP len(payload) SP payload

Lengths are decimal without leading zeros, in bytes.  The encoding is injective, so two different pairs never
share an encoding, and the payload is taken as it came: no language has to bring it into a canonical form.
"""

from __future__ import annotations


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes to sign or hash for a payload of this type."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
