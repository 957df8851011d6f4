"""An agreement as people read it, before it is set: sections of rows, in Chinese, for Markdown and for print alike.

Nothing is left out: whoever signs the bytes must have been able to read all of them.  So every field of the document
has its place here, an empty one says what its emptiness means, and two documents that differ anywhere read
differently (a test walks the contract for that).  Free text cannot pretend to be more than it is: its line breaks stay
inside its row, and characters that are not seen (bidirectional marks, control characters) are written out.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from agreements.domain.documents import is_mandate
from agreements.domain.terms import DEFAULT_OFFLINE_HOURS, SHANGHAI
from agreements.domain.words import (
    APPLICANT_KINDS,
    CHANNELS,
    DECIDERS,
    ENTRY_RULES,
    KINDS,
    MODES,
    PAPER_WAYS,
    PAYERS,
    STEPS,
)
from tongban.identity import IdentityKind
from tongban.v1 import agreement_pb2

Titles = Mapping[str, str]
"""Names for people, by resource name; it is shown beside the resource name, never in its place."""

LANGUAGES: Final[Mapping[str, str]] = {"zh": "中文", "en": "英语", "it": "意大利语", "zh-Hant": "中文(繁体)"}

_PARTIES: Final = "参与方"
_UNDER: Final = "印发方下级节点"
"""Whom an empty field of a clause means: the parties, or, of a mandate, whoever stands under its issuer."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_IDENTITY: Final = {kind.value: kind.label.partition("号码")[0].partition(" ")[0] for kind in IdentityKind}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is agreed: its label, and what is said of it.  Several values stand below each other."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its rows."""

    title: str
    rows: tuple[Row, ...]


def document_sections(document: agreement_pb2.AgreementDocument, titles: Titles) -> Iterator[Section]:
    """The whole document, in reading order."""
    yield Section("总则", tuple(_head(document, titles)))
    yield Section("参与方", tuple(_parties(document, titles)))
    if document.pools:
        yield Section("事项池", tuple(map(_pool, document.pools)))
    everyone = _UNDER if is_mandate(document) else _PARTIES
    for clause in document.clauses:
        yield Section(f"条款 {plain(clause.id)}", tuple(_clause(clause, titles, everyone)))
    if document.contacts:
        yield Section("联系单位", tuple(_contact(contact, titles) for contact in document.contacts))
    if document.open_questions:
        questions = (Row(f"第 {place} 项", (plain(each),)) for place, each in enumerate(document.open_questions, 1))
        yield Section("待明确事项", tuple(questions))
    if document.source:
        yield Section("来源", (Row("来源", (plain(document.source),)),))


def named(name: str, titles: Titles) -> str:
    """A resource by its title and name."""
    return f"{plain(titles[name])}({plain(name)})" if name in titles else plain(name)


def plain(text: str) -> str:
    """Free text with what cannot be seen written out; line breaks stay."""
    return "".join(
        char if char == "\n" or unicodedata.category(char) not in _UNSEEN else f"‹U+{ord(char):04X}›" for char in text
    )


def names_in(message: Message) -> frozenset[str]:
    """Every node, item and agreement that a message names, at whatever depth."""
    return frozenset(_names(message))


def groups(raw: bytes) -> str:
    """Hexadecimal in groups of four bytes, which two people can compare by voice."""
    return raw.hex(" ", 4)


def date_of(value: Any) -> str:
    """A google.type.Date."""
    year, month, day = (getattr(value, part) for part in ("year", "month", "day"))
    return f"{year:04}-{month:02}-{day:02}"


def minute(value: Timestamp) -> str:
    """A moment in Asia/Shanghai."""
    return value.ToDatetime(dt.UTC).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _head(document: agreement_pb2.AgreementDocument, titles: Titles) -> Iterator[Row]:
    yield Row("协议编号", (f"{plain(document.name)},第 {document.document_version} 版",))
    yield Row("种类", (_word(KINDS, document.kind, "未注明,按协议"),))
    if document.issuer:
        yield Row("印发方", (named(document.issuer, titles),))
    unsaid = "由印发方单独签署,对以其为上级的节点有效" if is_mandate(document) else "未注明,按全体签署后生效"
    yield Row("生效方式", (_word(ENTRY_RULES, document.entry, unsaid),))
    until = f"{date_of(document.expire_date)} 止(含当日)" if document.HasField("expire_date") else "未约定期限"
    yield Row("期限", (f"自 {date_of(document.effective_date)} 起,{until}。日期按北京时间。",))
    months = document.renewal_months
    yield Row("续期", (f"期满时无一方声明不再续期的,顺延 {months} 个月" if months else "不自动续期,期满失效",))
    if document.renews:
        yield Row("续签或替代", (plain(document.renews),))
    days = document.notice_days
    yield Row("退出和终止", (f"须提前 {days} 日声明" if days else "声明后即时生效,无须提前",))
    lead = f"{named(document.coordinator, titles)},全协议的中止、恢复和终止只能由其作出"
    yield Row("牵头方", (lead if document.coordinator else "未设,各方均可中止、恢复或终止全协议",))
    trial = "每一参与方须通过试运行后方可办理" if document.trial_required else "不要求"
    yield Row("试运行", (trial,))


def _parties(document: agreement_pb2.AgreementDocument, titles: Titles) -> Iterator[Row]:
    for party in document.parties:
        pinned = f"根密钥指纹 {groups(party.root_fingerprint)}"
        yield Row(named(party.node, titles), (f"地区 {plain(party.region)}", pinned))


def _pool(pool: agreement_pb2.ItemPool) -> Row:
    stated = f"来源称共 {pool.stated_count} 项" if pool.stated_count else "来源未说明项数"
    codes = f"基本编码({len(pool.base_codes)} 项):{'、'.join(pool.base_codes)}" if pool.base_codes else "尚未列出编码"
    return Row(f"{plain(pool.title)}({plain(pool.id)})", (stated, codes))


def _contact(contact: agreement_pb2.Contact, titles: Titles) -> Row:
    phone = f"电话 {plain(contact.phone)}" if contact.phone else "电话未列"
    return Row(named(contact.node, titles), (plain(contact.office), phone))


def _clause(clause: agreement_pb2.Clause, titles: Titles, everyone: str) -> Iterator[Row]:
    yield Row("业务属地", (named(clause.home, titles) if clause.home else f"各{everyone},各就本地事项",))
    yield Row("收件地", (_nodes(clause.accepting, titles) or f"业务属地以外的各{everyone}",))
    yield Row("决定机关", (_word(DECIDERS, clause.decider, "未注明"),))
    yield from _seal(clause, titles)
    yield Row("取证地", (_collecting(clause, titles, everyone),))
    yield Row("打印证照", (_nodes(clause.printing, titles) or "仅决定机关",))
    yield Row("办理方式", (_words(MODES, clause.modes) or "未列",))
    yield Row("渠道", (_words(CHANNELS, clause.channels) or "不限",))
    yield Row("申请人", (_words(APPLICANT_KINDS, clause.applicant_kinds) or "不限",))
    yield Row("身份证件", ("、".join(_identity(kind) for kind in clause.identity_kinds) or "不限",))
    yield Row("语言", ("、".join(_language(tag) for tag in clause.languages) or "中文(未另约定)",))
    yield Row("纸质材料", tuple(_paper(clause)))
    yield Row("快递费用", (_word(PAYERS, clause.courier_payer, "未约定由谁支付"),))
    yield Row("收费", tuple(_fee(fee) for fee in clause.fees) or ("未约定",))
    yield Row("承诺时限", tuple(_limits(clause)))
    hours = clause.offline_hours
    stale = f"不超过 {hours} 小时" if hours else f"未约定,按不超过 {DEFAULT_OFFLINE_HOURS} 小时"
    yield Row("离线收件", (f"本协议副本{stale}",))
    for label, text in (
        ("收件地职责", clause.accepting_duties),
        ("业务属地职责", clause.home_duties),
        ("责任划分", clause.liability),
    ):
        yield Row(label, (plain(text) or "未约定",))
    if clause.pools:
        yield Row("事项池", tuple(plain(pool) for pool in clause.pools))
    yield Row(f"事项({len(clause.items)} 项)", tuple(named(item, titles) for item in clause.items) or ("仅事项池所列",))


def _seal(clause: agreement_pb2.Clause, titles: Titles) -> Iterator[Row]:
    if not clause.HasField("seal"):
        yield Row("用章和担责", ("未另约定:用决定机关自己的章,由业务属地负责",))
        return
    seal = clause.seal
    yield Row("用章", (plain(seal.title),))
    yield Row("印章保管", (named(seal.keeper, titles) if seal.keeper else "决定机关",))
    yield Row("对决定负责", (named(seal.answers, titles) if seal.answers else "业务属地",))
    yield Row("复议和诉讼", (plain(seal.appeal) or "未载明",))


def _collecting(clause: agreement_pb2.Clause, titles: Titles, everyone: str) -> str:
    listed = _nodes(clause.collecting, titles)
    if clause.collecting_anywhere:
        return f"任一{everyone};另列 {listed}" if listed else f"任一{everyone}"
    return listed or "收件地"


def _paper(clause: agreement_pb2.Clause) -> Iterator[str]:
    yield "寄送决定机关" if clause.paper else "不寄送"
    yield f"方式:{_words(PAPER_WAYS, clause.paper_ways) or '不限'}"
    yield f"材料:{'、'.join(map(plain, clause.paper_materials)) or '以原件提交的各项'}"


def _limits(clause: agreement_pb2.Clause) -> Iterator[str]:
    days = clause.promised_working_days
    yield f"自受理起 {days} 个工作日" if days else "总时限未承诺"
    yield from (
        f"{_word(STEPS, each.step, '未注明的环节')}:{each.working_days} 个工作日" for each in clause.step_limits
    )


def _fee(fee: agreement_pb2.FeeTerms) -> str:
    amount = f"{fee.amount_fen // 100}.{fee.amount_fen % 100:02} 元" if fee.amount_fen else "免收"
    return f"{plain(fee.title)}:{amount},由{_word(PAYERS, fee.payer, '未注明的一方')}支付"


def _identity(kind: str) -> str:
    return f"{_IDENTITY[kind]}({kind})" if kind in _IDENTITY else plain(kind)


def _language(tag: str) -> str:
    return f"{LANGUAGES[tag]}({tag})" if tag in LANGUAGES else plain(tag)


def _nodes(names: Iterable[str], titles: Titles) -> str:
    return "、".join(named(name, titles) for name in names)


def _words(words: Mapping[int, str], values: Iterable[int]) -> str:
    return "、".join(_word(words, value, "未注明") for value in values)


def _word(words: Mapping[int, str], value: int, unstated: str) -> str:
    # A value that this version has no word for is shown by its number: it must not read like another.
    return words.get(value, f"未知({value})" if value else unstated)


def _names(message: Message) -> Iterator[str]:
    for descriptor, value in message.ListFields():
        for each in value if descriptor.is_repeated else (value,):
            if isinstance(each, Message):
                yield from _names(each)
            elif isinstance(each, str) and each.startswith(("nodes/", "items/", "agreements/")):
                yield each
