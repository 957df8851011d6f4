"""Receipts: one signature of the gateway over each batch, and every event's path to it."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongban import errors, merkle
from tongban.pae import pae
from tongban.v1 import envelope_pb2

ADMISSION_TYPE = "application/vnd.tongban.admission.v1"


@dataclass(frozen=True, slots=True)
class Admission:
    """A batch as the gateway admitted it: the signed header and a receipt for each event, in order."""

    signed: envelope_pb2.SignedAdmission
    header: envelope_pb2.AdmissionHeader
    receipts: list[envelope_pb2.Receipt]


def make_admission(
    *,
    gateway: str,
    epoch: int,
    batch_id: str,
    admit_time: dt.datetime,
    leaves: Sequence[envelope_pb2.AdmissionLeaf],
    key_id: str,
    private: Ed25519PrivateKey,
) -> Admission:
    """Admit these leaves together, at least one.  Deterministic: the same arguments give the same bytes."""
    contents = [leaf.SerializeToString(deterministic=True) for leaf in leaves]
    root, paths = merkle.root_and_paths([merkle.leaf_hash(content) for content in contents])
    header = envelope_pb2.AdmissionHeader(
        gateway=gateway, epoch=epoch, batch_id=batch_id, size=len(contents), root=root
    )
    header.admit_time.FromDatetime(admit_time)
    encoded = header.SerializeToString(deterministic=True)
    signed = envelope_pb2.SignedAdmission(
        header=encoded, key_id=key_id, signature=private.sign(pae(ADMISSION_TYPE, encoded))
    )
    receipts = [
        envelope_pb2.Receipt(batch_id=batch_id, leaf=content, leaf_index=index, path=path)
        for index, (content, path) in enumerate(zip(contents, paths, strict=True))
    ]
    return Admission(signed, header, receipts)


class AdmissionVerifier:
    """Checks receipts against the gateway's receipt keys; each batch's signature is checked once and remembered."""

    def __init__(self, resolve: Callable[[str], bytes | None], *, remembered: int = 4096) -> None:
        self._resolve = resolve
        self._headers: OrderedDict[str, envelope_pb2.AdmissionHeader] = OrderedDict()
        self._remembered = remembered

    def admit(self, signed: envelope_pb2.SignedAdmission) -> envelope_pb2.AdmissionHeader:
        """Verify a batch's header and remember it for its receipts."""
        public = self._resolve(signed.key_id)
        if public is None:
            raise errors.KeyUnknown(field="admission.key_id", key=signed.key_id)
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, pae(ADMISSION_TYPE, signed.header))
        except InvalidSignature as error:
            raise errors.SignatureInvalid(field="admission.signature", key=signed.key_id) from error
        header = envelope_pb2.AdmissionHeader.FromString(signed.header)
        self._headers[header.batch_id] = header
        if len(self._headers) > self._remembered:
            self._headers.popitem(last=False)
        return header

    def header(self, batch_id: str) -> envelope_pb2.AdmissionHeader | None:
        """A header that was verified lately."""
        return self._headers.get(batch_id)

    def verify(self, receipt: envelope_pb2.Receipt) -> envelope_pb2.AdmissionLeaf:
        """The leaf that a receipt proves; its batch must have been admitted here before."""
        header = self._headers.get(receipt.batch_id)
        if header is None:
            raise errors.SignatureInvalid(field="receipt.batch_id", key=receipt.batch_id)
        leaf_hash = merkle.leaf_hash(receipt.leaf)
        if merkle.root_from_path(leaf_hash, receipt.leaf_index, header.size, list(receipt.path)) != header.root:
            raise errors.SignatureInvalid(field="receipt.path", key=receipt.batch_id)
        return envelope_pb2.AdmissionLeaf.FromString(receipt.leaf)
