"""What stands in the QR of a printed agreement, and how it is checked with nothing but the paper.

The printing node signs a statement: which agreement, version and digest, where it stood, how many had signed, when
this was.  Beside it travel its signing key, that key's certificate by its root, and the root itself, so a reader
checks the whole chain and then compares one thing by eye: the root's fingerprint, which the text pins for each party.
Where they fit, the parties' own signing events stand in the QR too; then it proves the agreement and not only the
printing node's word.

The text of a QR is `TBA1:` and base32 (RFC 4648, no padding) of a `PrintedAgreement`: capital letters and digits
alone, which a QR packs densest and a shell takes as they are.

A QR holds 2,953 bytes in theory; what a telephone reads from paper is less.  `FITS` is what a code of 60 mm holds
with modules of 0.45 mm.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from agreements.domain.certificates import Flaw, Signed, said
from tongban import errors
from tongban.journal.envelopes import EVENT_PAYLOAD_TYPE
from tongban.keys import KeyStatement, verify_statement
from tongban.pae import pae
from tongban.retirement import Signing, in_dates
from tongban.signing import ED25519, Ed25519Algorithm, TreeSignature, Verifier, key_id_of
from tongban.v1 import directory_pb2, event_pb2, proof_pb2
from tongban.validation import check

STATEMENT_TYPE: Final = "application/vnd.tongban.print-statement.v1"
PREFIX: Final = "TBA1:"
FITS: Final = 2200
"""Characters of a QR that prints and scans well; parties' signatures that do not fit are left out."""

_LONGEST: Final = 4296


@dataclass(frozen=True, slots=True)
class Print:
    """What a QR proves."""

    statement: proof_pb2.PrintStatement
    key_id: str
    roots: dict[str, bytes]
    """The root key of each owner of a key, raw."""
    signed: tuple[tuple[str, dt.datetime], ...]
    """The parties whose own signatures are in the QR, and when they signed."""
    flaws: tuple[Flaw, ...]


def key_of(owner: str, root: bytes, entry: directory_pb2.NodeKey) -> proof_pb2.CertifiedKey:
    """A key as a QR carries it."""
    return proof_pb2.CertifiedKey(
        owner=owner,
        root_public_key=root,
        public_key=entry.public_key,
        valid_from_time=entry.valid_from_time,
        valid_until_time=entry.valid_until_time,
        root_signature=entry.root_signature,
    )


def make(
    statement: proof_pb2.PrintStatement,
    key: proof_pb2.CertifiedKey,
    sign: Callable[[bytes], bytes],
    parties: Sequence[Signed] = (),
) -> proof_pb2.PrintedAgreement:
    """The QR's content, with the parties' signatures where all of them fit."""
    raw = statement.SerializeToString(deterministic=True)
    alone = proof_pb2.PrintedAgreement(statement=raw, signature=sign(pae(STATEMENT_TYPE, raw)), keys=[key])
    with_parties = _with(alone, parties)
    return with_parties if with_parties is not None and len(to_text(with_parties)) <= FITS else alone


def to_text(printed: proof_pb2.PrintedAgreement) -> str:
    """The text of the QR."""
    raw = printed.SerializeToString(deterministic=True)
    return PREFIX + base64.b32encode(raw).decode("ascii").rstrip("=")


def from_text(text: str) -> proof_pb2.PrintedAgreement:
    """The content of a QR's text, as a scanner gives it; refused where it is none."""
    packed = "".join(text.split()).upper()
    if len(packed) > _LONGEST:
        raise errors.MessageTooLarge(field="qr", size=len(packed), limit=_LONGEST)
    if not packed.startswith(PREFIX):
        raise errors.MessageMalformed(
            field="qr", problem=f"不是协议打印件的二维码(应以 {PREFIX} 开头)", problem_en=f"it must begin with {PREFIX}"
        )
    body = packed[len(PREFIX) :]
    printed = proof_pb2.PrintedAgreement()
    try:
        printed.ParseFromString(base64.b32decode(body + "=" * (-len(body) % 8)))
    except (binascii.Error, ValueError, DecodeError):
        raise errors.MessageMalformed(
            field="qr", problem="内容不完整或有误", problem_en="cut off, or misread"
        ) from None
    check(printed, where="qr", refuse_unknown=True)
    if to_text(printed) != packed:
        raise errors.MessageMalformed(
            field="qr", problem="不是规定的写法", problem_en="not in the one form that is written"
        )
    return printed


