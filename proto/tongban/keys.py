"""A participant's own keys, and the statements by which its root key vouches for the others.

Four keys, made where they are used and never sent anywhere:

    root      Ed25519   certifies the working keys and nothing else; agreements pin its fingerprint
    signing   Ed25519   signs events and scans (`tongban.signing`)
    sealing   X25519    opens what was sealed to this node (`tongban.sealing`)
    tls       P-256     proves the connection; its certificate comes from the gateway (`tongban.pki`)

A gateway hands out other nodes' working keys and could hand out its own in their place.  So a working key
counts only with a `KeyStatement` (owner, key, purpose, validity) signed by the owner's root, and the root's
fingerprint is what two parties compare by voice when they sign an agreement.  The root signs

    pae("application/vnd.tongban.key-statement.v1", statement_bytes)

where the statement is seven lines of text, readable to a person and rebuilt alike by any language.

Promised: generating takes all randomness from the injected `Entropy`, so a simulated node has the same keys
in every run; keys are stored in one step in a directory of their own (0700, files 0600), never overwritten
and never printed.  What can go wrong: a file missing, open to others, cut off or of the wrong kind, each a
`ConfigurationInvalid` that names it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tongban.clock import Entropy
from tongban.errors import (
    ConfigurationInvalid,
    FieldInvalid,
    KeyNotActive,
    MessageMalformed,
    SignatureInvalid,
)
from tongban.pae import pae
from tongban.private_files import create_private_directory, read_private
from tongban.signing import ED25519, X25519, Ed25519Algorithm, Signer, algorithm_of, key_id_of

KEY_STATEMENT_TYPE = "application/vnd.tongban.key-statement.v1"
ROOT_FILE, SIGNING_FILE, SEALING_FILE, TLS_FILE = "root.pem", "signing.pem", "sealing.pem", "tls.pem"

Purpose = Literal["sign", "seal"]

_FIRST_LINE = "tongban key statement 1"
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# What a key of a known algorithm is for, and how long it is; others are left to whoever adds them.
_KNOWN: dict[str, tuple[Purpose, int]] = {ED25519: ("sign", 32), X25519: ("seal", 32)}


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The four private keys of one participant."""

    root: Ed25519PrivateKey = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)
    sealing: X25519PrivateKey = field(repr=False)
    tls: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def generate(cls, entropy: Entropy) -> NodeKeys:
        """Fresh keys from this source of chance."""
        return cls(
            root=Ed25519PrivateKey.from_private_bytes(entropy.token(32)),
            signing=Ed25519PrivateKey.from_private_bytes(entropy.token(32)),
            sealing=X25519PrivateKey.from_private_bytes(entropy.token(32)),
            tls=generate_tls_key(entropy),
        )

    @classmethod
    def load(cls, directory: Path) -> NodeKeys:
        """The keys stored in a directory."""
        return cls(
            root=_ed25519(directory / ROOT_FILE),
            signing=_ed25519(directory / SIGNING_FILE),
            sealing=_x25519(directory / SEALING_FILE),
            tls=load_tls_key(directory / TLS_FILE),
        )

    def store(self, directory: Path) -> None:
        """Write the keys into a new directory, all or none; one that holds anything is refused."""
        create_private_directory(
            directory,
            {
                ROOT_FILE: private_pem(self.root),
                SIGNING_FILE: private_pem(self.signing),
                SEALING_FILE: private_pem(self.sealing),
                TLS_FILE: private_pem(self.tls),
            },
        )

    @property
    def root_public(self) -> bytes:
        """The raw public root key."""
        return self.root.public_key().public_bytes_raw()

    @property
    def signing_public(self) -> bytes:
        """The raw public signing key."""
        return self.signing.public_key().public_bytes_raw()

    @property
    def sealing_public(self) -> bytes:
        """The raw public sealing key."""
        return self.sealing.public_key().public_bytes_raw()

    @property
    def signing_key_id(self) -> str:
        """The id under which events are signed."""
        return key_id_of(ED25519, self.signing_public)

    @property
    def sealing_key_id(self) -> str:
        """The id to which grants are sealed."""
        return key_id_of(X25519, self.sealing_public)

    @property
    def fingerprint(self) -> str:
        """The root key's fingerprint."""
        return fingerprint(self.root_public)

    def signer(self) -> Signer:
        """A signer with the signing key."""
        return Signer(self.signing_key_id, self.signing)

    def statements(self, owner: str, not_before: dt.datetime, not_after: dt.datetime) -> list[KeyStatement]:
        """What the root has to certify for a node that joins: its signing and its sealing key."""
        return [
            KeyStatement(owner, self.signing_key_id, "sign", self.signing_public, not_before, not_after),
            KeyStatement(owner, self.sealing_key_id, "seal", self.sealing_public, not_before, not_after),
        ]


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """The root's word on one working key: whose it is, what for, and from when until when (exclusive).

    A statement that breaks a rule cannot be built: the owner is one printable word, the key id is that of the
    key, a known algorithm serves its own purpose only, and times are aware and in order.
    """

    owner: str
    key_id: str
    purpose: Purpose
    public: bytes
    not_before: dt.datetime
    not_after: dt.datetime

    def __post_init__(self) -> None:
        algorithm = algorithm_of(self.key_id)
        purpose, size = _KNOWN.get(algorithm, (self.purpose, len(self.public)))
        if not self.owner or not self.owner.isprintable() or " " in self.owner:
            raise FieldInvalid(field="owner", problem="须为一个可见的词 (must be one printable word)")
        if self.purpose not in get_args(Purpose) or self.purpose != purpose:
            raise FieldInvalid(field="purpose", problem=f"{algorithm} 密钥用途不符 (not for {self.purpose})")
        if not algorithm.isalnum() or len(self.public) != size:
            raise FieldInvalid(field="public", problem=f"不是 {algorithm} 公钥 (not such a public key)")
        if key_id_of(algorithm, self.public) != self.key_id:
            raise FieldInvalid(field="key_id", problem="与公钥不符 (not the id of this public key)")
        if self.not_before.tzinfo is None or self.not_after.tzinfo is None:
            raise FieldInvalid(field="not_before", problem="须带时区 (must carry a time zone)")
        if self.not_before >= self.not_after:
            raise FieldInvalid(field="not_after", problem="须晚于起始时间 (must be after not_before)")

    def statement_bytes(self) -> bytes:
        """The statement as signed: seven lines, each ended by a newline, times in UTC to the microsecond."""
        lines = (
            _FIRST_LINE,
            f"owner {self.owner}",
            f"key {self.key_id}",
            f"purpose {self.purpose}",
            f"public {base64.b64encode(self.public).decode('ascii')}",
            f"from {_instant(self.not_before)}",
            f"until {_instant(self.not_after)}",
        )
        return "".join(f"{line}\n" for line in lines).encode("utf-8")

    @classmethod
    def parse(cls, data: bytes) -> KeyStatement:
        """The statement that these bytes are, and only these: what would be written otherwise is refused."""
        try:
            first, *lines = data.decode("utf-8").split("\n")
            owner, key_id, purpose, public, start, end = (line.split(" ")[1] for line in lines[:-1])
            if first != _FIRST_LINE or purpose not in get_args(Purpose):
                raise ValueError("not a key statement")
            statement = cls(
                owner,
                key_id,
                "sign" if purpose == "sign" else "seal",
                base64.b64decode(public, validate=True),
                dt.datetime.fromisoformat(start),
                dt.datetime.fromisoformat(end),
            )
            if statement.statement_bytes() != data:
                raise ValueError("not in the one form that is signed")
        except (ValueError, IndexError, OverflowError) as error:
            raise MessageMalformed(field="statement", problem=str(error)) from error
        return statement

    def check_active(self, at: dt.datetime) -> None:
        """Return if the key may be used at this moment, else raise `KeyNotActive`."""
        if at < self.not_before:
            raise KeyNotActive(field="key_id", key=self.key_id, state="未到生效时间 (not yet valid)")
        if at >= self.not_after:
            raise KeyNotActive(field="key_id", key=self.key_id, state="已过期 (expired)")


