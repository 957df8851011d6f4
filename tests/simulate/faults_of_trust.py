"""What happens between those who trust each other by rules: certificates end, keys change, agreements pause."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt

from google.protobuf.message import Message

from gateway.renewing import Renewing
from nodes.journal.drafts import Draft
from nodes.renewal import ask
from nodes.store import QUERIES as NODE
from tests.federation.whole import NodeRun
from tests.simulate.ground import Ground
from tests.simulate.hostile import attack
from tests.simulate.network import Wire
from tests.simulate.scene import agreement_of
from tongban import errors
from tongban.clock import SeededEntropy
from tongban.keys import NodeKeys
from tongban.registration import registration
from tongban.v1 import agreement_pb2, directory_pb2, federation_pb2, lifecycle_pb2

_PATIENCE = 1200
_TRIES = 24
_HONOUR = dt.timedelta(days=1)


def certificate_expired(ground: Ground) -> bool:
    """The gateway's door lets a node in no more until the node has renewed its certificate by itself.

    What goes over sockets in service is asked here in the same words: a challenge, the signature of the node's key of
    that moment, a certificate.  The pauses between its tries are the simulation's own.
    """
    region = ground.region()
    wire = ground.lines[region].wire
    if wire.refusal is not None:
        return False
    wire.refusal = errors.CertificateMissing()
    ground.lines[region].break_off()
    ground.tell(f"{region} certificate expired")
    ground.spawn(_renew(ground, region, wire, ground.chance.uniform(5.0, 40.0)))
    return True


async def _renew(ground: Ground, region: str, wire: Wire, pause: float) -> None:
    """Try until the gateway gives the certificate; one that it never gives is the operator's to mend."""
    entropy = SeededEntropy(round(pause * 1_000_000))
    for _ in range(_TRIES):
        await asyncio.sleep(pause)
        pause = entropy.uniform(5.0, 20.0)
        run, gateway, authority = ground.running(region), ground.federation.gateway, ground.federation.authority
        if run is None or gateway is None or authority is None:
            continue
        try:
            await ask(_Door(Renewing(gateway, authority, entropy), region), run.core.name, run.core.keys)
        except errors.TongbanError as error:
            ground.tell(f"{region} certificate not renewed: {error.reason()}")
            continue
        ground.tell(f"{region} renewed its certificate")
        break
    else:
        ground.tell(f"{region} given a certificate by the operator")
    wire.refusal = None


class _Door:
    """The gateway's joining port, as a node calls it."""

    def __init__(self, renewing: Renewing, region: str) -> None:
        self._renewing = renewing
        self._region = region

    async def begin(self, request: federation_pb2.BeginRenewalRequest) -> federation_pb2.BeginRenewalResponse:
        """A challenge."""
        return self._renewing.begin(request)

    async def renew(self, request: federation_pb2.RenewRequest) -> federation_pb2.RenewResponse:
        """A certificate."""
        return await self._renewing.renew(request, self._region)


def keys_rotated(ground: Ground) -> bool:
    """A node takes a new signing key: it names both, starts anew with the new one, and then drops the old one.

    In two steps, so that it works on with the old one until it starts anew: what waits then was signed before the last.
    """
    region = ground.region()
    if ground.running(region) is None or abs(ground.clocks[region].ahead) > dt.timedelta(minutes=2):
        return False
    ground.tell(f"{region} rotates its keys")
    ground.spawn(_rotate(ground, region))
    return True


async def _rotate(ground: Ground, region: str) -> None:
    name = f"nodes/{region}"
    old = ground.federation.keys[name]
    fresh = NodeKeys.generate(ground.federation.entropy)
    new = dataclasses.replace(old, signing=fresh.signing)
    both = {old.signing_key_id, new.signing_key_id}
    if not await _names(ground, region, (new, old), both):
        return
    ground.federation.keys[name] = new
    ground.kill(region)
    await _names(ground, region, (new,), {new.signing_key_id})


async def _names(ground: Ground, region: str, keys: tuple[NodeKeys, ...], wanted: set[str]) -> bool:
    """Let a node name these signing keys, and wait until the gateway knows them and everything is answered."""
    for _ in range(_PATIENCE):
        await asyncio.sleep(1.0)
        run, gateway = ground.running(region), ground.federation.gateway
        if run is None or gateway is None:
            continue
        known = gateway.admitter.directory.find(run.core.name)
        if known is not None and {k.key_id for k in known.keys if k.purpose == _SIGN} == wanted:
            if await _is_answered(run):
                return True
            continue
        try:
            state = await run.core.state(run.core.name)
            if {k.key_id for k in state.keys if k.purpose == _SIGN} != wanted:
                await _record(run, run.core.name, "node_keys_rotated", _rotated(ground, region, keys))
        except errors.TongbanError:
            continue
    return False


_SIGN = directory_pb2.KEY_PURPOSE_SIGN


def _rotated(ground: Ground, region: str, keys: tuple[NodeKeys, ...]) -> directory_pb2.NodeKeysRotated:
    now = ground.federation.clock.now()
    listed: dict[str, directory_pb2.NodeKey] = {}
    for each in keys:
        for key in registration(each, f"nodes/{region}", directory_pb2.NodeProfile(), now).keys:
            listed.setdefault(key.key_id, key)
    return directory_pb2.NodeKeysRotated(keys=listed.values())


async def _is_answered(run: NodeRun) -> bool:
    try:
        row = await run.core.database.look_up(lambda tx: tx.fetch_one(NODE.count_waiting))
    except errors.Unavailable:
        return False
    return row is not None and not row["events"]


async def _record(run: NodeRun, stream: str, body: str, content: Message) -> None:
    await run.core.record(run.staff().actor, lambda view: ([Draft(stream, body, content)], None))


def agreement_suspended(ground: Ground) -> bool:
    """A home suspends its agreement: nothing new is taken in for a while, and what was filed before goes on."""
    home = ground.chance.choice(ground.scene.shape.pairs)[1]
    if ground.running(home) is None:
        return False
    ground.tell(f"{home} suspends its agreement")
    ground.spawn(_suspend(ground, home, ground.chance.uniform(5.0, 40.0)))
    return True


async def _suspend(ground: Ground, home: str, seconds: float) -> None:
    now = ground.clocks[home].now()
    suspended = agreement_pb2.AgreementSuspended()
    suspended.effect_time.FromDatetime(now)
    suspended.honour_time.FromDatetime(now + _HONOUR)
    run = ground.running(home)
    if run is None:
        return
    with contextlib.suppress(errors.TongbanError):
        # A machine that died at its commit may have recorded it all the same.
        await _record(run, agreement_of(home), "agreement_suspended", suspended)
    await asyncio.sleep(seconds)
    for _ in range(_PATIENCE):
        run = ground.running(home)
        try:
            if run is not None and await _resumed(run, agreement_of(home)):
                return
        except errors.TongbanError:
            pass
        await asyncio.sleep(1.0)


async def _resumed(run: NodeRun, agreement: str) -> bool:
    """Whether the agreement is in force again; says so where it is not."""
    if run.core.recovering or not run.core.line.heads:
        # A machine that was put back may not know yet that it ever suspended anything.
        return False
    state = await run.core.state(agreement)
    if state.state == lifecycle_pb2.AGREEMENT_STATE_SUSPENDED:
        await _record(run, agreement, "agreement_resumed", agreement_pb2.AgreementResumed())
        return False
    return await _is_answered(run)


def hostile(ground: Ground) -> bool:
    """A node that is enrolled, and lies: see `tests.simulate.hostile`."""
    if ground.federation.gateway is None:
        return False
    ground.spawn(attack(ground))
    return True