def verify(printed: proof_pb2.PrintedAgreement) -> Print:
    """Check a QR's content by itself; an error where not even its statement can be read."""
    statement = proof_pb2.PrintStatement()
    try:
        statement.ParseFromString(printed.statement)
    except DecodeError:
        raise errors.MessageMalformed(
            field="qr.statement", problem="不是打印声明", problem_en="not a statement"
        ) from None
    check(statement, where="qr.statement", refuse_unknown=True)
    flaws: list[Flaw] = []
    for place, key in enumerate(printed.keys):
        _check_key(key, f"qr.keys[{place}]", flaws)
    owner, public = printed.keys[0].owner, printed.keys[0].public_key
    if owner != statement.printer:
        zh = f"声明由 {statement.printer} 作出,密钥却属于 {owner}"
        flaws.append(Flaw("qr.keys[0]", zh, f"{statement.printer} states it, and the key is {owner}'s", owner))
    if not Ed25519Algorithm().verify(public, printed.signature, pae(STATEMENT_TYPE, printed.statement)):
        zh, en = "打印方的签名验证不通过,内容可能被改动", "the printing node's signature does not verify"
        flaws.append(Flaw("qr.signature", zh, en, statement.printer))
    _check_dates(printed.keys[0], statement.print_time.ToDatetime(dt.UTC), "qr.statement.print_time", flaws)
    signed = [_party(printed, place, statement, flaws) for place in range(len(printed.signatures))]
    there = [each for each in signed if each is not None]
    if len({node for node, _ in there}) != len(there):
        flaws.append(Flaw("qr.signatures", "同一方的签署出现两次", "a party is there twice", statement.printer))
    if printed.signatures and len(there) != statement.signature_count:
        zh = f"声明称有 {statement.signature_count} 份签署,二维码中有效的为 {len(there)} 份"
        en = f"{statement.signature_count} signatures are stated, {len(there)} are good"
        flaws.append(Flaw("qr.signatures", zh, en, statement.printer))
    used = {0, *(entry.key for entry in printed.signatures)}
    if used != set(range(len(printed.keys))):
        flaws.append(Flaw("qr.keys", "有无关的密钥", "there is a key that nothing uses", statement.printer))
    return Print(
        statement=statement,
        key_id=key_id_of(ED25519, public),
        roots={key.owner: key.root_public_key for key in printed.keys},
        signed=tuple(there),
        flaws=tuple(flaws),
    )


def _with(alone: proof_pb2.PrintedAgreement, parties: Sequence[Signed]) -> proof_pb2.PrintedAgreement | None:
    made = proof_pb2.PrintedAgreement()
    made.CopyFrom(alone)
    places = {(key.owner, key.public_key): place for place, key in enumerate(made.keys)}
    for signed in parties:
        key = key_of(signed.node, signed.root, signed.statement)
        place = places.setdefault((key.owner, key.public_key), len(made.keys))
        if place == len(made.keys):
            made.keys.append(key)
        tree = signed.envelope.signature
        made.signatures.add(
            key=place,
            payload=signed.envelope.payload,
            value=tree.value,
            leaf_index=tree.leaf_index,
            tree_size=tree.tree_size,
            path=tree.path,
        )
        if len(made.keys) > 8 or made.ByteSize() > _LONGEST:
            return None
    return made


def _check_key(key: proof_pb2.CertifiedKey, where: str, flaws: list[Flaw]) -> None:
    try:
        statement = KeyStatement(
            owner=key.owner,
            key_id=key_id_of(ED25519, key.public_key),
            purpose="sign",
            public=key.public_key,
            not_before=key.valid_from_time.ToDatetime(dt.UTC),
            not_after=key.valid_until_time.ToDatetime(dt.UTC),
        )
        verify_statement(key.root_public_key, statement, key.root_signature)
    except errors.TongbanError:
        zh = f"{key.owner} 的签名密钥未经所载根密钥认证"
        flaws.append(Flaw(where, zh, f"the root given does not certify the key of {key.owner}", key.owner))


def _check_dates(key: proof_pb2.CertifiedKey, at: dt.datetime, where: str, flaws: list[Flaw]) -> None:
    dates = directory_pb2.NodeKey(valid_from_time=key.valid_from_time, valid_until_time=key.valid_until_time)
    if not in_dates(dates, Signing.at(at)):
        zh = f"{at:%Y-%m-%d %H:%M} UTC 不在 {key.owner} 的密钥有效期内"
        flaws.append(Flaw(where, zh, f"the key of {key.owner} was not in its dates at {at:%F %R} UTC", key.owner))


def _party(
    printed: proof_pb2.PrintedAgreement, place: int, statement: proof_pb2.PrintStatement, flaws: list[Flaw]
) -> tuple[str, dt.datetime] | None:
    """A party's own signature; None, and a flaw, where it is not good."""
    entry, where = printed.signatures[place], f"qr.signatures[{place}]"
    if entry.key >= len(printed.keys):
        flaws.append(Flaw(where, "没有它的密钥", "its key is not there", statement.printer))
        return None
    key = printed.keys[entry.key]
    tree = TreeSignature(
        key_id_of(ED25519, key.public_key), entry.value, entry.leaf_index, entry.tree_size, tuple(entry.path)
    )
    try:
        Verifier(lambda _: key.public_key).verify(EVENT_PAYLOAD_TYPE, entry.payload, tree, field=where)
        event = event_pb2.Event.FromString(entry.payload)
        check(event, where=where)
    except errors.TongbanError as error:
        flaws.append(Flaw(where, error.text("zh"), error.text("en"), key.owner))
        return None
    except DecodeError:
        flaws.append(Flaw(where, "不是事件", "not an event", key.owner))
        return None
    digest = event.agreement_signed.document_digest
    if event.author != key.owner or (event.stream, digest) != (statement.name, statement.document_digest):
        zh = f"{event.author} 签署的是 {event.stream},摘要 {said(digest)},不是本文本"
        en = f"{event.author} signed {event.stream}, digest {said(digest)}: another text, or by another's key"
        flaws.append(Flaw(where, zh, en, key.owner))
        return None
    at = event.claim_time.ToDatetime(dt.UTC)
    _check_dates(key, at, where, flaws)
    return event.author, at
