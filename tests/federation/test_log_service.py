"""The log over real sockets: what a node with nothing but generated stubs can prove of its own receipt."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from tests.federation.servers import Member, federation_stub, gateway_at, joining_stub, rich
from tongban import checkpoints, merkle
from tongban.keys import NodeKeys
from tongban.v1 import federation_pb2, log_pb2, log_pb2_grpc

pytestmark = pytest.mark.federation


async def proven(stub: Any, batch_id: str) -> log_pb2.InclusionProof:
    """The proof, once the batch is in the log."""
    for _ in range(500):
        try:
            proof: log_pb2.InclusionProof = await stub.GetInclusionProof(
                log_pb2.GetInclusionProofRequest(batch_id=batch_id)
            )
            return proof
        except grpc.aio.AioRpcError as error:
            if rich(error).reason != "NOT_SEALED_YET":
                raise
            await asyncio.sleep(0.05)
    raise AssertionError("it was never sealed")


async def test_a_receipt_leads_to_a_signed_checkpoint(tmp_path: Path) -> None:
    async with gateway_at(tmp_path / "gateway") as gateway:
        member = Member("nodes/350600")
        invitation = await member.join(gateway)
        credentials = member.credentials(invitation)
        async with federation_stub(invitation.federation_address, credentials) as stub:
            answer = await stub.Publish(federation_pb2.PublishRequest(events=[member.item(1)]))
        signed = answer.admissions[0]
        async with grpc.aio.secure_channel(invitation.federation_address, credentials) as channel:
            log: Any = log_pb2_grpc.LogStub(channel)
            proof = await proven(log, answer.outcomes[0].receipt.batch_id)
            said = await log.GetCheckpoint(log_pb2.GetCheckpointRequest())
            assert proof.header == signed.header
            # The key is another than the one that signs receipts.
            assert (
                said.checkpoint_key.key_id != signed.key_id == NodeKeys.load(tmp_path / "gateway/keys").signing_key_id
            )
            checkpoint = checkpoints.verify(said.note, said.checkpoint_key.public_key, origin=said.origin)
            assert (checkpoint.size, checkpoint.root) == (said.tree_size, said.root)
            leaf = merkle.leaf_hash(signed.header)
            root = merkle.root_from_path(leaf, proof.leaf_index, proof.tree_size, list(proof.path))
            asked = log_pb2.GetConsistencyProofRequest(first_size=proof.tree_size, second_size=said.tree_size)
            grown = await log.GetConsistencyProof(asked)
            merkle.verify_consistency(proof.tree_size, root, said.tree_size, said.root, list(grown.path))

            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await log.GetInclusionProof(
                    log_pb2.GetInclusionProofRequest(batch_id=str(member.ids.next(member.clock.now())))
                )
            assert rich(refused.value).reason == "NOT_FOUND"
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await log.GetInclusionProof(log_pb2.GetInclusionProofRequest(batch_id="rubbish"))
            assert (rich(refused.value).reason, rich(refused.value).field) == ("FIELD_INVALID", "batch_id")
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await log.GetConsistencyProof(log_pb2.GetConsistencyProofRequest(first_size=9, second_size=1))
            assert rich(refused.value).reason == "FIELD_INVALID"


async def test_the_log_is_not_for_strangers(tmp_path: Path) -> None:
    async with gateway_at(tmp_path / "gateway") as gateway:
        invitation = await Member("nodes/350600").join(gateway)
        async with joining_stub(invitation):
            trust = grpc.ssl_channel_credentials(invitation.ca_pem.encode())
            async with grpc.aio.secure_channel(invitation.join_address, trust) as channel:
                stub: Any = log_pb2_grpc.LogStub(channel)
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await stub.GetCheckpoint(log_pb2.GetCheckpointRequest())
        assert rich(refused.value).reason == "CERTIFICATE_MISSING"
