"""The values worked through in docs/contract.md are what this code computes, and suffice to verify without it.

Two readings of one page.  `computed` makes every value with the project's own code; the page must show the same.
`test_a_stranger_…` take the values from the page and check them with hashes and curves alone, as the page tells a
programmer to: what a stranger could not do with it would fail here.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import textwrap
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tongban import sealing
from tongban.journal.admissions import make_admission
from tongban.journal.envelopes import EVENT_PAYLOAD_TYPE
from tongban.keys import KeyStatement, certify
from tongban.merkle import leaf_hash, root_and_paths
from tongban.pae import pae
from tongban.signing import Signer, event_digest, key_id_of, signed_tree_message
from tongban.v1 import envelope_pb2, event_pb2

PAGE = Path(__file__).resolve().parents[2] / "docs" / "contract.md"

WHEN = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)
NODE, GATEWAY = "nodes/350600", "tongban"
STREAM = "applications/35060020261122000100000042Y"
BATCH_ID = "019aa9d4-1000-7000-8000-00000000000a"
ROOT_SEED, SIGNING_SEED, SEALING_SEED, RECEIPT_SEED = (bytes([at]) * 32 for at in (1, 2, 3, 4))
CONTENT_KEY, NONCE = b"\x05" * 32, b"\x06" * 12
PLAINTEXT = '{"applicant_name": "陈阿婆"}'.encode()


def event(place: int) -> event_pb2.Event:
    """Three small events on three streams, each the second of its stream."""
    made = event_pb2.Event(
        event_id=f"019aa9d4-0e00-7000-8000-00000000000{place}",
        stream=f"items/350600.demo-{place}",
        lifecycle_version=1,
        expected_version=1,
        expected_head=bytes([0x70 + place]) * 32,
        author=NODE,
        incarnation=1,
        sequence=place,
    )
    made.claim_time.FromDatetime(WHEN)
    made.item_withdrawn.SetInParent()
    return made


class FixedEntropy:
    """Gives the nonce of the page."""

    def token(self, size: int) -> bytes:
        assert size == len(NONCE)
        return NONCE


def computed() -> dict[str, str]:
    """Every value of the page but the grant, by the project's own code."""
    signing, receipts = (Ed25519PrivateKey.from_private_bytes(s) for s in (SIGNING_SEED, RECEIPT_SEED))
    root = Ed25519PrivateKey.from_private_bytes(ROOT_SEED)
    sealing_public = X25519PrivateKey.from_private_bytes(SEALING_SEED).public_key().public_bytes_raw()
    signing_public, receipt_public = signing.public_key().public_bytes_raw(), receipts.public_key().public_bytes_raw()
    payloads = [event(place).SerializeToString() for place in (1, 2, 3)]
    hashes = [leaf_hash(pae(EVENT_PAYLOAD_TYPE, payload)) for payload in payloads]
    tree_root, paths = root_and_paths(hashes)
    signed = Signer.of(signing).sign_many([(EVENT_PAYLOAD_TYPE, payload) for payload in payloads])[0]
    leaves = [
        envelope_pb2.AdmissionLeaf(
            event_id=event(place).event_id,
            event_digest=event_digest(payload),
            stream=event(place).stream,
            version=2,
            predecessor=event(place).expected_head,
        )
        for place, payload in enumerate(payloads, start=1)
    ]
    admission = make_admission(
        gateway=GATEWAY,
        epoch=1,
        batch_id=BATCH_ID,
        admit_time=WHEN,
        leaves=leaves,
        key_id=key_id_of("ed25519", receipt_public),
        private=receipts,
    )
    statement = KeyStatement(
        NODE, key_id_of("ed25519", signing_public), "sign", signing_public, WHEN, WHEN.replace(year=2031)
    )
    part = sealing.seal_part(
        FixedEntropy(),  # type: ignore[arg-type]  # only `token` is asked for
        CONTENT_KEY,
        PLAINTEXT,
        stream=STREAM,
        part="form",
        event_id=event(1).event_id,
    )
    values: dict[str, bytes | str] = {
        "pae": pae("application/vnd.tongban.event.v1", b"abc"),
        "signing_public": signing_public,
        "signing_key_id": key_id_of("ed25519", signing_public),
        "root_public": root.public_key().public_bytes_raw(),
        "statement": statement.statement_bytes(),
        "root_signature": certify(root, statement),
        "payload": payloads[0],
        "event_digest": event_digest(payloads[0]),
        "leaf_hash": hashes[0],
        "path_0": paths[0][0],
        "path_1": paths[0][1],
        "tree_root": tree_root,
        "signed_message": signed_tree_message(3, tree_root),
        "signature": signed.value,
        "receipt_public": receipt_public,
        "admission_leaf": admission.receipts[0].leaf,
        "admission_path_0": admission.receipts[0].path[0],
        "admission_path_1": admission.receipts[0].path[1],
        "admission_header": admission.signed.header,
        "admission_signature": admission.signed.signature,
        "content_key": CONTENT_KEY,
        "part_plaintext": PLAINTEXT,
        "part": part,
        "part_digest": sealing.sealed_digest(part),
        "sealing_private": SEALING_SEED,
        "sealing_public": sealing_public,
        "sealing_key_id": key_id_of("x25519", sealing_public),
    }
    return {name: value if isinstance(value, str) else value.hex() for name, value in values.items()}


