"""A simple partner: it joined with the command, runs no node, and publishes events of its own making.

It holds what joining gave it (keys, certificate, the gateway's address) and nothing checks its events before the
gateway does.  So it stands for any program that speaks the contract, honest or not.
"""

from __future__ import annotations

import json
from pathlib import Path

from google.protobuf.message import Message

from tongban.clock import SystemClock, SystemEntropy
from tongban.ids import UuidSequence, application_number, node_code
from tongban.journal.envelopes import sign_events
from tongban.keys import NodeKeys, private_pem
from tongban.rpc.client import ClientTls, call, open_channel
from tongban.v1 import envelope_pb2, event_pb2, federation_pb2, federation_pb2_grpc


class Partner:
    """Publishes with the identity that lies in a home directory."""

    def __init__(self, home: Path) -> None:
        settings = json.loads((home / "node.json").read_text("utf-8"))
        self.name: str = settings["name"]
        self._keys = NodeKeys.load(home / "keys")
        tls = ClientTls(
            authority_pem=(home / "tls" / "authority.pem").read_bytes(),
            certificate_pem=(home / "tls" / "certificate.pem").read_bytes(),
            key_pem=private_pem(self._keys.tls),
            server_name=settings["gateway_server_name"],
        )
        self._channel = open_channel(settings["federation_address"], tls)
        self._clock = SystemClock()
        self._ids = UuidSequence(SystemEntropy())
        self._sequence = 1  # its registration
        self._applications = 0

    def new_application(self) -> str:
        """A name for an application of its own."""
        self._applications += 1
        code = node_code(self.name.removeprefix("nodes/"))
        return f"applications/{application_number(code, self._clock.now().date(), 1, self._applications)}"

    async def publish(
        self, stream: str, body: str, content: Message, *, version: int = 0, head: bytes = b""
    ) -> envelope_pb2.Outcome:
        """Sign one event and publish it; the gateway's answer."""
        now = self._clock.now()
        self._sequence += 1
        event = event_pb2.Event(
            event_id=self._ids.next(now),
            stream=stream,
            lifecycle_version=1,
            expected_version=version,
            expected_head=head,
            author=self.name,
            incarnation=1,
            sequence=self._sequence,
        )
        event.claim_time.FromDatetime(now)
        getattr(event, body).CopyFrom(content)
        (opened,) = sign_events(self._keys.signer(), [event])
        stub = federation_pb2_grpc.FederationStub(self._channel)
        answer = await call(stub.Publish, federation_pb2.PublishRequest(events=[opened.wire]), peer="gateway")
        (outcome,) = answer.outcomes
        return outcome

    async def close(self) -> None:
        """Let the channel go."""
        await self._channel.close(None)
