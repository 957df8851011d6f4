"""Who brings a restored gateway a history of its own making brings nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nodes.recovery import receipted
from tests.federation.recovering import journal, nobody_is_troubled, put_back_gateway, recovers
from tests.federation.stage import HOME, RawPeer, Stage, play
from tongban import errors
from tongban.v1 import envelope_pb2, federation_pb2


def _other_text(returned: federation_pb2.Returned) -> None:
    returned.deliveries[0].event.envelope.payload += b"\x80\x7d\x01"  # a field that nobody knows


def _other_place(returned: federation_pb2.Returned) -> None:
    leaf = envelope_pb2.AdmissionLeaf.FromString(returned.deliveries[0].receipt.leaf)
    leaf.version += 7
    returned.deliveries[0].receipt.leaf = leaf.SerializeToString(deterministic=True)


def _other_gateway(returned: federation_pb2.Returned) -> None:
    header = envelope_pb2.AdmissionHeader.FromString(returned.admissions[0].header)
    header.gateway = "false"
    returned.admissions[0].header = header.SerializeToString(deterministic=True)


def _other_signature(returned: federation_pb2.Returned) -> None:
    returned.deliveries[0].event.envelope.signature.value = bytes(64)


def _no_parts(returned: federation_pb2.Returned) -> None:
    for delivery in returned.deliveries:
        del delivery.event.parts[:]


def _no_admission(returned: federation_pb2.Returned) -> None:
    del returned.admissions[:]


@pytest.mark.parametrize(
    "forge", [_other_text, _other_place, _other_gateway, _other_signature, _no_parts, _no_admission]
)
def test_who_brings_a_history_of_its_own_making_brings_nothing(
    forge: Callable[[federation_pb2.Returned], None],
) -> None:
    """漳州 is hostile and comes first; what 潮州 brings is all that counts."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        await journey.submit()
        await stage.federation.settled()
        before = await journal(stage)
        returned, _ = await receipted(stage.home.core, journey.name, 0)
        stage.home.line.cut()
        stage.accepting.line.cut()
        await put_back_gateway(stage, image)
        forge(returned)
        peer = RawPeer(stage.federation, f"nodes/{HOME}")
        assert (await peer.hello()).recovering
        await peer.send(returned=returned)
        assert isinstance(await peer.ended(), (errors.SignatureInvalid, errors.AttachmentMismatch, errors.Damaged))
        assert recovers(stage)
        stage.home.line.up = stage.accepting.line.up = True
        await stage.federation.settled(120)
        assert await journal(stage) == before
        await stage.same_everywhere(journey.name)
        await nobody_is_troubled(stage)

    play(act)
