"""Joining a federation: make keys, register, receive a certificate.

    home/keys/       root, signing, sealing and TLS keys, made here, never leave
    home/tls/        the certificate that the gateway gave, and its CA
    home/node.json   settings

The registration is recorded in the node's own journal first, like everything a node does, and then sent with the
invitation.  A join that was interrupted is simply run again: the keys and the event are the same, and so is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from nodes.core import NodeCore
from nodes.journal.drafts import Actor, Draft
from nodes.settings import NodeSettings, save
from nodes.store import MIGRATIONS, QUERIES
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.invitations import Invitation
from tongban.keys import NodeKeys
from tongban.lifecycle.table import SUPPORTED_LIFECYCLE_VERSIONS
from tongban.pki import make_request, node_of_certificate, parse_certificate
from tongban.private_files import write_file
from tongban.registration import registration
from tongban.rpc.client import ClientTls, call_idempotent, open_channel
from tongban.serving import unusable_home
from tongban.storage.base import Transaction
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database
from tongban.v1 import directory_pb2, envelope_pb2, federation_pb2, federation_pb2_grpc
from tongban.validation import check

OWN_KEY = "key.pem"
"""The TLS key that belongs to a certificate which the node brought itself."""


def profile(
    *,
    region: str,
    title: str,
    time_zone: str = "Asia/Shanghai",
    posts: Sequence[directory_pb2.PostEntry],
    abroad: bool = False,
    superior: str = "",
    relay: bool = False,
) -> directory_pb2.NodeProfile:
    """What a node says of itself; `superior` is the node whose mandates bind it."""
    return directory_pb2.NodeProfile(
        region=region,
        title=title,
        time_zone=time_zone,
        posts=posts,
        lifecycle_versions=SUPPORTED_LIFECYCLE_VERSIONS,
        abroad=abroad,
        superior=superior,
        relay=relay,
    )


async def record_registration(core: NodeCore, content: directory_pb2.NodeProfile) -> envelope_pb2.SignedEvent:
    """Record the registration in the node's journal, once, and give it as it travels."""

    def read(tx: Transaction) -> envelope_pb2.SignedEvent | None:
        rows = tx.fetch_all(QUERIES.list_history, {"stream": core.name})
        if not rows:
            return None
        wire = envelope_pb2.SignedEvent()
        wire.envelope.ParseFromString(rows[0]["envelope"])
        return wire

    made = await core.database.run(read, read_only=True)
    if made is not None:
        return made
    draft = Draft(core.name, "node_registered", registration(core.keys, core.name, content, core.clock.now()))
    await core.record(Actor(), lambda view: ([draft], None))
    made = await core.database.run(read, read_only=True)
    assert made is not None
    return made


async def join(
    home: Path,
    invitation: Invitation,
    content: directory_pb2.NodeProfile,
    clock: Clock,
    entropy: Entropy,
    kind: type[NodeSettings] = NodeSettings,
) -> NodeSettings:
    """Join; the settings, of this kind, of the node that has joined."""
    invitation.check_time(clock.now())
    if content.region != invitation.region:
        raise errors.FieldInvalid(
            field="region", problem=f"邀请是给 {invitation.region} 的 / the invitation is for {invitation.region}"
        )
    # Before anything is made: a registration that was recorded is sent as it is, however often this is run again.
    check(content, where="profile")
    for zone, path in _zones(content):
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):
            raise errors.FieldInvalid(
                field=path, problem=f"没有时区“{zone}”,应如 Asia/Shanghai", problem_en=f"there is no time zone {zone}"
            ) from None
    try:
        keys = _own_keys(home, entropy)
    except OSError as error:
        raise unusable_home(home, error) from error
    settings = kind(
        home=home,
        name=invitation.node,
        federation_address=invitation.federation_address,
        join_address=invitation.join_address,
    )
    database = await open_database(settings.database_url)
    try:
        await migrate(database, MIGRATIONS, now_micros=round(clock.now().timestamp() * 1_000_000))
        core = NodeCore(name=invitation.node, database=database, keys=keys, clock=clock, entropy=entropy)
        await core.start()
        wire = await record_registration(core, content)
        response = await _ask(invitation, keys, wire)
        key = response.receipt_key
        await core.set(**{f"receipt_key/{key.key_id}": key.public_key.hex()}, epoch=str(response.epoch))
    finally:
        await database.close()
    _store(settings, response)
    return settings


def _zones(content: directory_pb2.NodeProfile) -> list[tuple[str, str]]:
    posts = [(post.time_zone, f"profile.posts[{place}].time_zone") for place, post in enumerate(content.posts)]
    return [(content.time_zone, "profile.time_zone"), *posts]


def bring_certificate(settings: NodeSettings, certificate_pem: bytes, key_pem: bytes) -> None:
    """Use a certificate of another authority that the gateway's operator trusts, instead of the gateway's own."""
    certificate = parse_certificate(certificate_pem)
    named = node_of_certificate(certificate_pem)
    if named != settings.name:
        raise errors.KeyOfAnotherNode(field="certificate", author=settings.name, peer=named)
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise errors.ConfigurationInvalid(field="key", problem="不是未加密的 PEM 私钥 / not a plain PEM key") from error
    if key.public_key() != certificate.public_key():
        raise errors.ConfigurationInvalid(field="key", problem="与证书不配 / does not belong to the certificate")
    tls = settings.home / "tls"
    write_file(tls / OWN_KEY, key_pem)
    write_file(tls / "certificate.pem", certificate_pem)


def _own_keys(home: Path, entropy: Entropy) -> NodeKeys:
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "keys").exists():
        NodeKeys.generate(entropy).store(home / "keys")
    return NodeKeys.load(home / "keys")


def _store(settings: NodeSettings, response: federation_pb2.JoinResponse) -> None:
    tls = settings.home / "tls"
    tls.mkdir(mode=0o700, exist_ok=True)
    write_file(tls / "certificate.pem", response.certificate_pem.encode("ascii"))
    write_file(tls / "authority.pem", response.authority_pem.encode("ascii"))
    save(settings)


async def _ask(invitation: Invitation, keys: NodeKeys, wire: envelope_pb2.SignedEvent) -> federation_pb2.JoinResponse:
    channel = open_channel(invitation.join_address, ClientTls(invitation.ca_pem.encode("ascii")))
    try:
        stub = federation_pb2_grpc.FederationStub(channel)
        request = federation_pb2.JoinRequest(
            secret=invitation.secret,
            certificate_request=make_request(keys.tls, invitation.node),
            registration=wire,
        )
        return await call_idempotent(stub.Join, request, peer=invitation.join_address)
    except errors.Unavailable as error:
        address = invitation.join_address
        raise errors.Unavailable.quoted(
            errors.Unavailable.reason(),
            f"连不上网关 {address},尚未加入。请核对邀请中的地址和网络,然后原样再运行一次。",
            f"The gateway at {address} cannot be reached; nothing was joined. Check the address, then run this again.",
        ) from error
    finally:
        await channel.close(None)
