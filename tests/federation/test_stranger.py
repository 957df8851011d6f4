"""A stranger takes part: docs/contract.md step by step, against a real gateway, with nothing of ours but the stubs.

Keys, statement, PAE, signatures, certificate request and receipts are made and checked here by hand, as a programmer in
another language would.  What the page forgot to say would fail here.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.x509.oid import NameOID

from gateway.runtime import Gateway, initialise
from gateway.settings import GatewaySettings
from tongban.clock import SystemClock, SystemEntropy
from tongban.v1 import directory_pb2, envelope_pb2, event_pb2, federation_pb2, federation_pb2_grpc, types_pb2

NODE = "nodes/359998"
_aio: Any = grpc.aio
pytestmark = pytest.mark.federation


def encoded(payload_type: str, payload: bytes) -> bytes:
    kind = payload_type.encode()
    return b" ".join((b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload))


def key_id(algorithm: str, public: bytes) -> str:
    return f"{algorithm}:{base64.b32encode(hashlib.sha256(public).digest()[:20]).decode().lower()}"


class Stranger:
    """A node in a few lines."""

    def __init__(self) -> None:
        self.root, self.signing = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.sealing = X25519PrivateKey.generate()
        self.tls = ec.generate_private_key(ec.SECP256R1())
        self.sequence = 0
        self.receipt_keys: dict[str, bytes] = {}

    def certified(self, algorithm: str, purpose: str, public: bytes) -> directory_pb2.NodeKey:
        start = dt.datetime.now(dt.UTC).replace(microsecond=0)
        end = start + dt.timedelta(days=30)
        statement = (
            f"tongban key statement 1\nowner {NODE}\nkey {key_id(algorithm, public)}\npurpose {purpose}\n"
            f"public {base64.b64encode(public).decode()}\n"
            f"from {start:%Y-%m-%dT%H:%M:%S.%fZ}\nuntil {end:%Y-%m-%dT%H:%M:%S.%fZ}\n"
        )
        key = directory_pb2.NodeKey(
            key_id=key_id(algorithm, public),
            purpose=directory_pb2.KEY_PURPOSE_SIGN if purpose == "sign" else directory_pb2.KEY_PURPOSE_SEAL,
            public_key=public,
            root_signature=self.root.sign(encoded("application/vnd.tongban.key-statement.v1", statement.encode())),
        )
        key.valid_from_time.FromDatetime(start)
        key.valid_until_time.FromDatetime(end)
        return key

    def event(self, stream: str, **body: Any) -> event_pb2.Event:
        self.sequence += 1
        made = event_pb2.Event(
            event_id=f"019aa9d4-0e00-7000-8000-{self.sequence:012}",
            stream=stream,
            lifecycle_version=1,
            author=NODE,
            incarnation=1,
            sequence=self.sequence,
            **body,
        )
        made.claim_time.GetCurrentTime()
        return made

    def signed(self, event: event_pb2.Event) -> envelope_pb2.SignedEvent:
        """A tree of one: an ordinary signature."""
        payload = event.SerializeToString()
        leaf = hashlib.sha256(b"\x00" + encoded("application/vnd.tongban.event.v1", payload)).digest()
        message = encoded("application/vnd.tongban.signed-tree.v1", (1).to_bytes(8, "big") + leaf)
        public = self.signing.public_key().public_bytes_raw()
        signature = envelope_pb2.TreeSignature(
            key_id=key_id("ed25519", public), value=self.signing.sign(message), leaf_index=0, tree_size=1
        )
        return envelope_pb2.SignedEvent(
            envelope=envelope_pb2.Envelope(
                payload_type="application/vnd.tongban.event.v1", payload=payload, signature=signature
            )
        )

    def registration(self) -> event_pb2.Event:
        profile = directory_pb2.NodeProfile(
            region="359998",
            title="外来户",
            time_zone="Asia/Shanghai",
            posts=[directory_pb2.PostEntry(id="window-1", title="窗口", time_zone="Asia/Shanghai", collects=True)],
            lifecycle_versions=[1],
        )
        keys = [
            self.certified("ed25519", "sign", self.signing.public_key().public_bytes_raw()),
            self.certified("x25519", "seal", self.sealing.public_key().public_bytes_raw()),
        ]
        registered = directory_pb2.NodeRegistered(
            root_public_key=self.root.public_key().public_bytes_raw(), keys=keys, profile=profile
        )
        return self.event(NODE, node_registered=registered)

    def request(self) -> bytes:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NODE)])
        made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(self.tls, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)

    def tls_pem(self) -> bytes:
        return self.tls.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def proven(self, receipt: envelope_pb2.Receipt, signed: envelope_pb2.SignedAdmission) -> envelope_pb2.AdmissionLeaf:
        """A receipt of a batch of one, verified."""
        key = Ed25519PublicKey.from_public_bytes(self.receipt_keys[signed.key_id])
        key.verify(signed.signature, encoded("application/vnd.tongban.admission.v1", signed.header))
        header = envelope_pb2.AdmissionHeader.FromString(signed.header)
        assert (header.batch_id, header.size, list(receipt.path)) == (receipt.batch_id, 1, [])
        assert header.root == hashlib.sha256(b"\x00" + receipt.leaf).digest()
        return envelope_pb2.AdmissionLeaf.FromString(receipt.leaf)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Gateway]:
    settings = GatewaySettings(home=tmp_path / "gateway")
    initialise(settings, SystemClock(), SystemEntropy())
    gateway = Gateway(settings, SystemClock(), SystemEntropy())
    await gateway.start()
    yield gateway
    await gateway.stop(0.1)


async def invited(gateway: Gateway) -> dict[str, str]:
    """The invitation's line, read as the page says."""
    invitation = await gateway.joining.invite(
        node=NODE,
        region="359998",
        join_address=f"127.0.0.1:{gateway.join_port}",
        federation_address=f"127.0.0.1:{gateway.federation_port}",
    )
    coded = invitation.encode().removeprefix("tongban-invite-1.")
    data = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
    assert data[:8] == hashlib.sha256(data[8:]).digest()[:8]
    content: dict[str, str] = json.loads(data[8:])
    return content