def shown(values: dict[str, str]) -> str:
    """Values as the page writes them."""
    lines = []
    for name, value in values.items():
        first, *rest = textwrap.wrap(value, 88)
        lines += [f"{name:<20} {first}", *(f"{'':<20} {more}" for more in rest)]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    """The values that the page shows, blocks marked `<!-- vectors -->` read together."""
    text = PAGE.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for block in re.findall(r"<!-- vectors -->\n+```text\n(.*?)```", text, re.DOTALL):
        name = ""
        for line in block.splitlines():
            first, _, rest = line.partition(" ")
            name = first or name
            found[name] = found.get(name, "") + rest.strip()
    return found


def test_the_page_shows_what_the_code_computes(page: dict[str, str]) -> None:
    expected = computed()
    assert {name: page.get(name) for name in expected} == expected, "the page should say:\n" + shown(expected)
    assert set(page) == {*expected, "grant"}


def test_the_grant_of_the_page_opens(page: dict[str, str]) -> None:
    private = X25519PrivateKey.from_private_bytes(SEALING_SEED)
    key = sealing.open_grant(private, bytes.fromhex(page["grant"]), stream=STREAM, audience="parties")
    assert key == CONTENT_KEY


# From here on nothing of the project is called but the parsing of messages, which any language's stubs do.


def encoded(payload_type: str, payload: bytes) -> bytes:
    kind = payload_type.encode()
    return b" ".join((b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload))


def climbed(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The five lines of the page's pseudocode."""
    node, last, found = index, size - 1, leaf
    for step in path:
        assert last > 0
        if node % 2 or node == last:
            found = hashlib.sha256(b"\x01" + step + found).digest()
            while node and node % 2 == 0:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + step).digest()
        node, last = node >> 1, last >> 1
    assert last == 0
    return found


def raw(page: dict[str, str], *names: str) -> list[bytes]:
    return [bytes.fromhex(page[name]) for name in names]


def test_a_stranger_verifies_the_key_statement(page: dict[str, str]) -> None:
    root, statement, signature, public = raw(page, "root_public", "statement", "root_signature", "signing_public")
    Ed25519PublicKey.from_public_bytes(root).verify(
        signature, encoded("application/vnd.tongban.key-statement.v1", statement)
    )
    key_id = "ed25519:" + base64.b32encode(hashlib.sha256(public).digest()[:20]).decode().lower()
    assert key_id == page["signing_key_id"]
    assert statement.decode().splitlines() == [
        "tongban key statement 1",
        "owner nodes/350600",
        f"key {key_id}",
        "purpose sign",
        f"public {base64.b64encode(public).decode()}",
        "from 2026-11-22T02:00:00.000000Z",
        "until 2031-11-22T02:00:00.000000Z",
    ]


def test_a_stranger_verifies_the_event(page: dict[str, str]) -> None:
    public, payload, signature = raw(page, "signing_public", "payload", "signature")
    leaf = hashlib.sha256(b"\x00" + encoded("application/vnd.tongban.event.v1", payload)).digest()
    assert leaf.hex() == page["leaf_hash"]
    root = climbed(leaf, 0, 3, raw(page, "path_0", "path_1"))
    message = encoded("application/vnd.tongban.signed-tree.v1", (3).to_bytes(8, "big") + root)
    assert (root.hex(), message.hex()) == (page["tree_root"], page["signed_message"])
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message[:-1] + b"\x00")
    assert hashlib.sha256(payload).hexdigest() == page["event_digest"]
    assert event_pb2.Event.FromString(payload).WhichOneof("body") == "item_withdrawn"


def test_a_stranger_verifies_the_receipt(page: dict[str, str]) -> None:
    public, leaf, header, signature = raw(
        page, "receipt_public", "admission_leaf", "admission_header", "admission_signature"
    )
    Ed25519PublicKey.from_public_bytes(public).verify(
        signature, encoded("application/vnd.tongban.admission.v1", header)
    )
    fixed = envelope_pb2.AdmissionHeader.FromString(header)
    path = raw(page, "admission_path_0", "admission_path_1")
    assert climbed(hashlib.sha256(b"\x00" + leaf).digest(), 0, fixed.size, path) == fixed.root
    assert envelope_pb2.AdmissionLeaf.FromString(leaf).event_digest.hex() == page["event_digest"]


def test_a_stranger_opens_what_is_sealed(page: dict[str, str]) -> None:
    private, grant, part = raw(page, "sealing_private", "grant", "part")
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    info = b"\x00".join((b"tongban/v1/grant", STREAM.encode(), b"parties", page["sealing_key_id"].encode()))
    assert (grant[:1], len(grant)) == (b"\x01", 81)
    key = suite.decrypt(grant[1:], X25519PrivateKey.from_private_bytes(private), info=info)
    nonce, commitment, sealed = part[1:13], part[13:45], part[45:]
    assert commitment == hmac.digest(key, b"tongban/v1/commit\x00" + nonce, "sha256")
    event_id = b"019aa9d4-0e00-7000-8000-000000000001"
    padded = AESGCM(key).decrypt(nonce, sealed, b"\x00".join((b"tongban/v1/part", STREAM.encode(), b"form", event_id)))
    assert (len(padded), padded.rstrip(b"\x00")[-1:]) == (256, b"\x80")
    assert padded.rstrip(b"\x00")[:-1].hex() == page["part_plaintext"]
