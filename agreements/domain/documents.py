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
from tongban.identity import IdentityKind
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, types_pb2

MAXIMUM_BYTES: Final = 48 * 1024
"""The contract's limit on a document."""

_ITEM: Final = re.compile(r"items/[A-Za-z0-9._-]{3,80}")
_NODE: Final = re.compile(r"nodes/[A-Za-z0-9._-]{1,40}")
_FEWEST: Final = 2
_FIRST_YEAR: Final = 1900

MOST_ENTRIES: Final = 20_000
"""Items and codes of pools, counted once for every clause that names them: what an index of the text holds."""

_IDENTITY_KINDS: Final = frozenset(kind.value for kind in IdentityKind)


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
    _check_kind(document, frozenset(parties), field)
    _unique([pool.id for pool in document.pools], f"{field}.pools", ".id", "事项池编号重复", "the id occurs twice")
    for place, clause in enumerate(document.clauses):
        check_clause(document, clause, f"{field}.clauses[{place}]")
    _check_size(document, field)
    for place, contact in enumerate(document.contacts):
        if contact.node not in parties:
            raise _invalid(f"{field}.contacts[{place}].node", "不是参与方", f"{contact.node} is not a party")
    effective = calendar_date(document.effective_date, f"{field}.effective_date")
    if document.HasField("expire_date"):
        expire = calendar_date(document.expire_date, f"{field}.expire_date")
        if expire < effective:
            raise _invalid(f"{field}.expire_date", "失效日早于生效日", f"{expire} is before {effective}")
    elif document.renewal_months:
        raise _invalid(
            f"{field}.renewal_months", "未约定失效日,无需续期", "there is no last day that could be prolonged"
        )


def _check_size(document: agreement_pb2.AgreementDocument, field: str) -> None:
    """A few bytes name a pool of 2,000 codes once more: 2,000 such clauses would fill everybody's memory."""
    codes = {pool.id: len(pool.base_codes) for pool in document.pools}
    entries = 0
    for place, clause in enumerate(document.clauses):
        entries += len(clause.items) + sum(codes[pool] for pool in clause.pools)
        if entries > MOST_ENTRIES:
            raise _invalid(
                f"{field}.clauses[{place}]",
                f"各条款列出的事项合计超过 {MOST_ENTRIES} 项,请合并条款",
                f"the clauses up to here list more than {MOST_ENTRIES} items between them; merge some",
            )


def is_mandate(document: agreement_pb2.AgreementDocument) -> bool:
    """Whether it is a superior's list, which its issuer alone signs."""
    return document.kind == agreement_pb2.AGREEMENT_KIND_MANDATE


def _check_kind(document: agreement_pb2.AgreementDocument, parties: frozenset[str], field: str) -> None:
    if document.coordinator and document.coordinator not in parties:
        raise _invalid(f"{field}.coordinator", "牵头方不是参与方", f"{document.coordinator} is not a party")
    if is_mandate(document):
        if document.issuer not in parties:
            raise _invalid(f"{field}.issuer", "授权清单须由参与方之一印发", "a mandate's issuer is one of its parties")
        if document.entry == agreement_pb2.ENTRY_RULE_SIGNATORIES:
            raise _invalid(f"{field}.entry", "授权清单由印发方单独签署", "only its issuer signs a mandate")
        return
    if document.issuer:
        raise _invalid(f"{field}.issuer", "只有授权清单才有印发方", "only a mandate has an issuer")
    if len(parties) < _FEWEST:
        raise _invalid(f"{field}.parties", "协议至少有两方", "an agreement has two parties at least")


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


def check_joining(
    document: agreement_pb2.AgreementDocument,
    nodes: Mapping[str, directory_pb2.Node],
    member: str,
    field: str = "document",
) -> None:
    """A party signs a text that binds others already: it is itself as the text has it, and everybody's root key is.

    That another has left the federation since, moved to another region or withdrawn an item keeps nobody out: it has
    no say in who else joins.
    """
    for place, party in enumerate(document.parties):
        node = nodes.get(party.node)
        if party.node == member:
            check_parties(agreement_pb2.AgreementDocument(parties=[party]), nodes, field)
        elif node is not None and hashlib.sha256(node.root_public_key).digest() != party.root_fingerprint:
            path = f"{field}.parties[{place}].root_fingerprint"
            raise _invalid(path, "与该节点根密钥不符", f"not the root key of {party.node}")


def check_items(
    document: agreement_pb2.AgreementDocument, items: Mapping[str, directory_pb2.Item], field: str = "document"
) -> None:
    """Each item that a clause names is one that its home has published and not withdrawn."""
    for place, clause in enumerate(document.clauses):
        for each, name in enumerate(clause.items):
            item = items.get(name)
            if item is None or item.state != lifecycle_pb2.ITEM_STATE_PUBLISHED:
                raise errors.ItemNotFound(
                    field=f"{field}.clauses[{place}].items[{each}]",
                    region=owner_of(name),
                    name=name,
                    hint="该地未发布此事项,请其先发布。",
                    hint_en="It is not published there; ask the region to publish it first.",
                )