def certify(root: Ed25519PrivateKey, statement: KeyStatement) -> bytes:
    """The root's signature over a statement."""
    return root.sign(pae(KEY_STATEMENT_TYPE, statement.statement_bytes()))


def verify_statement(root_public: bytes, statement: KeyStatement, signature: bytes) -> None:
    """Return if this root signed this statement; when it holds is `check_active`'s to say."""
    message = pae(KEY_STATEMENT_TYPE, statement.statement_bytes())
    if not Ed25519Algorithm().verify(root_public, signature, message):
        raise SignatureInvalid(field="statement", key=key_id_of(ED25519, root_public))


def fingerprint(root_public: bytes) -> str:
    """SHA-256 of a root key in hex, in groups of four: read aloud to compare, and pinned by agreements."""
    text = hashlib.sha256(root_public).hexdigest()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def generate_tls_key(entropy: Entropy) -> ec.EllipticCurvePrivateKey:
    """A P-256 key from this source of chance; 128 spare bits keep the choice even (FIPS 186-5, A.2.1)."""
    secret = int.from_bytes(entropy.token(48), "big") % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(secret, ec.SECP256R1())


def load_tls_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 key in a private file."""
    key = _load_private(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _wrong_kind(path, "P-256")
    return key


def load_signing_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in a private file."""
    return _ed25519(path)


def private_pem(key: PrivateKeyTypes) -> bytes:
    """A private key as PKCS8 PEM without a passphrase: the file's permissions guard it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load_private(path: Path) -> PrivateKeyTypes:
    data = read_private(path)
    try:
        return serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationInvalid(
            field=str(path), problem="不是完整的私钥文件,请从备份恢复 (not a whole private key; restore it)"
        ) from error


def _ed25519(path: Path) -> Ed25519PrivateKey:
    key = _load_private(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise _wrong_kind(path, "Ed25519")
    return key


def _x25519(path: Path) -> X25519PrivateKey:
    key = _load_private(path)
    if not isinstance(key, X25519PrivateKey):
        raise _wrong_kind(path, "X25519")
    return key


def _wrong_kind(path: Path, expected: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(field=str(path), problem=f"应为 {expected} 私钥 (must be a {expected} key)")


def _instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
