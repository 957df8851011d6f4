"""Staff passwords and session tokens.

A password is kept only as scrypt (RFC 7914) over it and its own salt, with the parameters in the stored
string, so that they can be raised later and old ones still verify:

    scrypt$ln=15,r=8,p=3$<salt, base64>$<hash, base64>

By default a guess costs 32 MiB and a large part of a second, so `hash_password` and `verify_password` MUST
run in a worker thread, never on an event loop.  A password is normalised (NFKC) first: an input method that
is set to full-width digits types the same password.

Sign-in for a name that does not exist should cost as much as for one that does: verify against `DECOY`,
which no password opens.

A session token is 32 random bytes shown once to the browser; the store keeps its digest only, so that a
copied database lets nobody in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

from tongban.clock import Entropy
from tongban.errors import Damaged, FieldInvalid

MAX_PASSWORD_BYTES = 1024
_SALT, _HASH = 16, 32
_STORED = re.compile(r"scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})")
# No stored string may make the process spend more than this, whoever wrote it.
_MEMORY_LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What a guess costs: 128 * r * 2**ln bytes of memory, p times over."""

    ln: int = 15
    r: int = 8
    p: int = 3

    def __post_init__(self) -> None:
        in_range = 1 <= self.ln <= 20 and 1 <= self.r <= 32 and 1 <= self.p <= 16
        if not in_range or self.memory > _MEMORY_LIMIT:
            raise ValueError(f"scrypt parameters out of range: {self}")

    @property
    def memory(self) -> int:
        """Bytes of memory that one hash takes."""
        return 128 * self.r * ((1 << self.ln) + self.p)


DEFAULT_COST = Cost()
DECOY = f"scrypt$ln=15,r=8,p=3${'A' * 22}${'A' * 43}"


def hash_password(password: str, entropy: Entropy, cost: Cost = DEFAULT_COST) -> str:
    """The string to store for a password."""
    salt = entropy.token(_SALT)
    prepared = _prepare(password)
    if not prepared or len(prepared) > MAX_PASSWORD_BYTES:
        raise FieldInvalid(field="password", problem="不能为空或过长 (empty or too long)")
    return _format(cost, salt, _scrypt(prepared, salt, cost))


def verify_password(password: str, stored: str) -> bool:
    """Whether this is the password, in time that does not depend on how nearly it is.

    A stored string that is not one of ours is `Damaged`, never a mere no.
    """
    cost, salt, expected = _parse(stored)
    prepared = _prepare(password)
    if len(prepared) > MAX_PASSWORD_BYTES:
        return False
    return hmac.compare_digest(_scrypt(prepared, salt, cost), expected)


def needs_rehash(stored: str, cost: Cost = DEFAULT_COST) -> bool:
    """Whether the string was made with other parameters; hash anew after the next sign-in."""
    return _parse(stored)[0] != cost


def session_token(entropy: Entropy) -> str:
    """A new token for a cookie: 32 random bytes, base64url."""
    return base64.urlsafe_b64encode(entropy.token(32)).rstrip(b"=").decode("ascii")


def session_digest(token: str) -> bytes:
    """What the store keeps of a token, and looks sessions up by."""
    return hashlib.sha256(b"tongban/v1/session\x00" + token.encode("utf-8", "surrogatepass")).digest()


def _prepare(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _scrypt(password: bytes, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        password,
        salt=salt,
        n=1 << cost.ln,
        r=cost.r,
        p=cost.p,
        maxmem=cost.memory + 1024 * 1024,
        dklen=_HASH,
    )


def _parse(stored: str) -> tuple[Cost, bytes, bytes]:
    match = _STORED.fullmatch(stored)
    if match is None:
        raise Damaged(what="stored password")
    ln, r, p, salt_text, expected_text = match.groups()
    try:
        cost = Cost(int(ln), int(r), int(p))
    except ValueError as error:
        raise Damaged(what="stored password") from error
    salt, expected = base64.b64decode(salt_text + "=="), base64.b64decode(expected_text + "=")
    # The last character has bits to spare, which decoding ignores and we never set.
    if _format(cost, salt, expected) != stored:
        raise Damaged(what="stored password")
    return cost, salt, expected


def _format(cost: Cost, salt: bytes, hashed: bytes) -> str:
    return f"scrypt$ln={cost.ln},r={cost.r},p={cost.p}${_text(salt)}${_text(hashed)}"


def _text(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode("ascii")
