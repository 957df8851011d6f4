"""Renewing a node's certificate by proof of its signing key.

    BeginRenewal ──► challenge = time, MAC(node, time)           nothing is stored, nobody is looked up
    Renew        ──► tries of this address ─► challenge ─► signature ─► standing ─► request ─► used up ─► certificate

The caller has no certificate that counts: it ended while the node was away.  So nothing is believed but the signature
of the key that the directory knows, over a challenge of this gateway's that is fresh and was not used.

Promised: a certificate goes only to a node that is active, for the key in the request that it signed itself, against a
key that may sign today.  A challenge is good for `CHALLENGE`, at every replica (they share the authority's key), for
one node, and once: its time has to be later than that of the last one that the node used, and that is one row a node,
written before the answer leaves.  A node is renewed no more than once in `PAUSE`.

What can go wrong: the answer is lost; the node asks for another challenge after the pause, and the certificate that
was lost is for the same key.  Strangers knock: a challenge costs one MAC, and a signature is looked at only within the
tries of the address and behind a challenge that is good.  The gateway's clock was ahead and is set back: what was used
at a time that has not come is not held against the node.  The gateway recovers: who was suspended since the backup is
not known yet, so nobody is renewed until it has.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from google.protobuf.message import DecodeError

from gateway.core import GatewayCore
from gateway.store import QUERIES
from gateway.tries import Tries
from tongban import errors
from tongban.clock import Entropy
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.pae import pae
from tongban.pki import Identity, issue_node, pem
from tongban.renewal import verify_renewal
from tongban.retirement import Signing
from tongban.signing import Verifier
from tongban.storage.base import Row, Transaction
from tongban.v1 import federation_pb2
from tongban.validation import check

logger = logging.getLogger(__name__)

CHALLENGE = dt.timedelta(minutes=2)
SLACK = dt.timedelta(minutes=1)
"""By which the clocks of two replicas may differ."""
PAUSE = dt.timedelta(minutes=1)
BURST, SECONDS, CROWD = 10, 1.0, 20
"""Tries of one address at once, seconds until another one, and how many addresses may be as busy together."""

_CHALLENGE_TYPE = "application/vnd.tongban.renewal-challenge.v1"
_TIME_BYTES, _MAC_BYTES = 8, 32
_MICRO = dt.timedelta(microseconds=1)
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


class Renewing:
    """Renews certificates of nodes that have joined."""

    def __init__(self, core: GatewayCore, authority: Identity, entropy: Entropy) -> None:
        self._core = core
        self._authority = authority
        self._entropy = entropy
        secret = authority.key.private_numbers().private_value.to_bytes(32, "big")
        self._secret = HKDF(hashes.SHA256(), 32, None, _CHALLENGE_TYPE.encode("ascii")).derive(secret)
        self._tries = Tries(core.clock, burst=BURST, seconds=SECONDS, crowd=CROWD)
        self._verifier = Verifier(self._public_key, remembered=64)

    def begin(self, request: federation_pb2.BeginRenewalRequest) -> federation_pb2.BeginRenewalResponse:
        """A challenge for whoever is named; that it is no secret who has joined is not presumed."""
        now = self._core.clock.now()
        response = federation_pb2.BeginRenewalResponse(challenge=self._challenge(request.node, _micros(now)))
        response.expire_time.FromDatetime(now + CHALLENGE)
        return response

    async def renew(self, request: federation_pb2.RenewRequest, address: str) -> federation_pb2.RenewResponse:
        """A new certificate for the node that signed."""
        self._tries.take(address)
        self._core.admitter.check_recovered()
        renewal = _parse(request.renewal)
        now = self._core.clock.now()
        used = self._time_of(renewal, now)
        # The proof before the standing: a stranger is not told who is suspended.
        verify_renewal(request, self._verifier)
        if renewal.node == GATEWAY_AUTHOR:
            raise errors.NodeNotFound(field="renewal.node", name=renewal.node)
        self._core.admitter.directory.check_may_sign(
            request.signature.key_id, renewal.node, Signing.at(now, of_keys=True), field="signature.key_id"
        )
        certificate = issue_node(self._authority, renewal.certificate_request, renewal.node, self._entropy, now)
        await self._core.database.run(lambda tx: _use(tx, renewal.node, used, now))
        logger.info("certificate of %s renewed until %s", renewal.node, certificate.not_valid_after_utc.date())
        return federation_pb2.RenewResponse(certificate_pem=pem(certificate).decode("ascii"))

    def _public_key(self, key_id: str) -> bytes | None:
        return self._core.admitter.directory.public_key(key_id)

    def _challenge(self, node: str, micros: int) -> bytes:
        when = micros.to_bytes(_TIME_BYTES, "big")
        return when + hmac.digest(self._secret, pae(_CHALLENGE_TYPE, when + node.encode("utf-8")), "sha256")

    def _time_of(self, renewal: federation_pb2.Renewal, now: dt.datetime) -> int:
        """When the challenge was made, if it was made here, for this node, and not long ago."""
        micros = int.from_bytes(renewal.challenge[:_TIME_BYTES], "big")
        if len(renewal.challenge) != _TIME_BYTES + _MAC_BYTES or not hmac.compare_digest(
            renewal.challenge, self._challenge(renewal.node, micros)
        ):
            raise _invalid("不是本网关发给该节点的", "it is not this gateway's for this node")
        age = now - (_EPOCH + micros * _MICRO)
        if not -SLACK <= age <= CHALLENGE:
            raise _invalid("已过期", "it has expired")
        return micros


def _parse(payload: bytes) -> federation_pb2.Renewal:
    try:
        renewal = federation_pb2.Renewal.FromString(payload)
    except DecodeError as error:
        raise errors.MessageMalformed(field="renewal", problem="不是换发请求 / it is no Renewal") from error
    check(renewal, where="renewal")
    return renewal


def _use(tx: Transaction, node: str, used: int, now: dt.datetime) -> None:
    """Use the challenge up; who comes second, or too soon, is told so."""
    row = {
        "node": node,
        "challenge_time": used,
        "renew_time": _micros(now),
        "before": _micros(now - PAUSE),
        "future": _micros(now + CHALLENGE),
    }
    if tx.execute(QUERIES.use_challenge, row):
        return
    last = tx.fetch_one(QUERIES.get_renewal, {"node": node})
    raise _refusal(last, used, now)


def _refusal(last: Row | None, used: int, now: dt.datetime) -> errors.TongbanError:
    if last is not None and last["challenge_time"] < used:
        wait = max((last["renew_time"] - _micros(now - PAUSE)) / 1_000_000, 1.0)
        error = errors.Overloaded(retry=f"{wait:.0f}")
        error.retry_seconds = wait
        return error
    return _invalid("已使用过", "it was used before")


def _invalid(problem: str, problem_en: str) -> errors.RenewalChallengeInvalid:
    return errors.RenewalChallengeInvalid(field="renewal.challenge", problem=problem, problem_en=problem_en)


def _micros(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // _MICRO
