"""Joining: a one-time invitation, the node's own registration event, a certificate in return.

The invitation's secret is known to the gateway only by its digest.  The registration is an event like any other, signed
by the node's signing key, which its root key certifies within; it is admitted on the node's own stream.  The answer is
stored with the invitation, so the same request again (a lost answer, an impatient operator) gets the same answer, and
another registration under the same invitation is refused by name.
"""

from __future__ import annotations

import datetime as dt

from gateway.core import GatewayCore
from gateway.domain.checks import check_time
from gateway.store import QUERIES
from tongban import errors
from tongban.clock import Entropy
from tongban.ids import Collection, parse_name
from tongban.invitations import Invitation, new_secret, secret_digest
from tongban.journal import envelopes
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.local_numbers import node_code
from tongban.pki import Identity, issue_node, pem
from tongban.rejections import from_rejection
from tongban.signing import Verifier
from tongban.storage.base import Row, Transaction
from tongban.v1 import event_pb2, federation_pb2
from tongban.validation import bounded_unknown, check

INVITATION_DAYS = 7


RELAY_REGION = "relay"
"""The region of an invitation for a mailroom relay, alone or before a hyphen; no region has such a code."""


class Joining:
    """Invites and enrols nodes."""

    def __init__(self, core: GatewayCore, authority: Identity, entropy: Entropy) -> None:
        self._core = core
        self._authority = authority
        self._entropy = entropy

    async def invite(self, *, node: str, region: str, join_address: str, federation_address: str) -> Invitation:
        """Make an invitation for one node; it works once, within a week."""
        parse_name(node, Collection.NODES, "node")
        if node == GATEWAY_AUTHOR:
            # Who writes under this name may suspend any node.
            raise errors.NameInvalid(
                field="node", name=node, expected="节点自己的名称,不是网关的 (a name other than the gateway's own)"
            )
        if not region:
            raise errors.FieldInvalid(field="region", problem="不能为空", problem_en="it must not be empty")
        code = node_code(node.removeprefix("nodes/"))
        for other in self._core.admitter.directory.nodes():
            if other.name != node and node_code(other.name.removeprefix("nodes/")) == code:
                raise errors.AlreadyExists(field="node", name=f"{other.name} ({code})")
        now = self._core.clock.now()
        invitation = Invitation(
            node=node,
            region=region,
            join_address=join_address,
            federation_address=federation_address,
            gateway_name=self._core.name,
            secret=new_secret(self._entropy),
            expire_time=now + dt.timedelta(days=INVITATION_DAYS),
            ca_pem=self._authority.certificate_pem.decode("ascii"),
        )
        row = {
            "secret_digest": invitation.secret_digest,
            "node": node,
            "region": region,
            "create_time": _micros(now),
            "expire_time": _micros(invitation.expire_time),
        }
        await self._core.database.run(lambda tx: tx.execute(QUERIES.insert_invitation, row))
        return invitation

    async def join(self, request: federation_pb2.JoinRequest) -> federation_pb2.JoinResponse:
        """Enrol a node."""
        digest = secret_digest(request.secret)
        opened = envelopes.parse(request.registration, field="registration")
        invitation = await self._find(digest)
        if invitation["registration_digest"] == opened.digest and invitation["response"]:
            return federation_pb2.JoinResponse.FromString(invitation["response"])
        now = self._core.clock.now()
        if invitation["use_time"] is not None:
            raise errors.InvitationUsed(field="secret", used_time=_text(invitation["use_time"]))
        if _micros(now) >= invitation["expire_time"]:
            raise errors.InvitationExpired(field="secret", expire_time=_text(invitation["expire_time"]))
        event = opened.event
        check(event, where="registration.event")
        bounded_unknown(event, where="registration.event")
        if event.WhichOneof("body") != "node_registered":
            raise errors.FieldInvalid(
                field="registration.event.body", problem="须为节点接入 / it must be node_registered"
            )
        _check_invited(event, invitation)
        keys = {key.key_id: key.public_key for key in event.node_registered.keys}
        envelopes.verify(opened, Verifier(keys.get), field="registration")
        # A refusal by admission is final for an event, and a clock can be set right: so this is asked before.
        check_time(event, now, {}, self._core.admitter.epoch)
        certificate = issue_node(self._authority, request.certificate_request, event.author, self._entropy, now)
        answers = await self._core.admitter.admit([opened])
        outcome = answers.outcomes[0]
        if outcome.HasField("rejection"):
            raise from_rejection(outcome.rejection)
        response = federation_pb2.JoinResponse(
            certificate_pem=pem(certificate).decode("ascii"),
            authority_pem=self._authority.certificate_pem.decode("ascii"),
            epoch=self._core.admitter.epoch,
            receipt=outcome.receipt,
            admission=answers.admissions[0],
            receipt_key=self._core.receipt_keys[0],
        )
        row = {
            "secret_digest": digest,
            "use_time": _micros(now),
            "registration_digest": opened.digest,
            "response": response.SerializeToString(),
        }
        if not await self._core.database.run(lambda tx: tx.execute(QUERIES.use_invitation, row)):
            raise errors.InvitationUsed(field="secret", used_time=_text(_micros(now)))
        return response

    async def _find(self, digest: bytes) -> Row:
        def work(tx: Transaction) -> Row | None:
            return tx.fetch_one(QUERIES.get_invitation, {"secret_digest": digest})

        row = await self._core.database.run(work, read_only=True)
        if row is None:
            raise errors.InvitationInvalid(field="secret")
        return row


def _check_invited(event: event_pb2.Event, invitation: Row) -> None:
    """The node, its stream and its region are those of the invitation."""
    if event.author != invitation["node"]:
        raise errors.KeyOfAnotherNode(field="registration.event.author", author=event.author, peer=invitation["node"])
    found = {"stream": event.stream, "node_registered.profile.region": event.node_registered.profile.region}
    for path, invited in (("stream", event.author), ("node_registered.profile.region", invitation["region"])):
        # An invitation of before 0.1.0 does not say its region.
        if invited and found[path] != invited:
            raise errors.FieldInvalid(
                field=f"registration.event.{path}",
                problem=f"邀请写的是 {invited}",
                problem_en=f"the invitation says {invited}",
            )
    if event.node_registered.profile.relay != _is_for_relay(invitation["region"]):
        # Desks seal to a relay what a carrier must be told, names and telephone numbers: who is one, the operator says.
        raise errors.FieldInvalid(
            field="registration.event.node_registered.profile.relay",
            problem=f"中继须凭区划为 {RELAY_REGION} 的邀请加入,地区节点须凭其区划的邀请",
            problem_en=f"a relay joins by an invitation for the region {RELAY_REGION}, a region by one for its own",
        )


def _is_for_relay(region: str) -> bool:
    return region == RELAY_REGION or region.startswith(f"{RELAY_REGION}-")


def _micros(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _text(micros: int) -> str:
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC).isoformat(timespec="seconds")
