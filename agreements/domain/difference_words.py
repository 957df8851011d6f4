"""What the fields and values of an agreement are called, in Chinese and English, for differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from agreements.domain import words

Both = tuple[str, str]

THINGS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "Party": ("参与方", "party"),
        "Clause": ("条款", "clause"),
        "Contact": ("联系单位", "contact"),
        "ItemPool": ("事项池", "pool"),
        "StepLimit": ("环节时限", "limit of"),
        "FeeTerms": ("收费", "fee"),
    }
)

FIELDS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "AgreementDocument.name": ("协议编号", "name"),
        "AgreementDocument.document_version": ("版本", "version"),
        "AgreementDocument.title": ("标题", "title"),
        "AgreementDocument.parties": ("参与方", "parties"),
        "AgreementDocument.clauses": ("条款", "clauses"),
        "AgreementDocument.effective_date": ("生效日", "first day"),
        "AgreementDocument.expire_date": ("失效日", "last day"),
        "AgreementDocument.open_questions": ("待明确事项", "open questions"),
        "AgreementDocument.source": ("来源", "source"),
        "AgreementDocument.kind": ("种类", "kind"),
        "AgreementDocument.issuer": ("印发方", "issuer"),
        "AgreementDocument.entry": ("生效方式", "entry rule"),
        "AgreementDocument.pools": ("事项池", "pools"),
        "AgreementDocument.coordinator": ("牵头方", "coordinator"),
        "AgreementDocument.notice_days": ("提前声明日数", "days of notice"),
        "AgreementDocument.renewal_months": ("顺延月数", "months of renewal"),
        "AgreementDocument.renews": ("续签或替代", "renews"),
        "AgreementDocument.trial_required": ("试运行", "trial run"),
        "AgreementDocument.contacts": ("联系单位", "contacts"),
        "Party.node": ("节点", "node"),
        "Party.region": ("地区", "region"),
        "Party.root_fingerprint": ("根密钥指纹", "root fingerprint"),
        "Contact.node": ("参与方", "party"),
        "Contact.office": ("单位", "office"),
        "Contact.phone": ("电话", "telephone"),
        "ItemPool.id": ("编号", "id"),
        "ItemPool.title": ("名称", "title"),
        "ItemPool.base_codes": ("基本编码", "codes"),
        "ItemPool.stated_count": ("来源所称项数", "stated count"),
        "StepLimit.step": ("环节", "step"),
        "StepLimit.working_days": ("工作日数", "working days"),
        "FeeTerms.title": ("名目", "title"),
        "FeeTerms.amount_fen": ("金额(分)", "amount in fen"),
        "FeeTerms.payer": ("付费方", "payer"),
        "SealTerms.title": ("名称", "title"),
        "SealTerms.keeper": ("保管方", "keeper"),
        "SealTerms.answers": ("负责方", "who answers"),
        "SealTerms.appeal": ("复议和诉讼", "appeal"),
        "Clause.id": ("编号", "id"),
        "Clause.home": ("业务属地", "home region"),
        "Clause.accepting": ("收件地", "accepting nodes"),
        "Clause.items": ("事项", "items"),
        "Clause.modes": ("办理方式", "modes"),
        "Clause.channels": ("渠道", "channels"),
        "Clause.applicant_kinds": ("申请人", "applicants"),
        "Clause.decider": ("决定机关", "decider"),
        "Clause.collecting": ("取证地", "collecting nodes"),
        "Clause.paper": ("寄送纸质材料", "paper travels"),
        "Clause.promised_working_days": ("承诺工作日数", "promised working days"),
        "Clause.offline_hours": ("离线收件小时数", "hours offline"),
        "Clause.pools": ("事项池", "pools"),
        "Clause.collecting_anywhere": ("任一参与方取证", "collected anywhere"),
        "Clause.printing": ("打印证照", "printing nodes"),
        "Clause.seal": ("用章", "seal"),
        "Clause.paper_ways": ("寄送方式", "ways of paper"),
        "Clause.paper_materials": ("纸质材料", "paper materials"),
        "Clause.courier_payer": ("快递付费方", "who pays the courier"),
        "Clause.step_limits": ("环节时限", "limits by step"),
        "Clause.identity_kinds": ("身份证件", "identity documents"),
        "Clause.languages": ("语言", "languages"),
        "Clause.fees": ("收费", "fees"),
        "Clause.accepting_duties": ("收件地职责", "duties of the accepting region"),
        "Clause.home_duties": ("业务属地职责", "duties of the home region"),
        "Clause.liability": ("责任划分", "liability"),
    }
)

_ENUMS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "Mode": words.MODES,
        "Channel": words.CHANNELS,
        "ApplicantKind": words.APPLICANT_KINDS,
        "Decider": words.DECIDERS,
        "AgreementKind": words.KINDS,
        "EntryRule": words.ENTRY_RULES,
        "PaperWay": words.PAPER_WAYS,
        "Payer": words.PAYERS,
        "PromisedStep": words.STEPS,
    }
)


def value_zh(field: Any, value: Any) -> str:
    """A value in Chinese; a message by all that is in it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.type == FieldDescriptor.TYPE_ENUM:
        known = _ENUMS.get(field.enum_type.name, {})
        return known.get(value, f"未知({value})" if value else "未注明")
    if isinstance(value, Message):
        date = _date(value)
        return date if date else ";".join(_inside(value, 0))
    return _plain(value) or "(空)"


def value_en(field: Any, value: Any) -> str:
    """A value in English."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.type == FieldDescriptor.TYPE_ENUM:
        return words.english(field.enum_type, [value]) if value else "not stated"
    if isinstance(value, Message):
        date = _date(value)
        return date if date else "; ".join(_inside(value, 1))
    return _plain(value) or "(empty)"


def _inside(message: Message, language: int) -> Iterable[str]:
    say = (value_zh, value_en)[language]
    for field, value in message.ListFields():
        label = FIELDS.get(f"{message.DESCRIPTOR.name}.{field.name}", (field.name, field.name))[language]
        values = value if field.is_repeated else [value]
        yield f"{label} {('、', ', ')[language].join(say(field, each) for each in values)}"


def _date(value: Message) -> str:
    if value.DESCRIPTOR.full_name != "google.type.Date":
        return ""
    year, month, day = (getattr(value, part) for part in ("year", "month", "day"))
    return f"{year:04}-{month:02}-{day:02}"


def _plain(value: object) -> str:
    return value.hex(" ", 4) if isinstance(value, bytes) else str(value)