async def joined(stranger: Stranger, invitation: dict[str, str]) -> tuple[bytes, event_pb2.Event]:
    trust = grpc.ssl_channel_credentials(invitation["ca_pem"].encode())
    registration = stranger.registration()
    async with grpc.aio.secure_channel(invitation["join_address"], trust) as channel:
        answer = await federation_pb2_grpc.FederationStub(channel).Join(
            federation_pb2.JoinRequest(
                secret=base64.b64decode(invitation["secret"]),
                certificate_request=stranger.request(),
                registration=stranger.signed(registration),
            )
        )
    stranger.receipt_keys[answer.receipt_key.key_id] = answer.receipt_key.public_key
    leaf = stranger.proven(answer.receipt, answer.admission)
    assert (leaf.stream, leaf.version, leaf.predecessor) == (NODE, 1, b"")
    return answer.certificate_pem.encode(), registration


def published(name: str) -> directory_pb2.ItemPublished:
    document = directory_pb2.ItemDocument(name=name, home=NODE, title="事项", modes=[types_pb2.MODE_AGENT])
    return directory_pb2.ItemPublished(document=document)


async def test_a_stranger_joins_publishes_and_exchanges(running: Gateway) -> None:
    stranger = Stranger()
    invitation = await invited(running)
    certificate, registration = await joined(stranger, invitation)
    credentials = grpc.ssl_channel_credentials(invitation["ca_pem"].encode(), stranger.tls_pem(), certificate)
    async with grpc.aio.secure_channel(invitation["federation_address"], credentials) as channel:
        stub: Any = federation_pb2_grpc.FederationStub(channel)

        first = stranger.event("items/359998.a", item_published=published("items/359998.a"))
        request = federation_pb2.PublishRequest(events=[stranger.signed(first)])
        answer = await stub.Publish(request)
        leaf = stranger.proven(answer.outcomes[0].receipt, answer.admissions[0])
        assert leaf.event_digest == hashlib.sha256(first.SerializeToString()).digest()
        assert await stub.Publish(request) == answer

        feed = await stub.Fetch(federation_pb2.FetchRequest(channel="feeds/nodes"))
        (delivery,) = feed.deliveries.deliveries
        assert delivery.event.envelope.payload == registration.SerializeToString()

        call = stub.Exchange()
        hello = federation_pb2.Hello(
            protocol_versions=[1],
            incarnation=1,
            last_sequence=stranger.sequence,
            cursors=[federation_pb2.Cursor(channel="feeds/nodes", position=1)],
            credit=federation_pb2.Credit(events=100, bytes=1 << 20),
            lifecycle_versions=[1],
        )
        await call.write(federation_pb2.ExchangeRequest(hello=hello))
        welcome = (await call.read()).welcome
        assert (welcome.epoch, welcome.last_sequence, welcome.incarnation) == (1, 2, 1)
        assert (welcome.credit.events, welcome.credit.bytes) == (1024, 8 << 20)

        withdrawn = stranger.event(
            "items/359998.a", expected_version=1, expected_head=leaf.event_digest, item_withdrawn={}
        )
        stale = stranger.event("items/359998.a", expected_version=1, expected_head=leaf.event_digest, item_withdrawn={})
        submission = federation_pb2.Submission(events=[stranger.signed(withdrawn), stranger.signed(stale)])
        await call.write(federation_pb2.ExchangeRequest(submission=submission))
        seen: dict[str, Any] = {}
        positions: list[int] = []
        while len(seen) < 2 or len(positions) < 2:
            frame = await call.read()
            match frame.WhichOneof("frame"):
                case "outcomes":
                    seen |= {outcome.event_id: outcome for outcome in frame.outcomes.outcomes}
                case "deliveries":
                    assert frame.deliveries.channel == "feeds/items"
                    # One's own events come back as their receipts alone.
                    assert not any(d.HasField("event") for d in frame.deliveries.deliveries)
                    positions += [d.position for d in frame.deliveries.deliveries]
        assert positions == [1, 2]
        assert seen[withdrawn.event_id].HasField("receipt")
        assert seen[stale.event_id].rejection.reason == "STREAM_CONFLICT"
        acknowledgement = federation_pb2.Acknowledgement(
            cursors=[federation_pb2.Cursor(channel="feeds/items", position=2)]
        )
        await call.write(federation_pb2.ExchangeRequest(acknowledgement=acknowledgement))
        await call.done_writing()
        while await call.read() is not _aio.EOF:
            pass
        assert await call.code() == grpc.StatusCode.OK
