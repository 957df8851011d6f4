"""Complaint: messages stop because a timestamping service, which only secures evidence, is away.

Raised as X-Road xroad-joint-development#152.
"""

from __future__ import annotations

import asyncio
import logging

import pytest

from gateway.sealer import Pace
from tests.federation.stage import Stage, play
from tests.gateway.sealing import KEY, AbsentSigner, audit, sealing, signed_whole, sizes
from tongban.v1 import lifecycle_pb2


class HangingSigner(AbsentSigner):
    """Takes the question and never answers it."""

    async def sign(self, text: bytes) -> bytes:
        """Nothing, while it is away."""
        if self.away:
            self.asked += 1
            await asyncio.Event().wait()
        return KEY.sign(text)


@pytest.mark.parametrize(
    "signer", [AbsentSigner(), AbsentSigner(rubbish=True), HangingSigner()], ids=["refuses", "rubbish", "hangs"]
)
def test_messages_do_not_stop_when_the_evidence_path_is_away(
    signer: AbsentSigner, caplog: pytest.LogCaptureFixture
) -> None:
    """Traffic stops when timestamping is away (xroad-joint-development#152).

    Here an application goes all its way, with papers and result, while the checkpoint signer is away; nothing of it is
    refused or waits, and all of it is in the signed log once the signer is back.
    """

    async def act(stage: Stage) -> None:
        gateway = stage.federation.gateway
        assert gateway is not None
        loop = asyncio.get_running_loop()
        async with sealing(gateway, signer, pace=Pace(lease=600.0)):
            start = loop.time()
            closed = await stage.journey().run()
            assert closed.state == lifecycle_pb2.APPLICATION_STATE_CLOSED
            assert loop.time() - start < 30
            await asyncio.sleep(86_400)
            batches, leaves, signed = await sizes(gateway)
            assert (leaves, signed) == (batches, 0)
            assert signer.asked > 1
            for run in stage.federation.nodes.values():
                status = await stage.status(run)
                assert (len(status.tasks), len(status.parked), status.waiting_events) == (0, 0, 0)
            signer.away = False
            await asyncio.sleep(120)
            await signed_whole(gateway)
            assert await audit(gateway) == []

    with caplog.at_level(logging.CRITICAL):
        play(act)