def check_renewal(
    document: agreement_pb2.AgreementDocument,
    agreements: Mapping[str, agreement_pb2.Agreement],
    field: str = "document",
) -> None:
    """What it renews exists, and is not, through whatever others, a renewal of this one."""
    chain = [document.name]
    renews = document.renews
    while renews:
        if renews in chain:
            raise errors.RenewalCircular(
                field=f"{field}.renews", name=document.name, chain=" → ".join([*chain, renews])
            )
        renewed = agreements.get(renews)
        if renewed is None:
            raise errors.AgreementNotFound(field=f"{field}.renews", name=renews)
        chain.append(renews)
        renews = renewed.document.renews


def calendar_date(value: _Date, field: str) -> dt.date:
    """A whole day of the calendar; FieldInvalid for a month or a year alone, or a 31 April."""
    try:
        day = dt.date(value.year, value.month, value.day)
    except ValueError:
        day = None
    if day is None or day.year < _FIRST_YEAR:  # The first day that a calendar holds has no first moment in UTC.
        text = f"{value.year}-{value.month}-{value.day}"
        raise _invalid(field, "应为完整的公历日期", f"{text} is not a day of the calendar")
    return day


def check_clause(document: agreement_pb2.AgreementDocument, clause: agreement_pb2.Clause, path: str) -> None:
    """Refuse, with the path of the field, a clause that does not fit its document."""
    parties = frozenset(party.node for party in document.parties)
    anyone = is_mandate(document)  # A mandate binds nodes that it need not name.
    if clause.home and clause.home not in parties and not anyone:
        raise _invalid(f"{path}.home", "业务属地不是参与方", f"{clause.home} is not a party")
    if not (clause.accepting or anyone) and len(parties) < _FEWEST:
        raise _invalid(f"{path}.accepting", "没有其他参与方可以收件", "there is no other party that could accept")
    for name, nodes in (
        ("accepting", clause.accepting),
        ("collecting", clause.collecting),
        ("printing", clause.printing),
    ):
        _unique(nodes, f"{path}.{name}", "", "节点重复", "the node is named twice")
        for place, node in enumerate(nodes):
            if not (node in parties or (anyone and _NODE.fullmatch(node))):
                raise _invalid(f"{path}.{name}[{place}]", "不是参与方", f"{node} is not a party")
    if clause.home and clause.home in clause.accepting:
        place = list(clause.accepting).index(clause.home)
        raise _invalid(f"{path}.accepting[{place}]", "本地收件无需协议", "a home needs no agreement with itself")
    if clause.collecting_anywhere and clause.collecting:
        raise _invalid(f"{path}.collecting", "已约定各方均可取证,不应再列取证地", "every party may hand out already")
    _check_seal(clause, parties, anyone, path)
    _check_items(document, clause, parties, path)
    _check_words(clause.modes, types_pb2.Mode.values(), f"{path}.modes")
    _check_words(clause.channels, types_pb2.Channel.values(), f"{path}.channels")
    _check_words(clause.applicant_kinds, types_pb2.ApplicantKind.values(), f"{path}.applicant_kinds")
    _check_words(clause.paper_ways, agreement_pb2.PaperWay.values(), f"{path}.paper_ways")
    steps = [limit.step for limit in clause.step_limits]
    _unique(steps, f"{path}.step_limits", ".step", "环节重复", "the step is named twice")
    for place, kind in enumerate(clause.identity_kinds):
        if kind not in _IDENTITY_KINDS:
            known = ", ".join(sorted(_IDENTITY_KINDS))
            raise _invalid(f"{path}.identity_kinds[{place}]", f"证件种类不明:{kind}", f"known kinds: {known}")


def _check_seal(clause: agreement_pb2.Clause, parties: frozenset[str], anyone: bool, path: str) -> None:
    if not clause.HasField("seal"):
        return
    for name, node in (("keeper", clause.seal.keeper), ("answers", clause.seal.answers)):
        if node and node not in parties and not anyone:
            raise _invalid(f"{path}.seal.{name}", "不是参与方", f"{node} is not a party")


def _check_items(
    document: agreement_pb2.AgreementDocument, clause: agreement_pb2.Clause, parties: frozenset[str], path: str
) -> None:
    if not clause.items and not clause.pools:
        raise _invalid(f"{path}.items", "没有列出事项或事项池", "it lists neither items nor pools")
    _unique(clause.pools, f"{path}.pools", "", "事项池重复", "the pool is listed twice")
    pools = {pool.id for pool in document.pools}
    for place, pool in enumerate(clause.pools):
        if pool not in pools:
            raise _invalid(f"{path}.pools[{place}]", f"文本中没有事项池 {pool}", f"the text has no pool {pool}")
    _unique(clause.items, f"{path}.items", "", "事项重复", "the item is listed twice")
    for place, item in enumerate(clause.items):
        if not _ITEM.fullmatch(item):
            raise _invalid(f"{path}.items[{place}]", "事项名称格式有误", "items/{region}.{code} is expected")
        # An item's name begins with its owner's id, as the fold of `items/…` demands.
        owner = owner_of(item)
        if clause.home and owner != clause.home:
            raise _invalid(f"{path}.items[{place}]", "不是业务属地的事项", f"{item} is not an item of {clause.home}")
        if owner not in parties and not is_mandate(document):
            raise _invalid(f"{path}.items[{place}]", "事项的业务属地不是参与方", f"{owner} is not a party")


def owner_of(item: str) -> str:
    """The node whose item it is, by the item's name."""
    return f"nodes/{item.removeprefix('items/').partition('.')[0]}"


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
