"""`Federation` and `Log` over gRPC: thin doors to joining, sessions, admission and the log."""

from __future__ import annotations

from typing import Any

import grpc.aio

from gateway import log
from gateway.core import GatewayCore
from gateway.joining import Joining
from gateway.links import list_links
from gateway.renewing import Renewing
from gateway.sealer import CheckpointSigner
from gateway.session import Session
from tongban import checkpoints, errors
from tongban.rpc.links import ServedLink
from tongban.rpc.server import peer_address, require_peer_node
from tongban.signing import ED25519, key_id_of
from tongban.v1 import federation_pb2, federation_pb2_grpc, log_pb2, log_pb2_grpc

DEFAULT_PAGE = 100


class FederationServicer(federation_pb2_grpc.FederationServicer):
    """The gateway's service.  Everything but Join and the two steps of a renewal asks for the node's certificate."""

    def __init__(self, core: GatewayCore, joining: Joining, renewing: Renewing) -> None:
        self._core = core
        self._joining = joining
        self._renewing = renewing

    async def Join(self, request: federation_pb2.JoinRequest, context: Any) -> federation_pb2.JoinResponse:
        """Enrol a node."""
        return await self._joining.join(request)

    async def BeginRenewal(
        self, request: federation_pb2.BeginRenewalRequest, context: Any
    ) -> federation_pb2.BeginRenewalResponse:
        """What a node has to sign to have its certificate renewed."""
        return self._renewing.begin(request)

    async def Renew(self, request: federation_pb2.RenewRequest, context: Any) -> federation_pb2.RenewResponse:
        """A new certificate for a node that proves its signing key."""
        return await self._renewing.renew(request, peer_address(context))

    async def Exchange(self, request_iterator: Any, context: Any) -> None:  # type: ignore[override]  # reads and writes
        """Keep a node's stream."""
        peer = require_peer_node(context)
        await Session(self._core, peer, ServedLink(context, peer)).run()

    async def Publish(
        self, request: federation_pb2.PublishRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> federation_pb2.PublishResponse:
        """Admit events of a simple partner."""
        peer = require_peer_node(context)
        with self._core.call(peer):
            answers = await self._core.admit(peer, request.events, sound=True)
        return federation_pb2.PublishResponse(admissions=answers.admissions, outcomes=answers.outcomes)

    async def Fetch(
        self, request: federation_pb2.FetchRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> federation_pb2.FetchResponse:
        """A page of a channel."""
        peer = require_peer_node(context)
        channel = self._core.channel_of(peer, request.channel)
        with self._core.call(peer):
            page = await self._core.page_for(peer, channel, request.after_position, request.page_size or DEFAULT_PAGE)
        page.channel = request.channel
        return federation_pb2.FetchResponse(
            epoch=self._core.admitter.epoch,
            deliveries=page,
            head_position=self._core.heads.get(channel, 0),
        )

    async def ListLinks(
        self, request: federation_pb2.ListLinksRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> federation_pb2.ListLinksResponse:
        """How partners' links are."""
        return await list_links(self._core, require_peer_node(context), request.nodes)


class LogServicer(log_pb2_grpc.LogServicer):
    """The log's service: reads what the sealer has stored."""

    def __init__(self, core: GatewayCore, signer: CheckpointSigner) -> None:
        self._core = core
        self._public = signer.public_key

    async def GetCheckpoint(self, request: log_pb2.GetCheckpointRequest, context: Any) -> log_pb2.Checkpoint:
        """The newest checkpoint."""
        require_peer_node(context)
        signed = await self._core.database.run(log.latest, read_only=True)
        if signed is None:
            raise errors.NotFound(name="检查点 / checkpoint")
        said = checkpoints.read(signed.note)
        answer = log_pb2.Checkpoint(
            origin=said.origin,
            epoch=signed.epoch,
            tree_size=said.size,
            root=said.root,
            note=signed.note,
            checkpoint_key=federation_pb2.PublicKey(key_id=key_id_of(ED25519, self._public), public_key=self._public),
        )
        answer.sign_time.FromMicroseconds(signed.sign_time)
        return answer

    async def GetInclusionProof(
        self, request: log_pb2.GetInclusionProofRequest, context: Any
    ) -> log_pb2.InclusionProof:
        """A batch's path to the log's root."""
        require_peer_node(context)
        found = await self._core.database.run(
            lambda tx: log.include(tx, request.batch_id, request.tree_size), read_only=True
        )
        return log_pb2.InclusionProof(
            batch_id=request.batch_id,
            header=found.header,
            leaf_index=found.leaf_index,
            tree_size=found.size,
            path=found.path,
        )

    async def GetConsistencyProof(
        self, request: log_pb2.GetConsistencyProofRequest, context: Any
    ) -> log_pb2.ConsistencyProof:
        """That the log has only grown."""
        require_peer_node(context)
        first, second = request.first_size, request.second_size
        path = await self._core.database.run(lambda tx: log.consist(tx, first, second), read_only=True)
        return log_pb2.ConsistencyProof(first_size=first, second_size=second, path=path)
