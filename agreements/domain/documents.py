"""The text that parties sign: read from its verbatim bytes, and checked before anybody signs it.

The bytes are what is signed, hashed and kept; nobody serialises a document again to compare it.  `parse` gives the
document of such bytes or a refusal that names the field (`document.clauses[2].home`), and what it lets through holds
together: every node that a clause names is a party, every item is one of the clause's home, the dates do not cross.
Whether the parties exist and own the root keys that the text pins is the directory's knowledge: `check_parties`
takes it and is called by whoever has it (the proposer before it proposes, admission, each party before it signs).

What a source leaves open stands in `open_questions`; a check never fills it in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from google.protobuf.message import DecodeError

from agreements.domain.fields import check_fields
from tongban import errors
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, types_pb2

MAXIMUM_BYTES: Final = 48 * 1024
"""The contract's limit on a document."""

_ITEM: Final = re.compile(r"items/[A-Za-z0-9._-]{3,80}")


class _Date(Protocol):
    """A google.type.Date, whose package has no types of its own."""

    @property
    def year(self) -> int: ...
    @property
    def month(self) -> int: ...
    @property
    def day(self) -> int: ...


def document_digest(raw: bytes) -> bytes:
    """SHA-256 of a document's bytes: what a party signs."""
    return hashlib.sha256(raw).digest()


def read(raw: bytes, field: str = "document") -> agreement_pb2.AgreementDocument:
    """The document of these bytes, not checked further; MessageMalformed where they are none."""
    if len(raw) > MAXIMUM_BYTES:
        raise errors.MessageTooLarge(field=field, size=len(raw), limit=MAXIMUM_BYTES)
    document = agreement_pb2.AgreementDocument()
    try:
        document.ParseFromString(raw)
    except DecodeError:
        raise errors.MessageMalformed(
            field=field, problem="不是协议文本", problem_en="not an AgreementDocument"
        ) from None
    return document


def parse(raw: bytes, field: str = "document") -> agreement_pb2.AgreementDocument:
    """The document of these bytes, checked whole."""
    document = read(raw, field)
    check(document, field)
    return document


def check(document: agreement_pb2.AgreementDocument, field: str = "document") -> None:
    """Refuse, with the path of the field, a document that does not hold together."""
    check_fields(document, field)
    parties = [party.node for party in document.parties]
    _unique(parties, f"{field}.parties", ".node", "参与方重复", "the party is named twice")
    _unique(
        [clause.id for clause in document.clauses], f"{field}.clauses", ".id", "条款编号重复", "the id occurs twice"
    )
    for place, clause in enumerate(document.clauses):
        _check_clause(clause, frozenset(parties), f"{field}.clauses[{place}]")
    effective = calendar_date(document.effective_date, f"{field}.effective_date")
    if document.HasField("expire_date"):
        expire = calendar_date(document.expire_date, f"{field}.expire_date")
        if expire < effective:
            raise _invalid(f"{field}.expire_date", "失效日早于生效日", f"{expire} is before {effective}")


def check_parties(
    document: agreement_pb2.AgreementDocument, nodes: Mapping[str, directory_pb2.Node], field: str = "document"
) -> None:
    """Each party is a node of the directory, of the region it names, with the root key that the text pins."""
    for place, party in enumerate(document.parties):
        path = f"{field}.parties[{place}]"
        node = nodes.get(party.node)
        if node is None or node.state in (lifecycle_pb2.NODE_STATE_UNSPECIFIED, lifecycle_pb2.NODE_STATE_LEFT):
            raise errors.NodeNotFound(field=f"{path}.node", name=party.node)
        if node.profile.region != party.region:
            raise _invalid(f"{path}.region", "与目录所载地区不符", f"the directory says {node.profile.region}")
        if hashlib.sha256(node.root_public_key).digest() != party.root_fingerprint:
            raise _invalid(f"{path}.root_fingerprint", "与该节点根密钥不符", f"not the root key of {party.node}")


def calendar_date(value: _Date, field: str) -> dt.date:
    """A whole day of the calendar; FieldInvalid for a month or a year alone, or a 31 April."""
    try:
        return dt.date(value.year, value.month, value.day)
    except ValueError:
        text = f"{value.year}-{value.month}-{value.day}"
        raise _invalid(field, "应为完整的公历日期", f"{text} is not a day of the calendar") from None


def _check_clause(clause: agreement_pb2.Clause, parties: frozenset[str], path: str) -> None:
    if clause.home not in parties:
        raise _invalid(f"{path}.home", "业务属地不是参与方", f"{clause.home} is not a party")
    for name, nodes in (("accepting", clause.accepting), ("collecting", clause.collecting)):
        _unique(nodes, f"{path}.{name}", "", "节点重复", "the node is named twice")
        for place, node in enumerate(nodes):
            if node not in parties:
                raise _invalid(f"{path}.{name}[{place}]", "不是参与方", f"{node} is not a party")
    if clause.home in clause.accepting:
        place = list(clause.accepting).index(clause.home)
        raise _invalid(f"{path}.accepting[{place}]", "本地收件无需协议", "a home needs no agreement with itself")
    _check_items(clause, path)
    _check_words(clause.modes, types_pb2.Mode.values(), f"{path}.modes")
    _check_words(clause.channels, types_pb2.Channel.values(), f"{path}.channels")
    _check_words(clause.applicant_kinds, types_pb2.ApplicantKind.values(), f"{path}.applicant_kinds")


def _check_items(clause: agreement_pb2.Clause, path: str) -> None:
    _unique(clause.items, f"{path}.items", "", "事项重复", "the item is listed twice")
    # An item's name begins with its owner's id, as the fold of `items/…` demands.
    owner = f"items/{clause.home.removeprefix('nodes/')}."
    for place, item in enumerate(clause.items):
        if not _ITEM.fullmatch(item):
            raise _invalid(f"{path}.items[{place}]", "事项名称格式有误", "items/{region}.{code} is expected")
        if not item.startswith(owner):
            raise _invalid(f"{path}.items[{place}]", "不是业务属地的事项", f"{item} is not an item of {clause.home}")


def _check_words(values: Sequence[int], known: Sequence[int], path: str) -> None:
    _unique(values, path, "", "重复", "it is listed twice")
    for place, value in enumerate(values):
        if value == 0 or value not in known:
            raise _invalid(f"{path}[{place}]", "取值不明", f"{value} is not a known value")


def _unique(values: Sequence[object], path: str, suffix: str, zh: str, en: str) -> None:
    seen: set[object] = set()
    for place, value in enumerate(values):
        if value in seen:
            raise _invalid(f"{path}[{place}]{suffix}", f"{zh}:{value}", en)
        seen.add(value)


def _invalid(field: str, zh: str, en: str) -> errors.FieldInvalid:
    return errors.FieldInvalid(field=field, problem=zh, problem_en=en)
