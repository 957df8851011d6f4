"""Invitations: the one line of text with which a node joins, once.

The gateway's operator makes an invitation for a node and hands it over outside the system (on paper, by a
messenger).  It holds all that a joining node needs to know and to trust: where to dial, the authority's
certificate to check the gateway by, and a secret of 32 random bytes that works once.

    tongban-invite-1.<base64url without padding of: SHA-256(body)[:8] || body>

where the body is JSON with sorted keys and no spaces.  The eight bytes are no protection against a forger
(the secret is), only against a slip: a line that was cut off, mistyped or changed by a mail program is
refused as such before anything is dialled.  Line breaks and spaces that a mail program put in are forgiven.

The gateway keeps `secret_digest` only; a copied database invites nobody.  A digest without stretching will
do, because 32 random bytes cannot be guessed.  What can go wrong: `InvitationInvalid` (not one, or damaged)
and `InvitationExpired`; `InvitationUsed` is the gateway's to say.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field

from tongban.clock import Entropy
from tongban.errors import InvitationExpired, InvitationInvalid

PREFIX = "tongban-invite-1."
SECRET_SIZE = 32
MAX_TEXT = 16 * 1024
_CHECKSUM = 8
_TEXTS = ("node", "region", "join_address", "federation_address", "gateway_name", "ca_pem")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a joining node is told.  Times are aware; the secret is never printed."""

    node: str
    region: str
    join_address: str
    federation_address: str
    gateway_name: str
    secret: bytes = field(repr=False)
    expire_time: dt.datetime
    ca_pem: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_SIZE or self.expire_time.tzinfo is None:
            raise InvitationInvalid(field="invitation")

    def encode(self) -> str:
        """The one line."""
        body = self._body()
        text = base64.urlsafe_b64encode(_checksum(body) + body).rstrip(b"=").decode("ascii")
        return PREFIX + text

    @classmethod
    def decode(cls, text: str) -> Invitation:
        """The invitation that a line holds; anything that `encode` would not have written is refused."""
        line = "".join(text.split())
        try:
            if len(line) > MAX_TEXT or not line.startswith(PREFIX):
                raise ValueError("not an invitation")
            coded = line.removeprefix(PREFIX)
            data = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
            body = data[_CHECKSUM:]
            if data[:_CHECKSUM] != _checksum(body):
                raise ValueError("checksum")
            invitation = cls._of(json.loads(body))
            if invitation.encode() != line:
                raise ValueError("another form")
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError, binascii.Error) as error:
            # Not chained: the error's words may quote the secret.
            raise InvitationInvalid(field="invitation", problem=type(error).__name__) from None
        return invitation

    def check_time(self, now: dt.datetime) -> None:
        """Return if the invitation can still be used at this moment."""
        if now >= self.expire_time:
            raise InvitationExpired(field="invitation", expire_time=self.expire_time.isoformat())

    @property
    def secret_digest(self) -> bytes:
        """What the gateway stores and looks the invitation up by."""
        return secret_digest(self.secret)

    def _body(self) -> bytes:
        content = {name: getattr(self, name) for name in _TEXTS}
        content["secret"] = base64.b64encode(self.secret).decode("ascii")
        content["expire_time"] = self.expire_time.astimezone(dt.UTC).isoformat(timespec="microseconds")
        return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def _of(cls, content: object) -> Invitation:
        if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
            raise ValueError("not an object of texts")
        texts = {name: str(content[name]) for name in _TEXTS}
        return cls(
            node=texts["node"],
            region=texts["region"],
            join_address=texts["join_address"],
            federation_address=texts["federation_address"],
            gateway_name=texts["gateway_name"],
            secret=base64.b64decode(str(content["secret"]), validate=True),
            expire_time=dt.datetime.fromisoformat(str(content["expire_time"])),
            ca_pem=texts["ca_pem"],
        )


def new_secret(entropy: Entropy) -> bytes:
    """A fresh secret for one invitation."""
    return entropy.token(SECRET_SIZE)


def secret_digest(secret: bytes) -> bytes:
    """The digest under which a gateway knows an invitation's secret."""
    return hashlib.sha256(b"tongban/v1/invitation\x00" + secret).digest()


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECKSUM]
