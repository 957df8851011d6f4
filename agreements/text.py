"""An agreement as people read it: the text in Chinese, as Markdown, for consoles and the command line.

Nothing is left out: whoever signs the bytes must have been able to read all of them, so every field of the document
has its place here, and the digest that is signed stands at the end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from agreements.domain.agreements import missing_signatures
from agreements.domain.terms import DEFAULT_OFFLINE_HOURS, SHANGHAI
from agreements.domain.words import APPLICANT_KINDS, CHANNELS, DECIDERS, MODES, listed
from tongban.v1 import agreement_pb2, lifecycle_pb2

STATES: Mapping[int, str] = {
    lifecycle_pb2.AGREEMENT_STATE_PROPOSED: "待签署",
    lifecycle_pb2.AGREEMENT_STATE_SIGNED: "已签署",
    lifecycle_pb2.AGREEMENT_STATE_SUSPENDED: "中止",
    lifecycle_pb2.AGREEMENT_STATE_TERMINATED: "终止",
}


def document_text(document: agreement_pb2.AgreementDocument, titles: Mapping[str, str] | None = None) -> str:
    """The text of a document; `titles` gives names for people to nodes and items, by resource name."""
    return "\n".join(_document(document, titles or {})) + "\n"


def agreement_text(agreement: agreement_pb2.Agreement, titles: Mapping[str, str] | None = None) -> str:
    """The text, then where it stands: who has signed, and any suspension or termination."""
    named = titles or {}
    return "\n".join([*_document(agreement.document, named), "", *_standing(agreement, named)]) + "\n"


def _document(document: agreement_pb2.AgreementDocument, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"# {document.title}"
    yield ""
    yield f"协议编号 {document.name},第 {document.document_version} 版。"
    until = f"{_date(document.expire_date)} 止(含当日)" if document.HasField("expire_date") else "未约定期限"
    yield f"自 {_date(document.effective_date)} 起生效,{until}。日期按北京时间。"
    yield ""
    yield "## 参与方"
    yield ""
    for party in document.parties:
        yield f"- {_title(party.node, titles)},地区 {party.region},根密钥指纹 `{_groups(party.root_fingerprint)}`"
    for clause in document.clauses:
        yield ""
        yield from _clause(clause, titles)
    if document.open_questions:
        yield ""
        yield "## 待明确事项"
        yield ""
        yield from (f"{place}. {question}" for place, question in enumerate(document.open_questions, 1))
    if document.source:
        yield ""
        yield f"来源:{document.source}"


def _clause(clause: agreement_pb2.Clause, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"## 条款 {clause.id}"
    yield ""
    yield f"- 业务属地:{_title(clause.home, titles)}"
    yield f"- 收件地:{_titles(clause.accepting, titles)}"
    yield f"- 决定机关:{DECIDERS.get(clause.decider, '?')}"
    yield f"- 取证地:{_titles(clause.collecting, titles) if clause.collecting else '收件地'}"
    yield f"- 办理方式:{listed(MODES, clause.modes)}"
    yield f"- 渠道:{listed(CHANNELS, clause.channels) if clause.channels else '不限'}"
    yield f"- 申请人:{listed(APPLICANT_KINDS, clause.applicant_kinds) if clause.applicant_kinds else '不限'}"
    yield f"- 纸质材料:{'寄送决定机关' if clause.paper else '不寄送'}"
    days = clause.promised_working_days
    yield f"- 承诺时限:{f'自受理起 {days} 个工作日' if days else '未承诺'}"
    hours = clause.offline_hours or DEFAULT_OFFLINE_HOURS
    yield f"- 离线收件:本协议副本不超过 {hours} 小时"
    yield f"- 事项({len(clause.items)} 项):"
    yield from (f"  - {_title(item, titles)}" for item in clause.items)


def _standing(agreement: agreement_pb2.Agreement, titles: Mapping[str, str]) -> Iterator[str]:
    yield "## 签署"
    yield ""
    yield f"状态:{STATES.get(agreement.state, '?')}"
    if agreement.HasField("suspend_time"):
        honour = (
            f",此前收件在 {_minute(agreement.honour_time.ToDatetime(dt.UTC))} 前仍予承认"
            if agreement.HasField("honour_time")
            else ",此前收件也不再接收"
        )
        yield f"自 {_minute(agreement.suspend_time.ToDatetime(dt.UTC))} 起中止{honour}。"
    if agreement.HasField("terminate_date"):
        yield f"自 {_date(agreement.terminate_date)} 起终止。"
    yield ""
    for signature in agreement.signatures:
        yield f"- {_title(signature.node, titles)}:{_minute(signature.sign_time.ToDatetime(dt.UTC))} 签署"
    yield from (f"- {_title(node, titles)}:尚未签署" for node in missing_signatures(agreement))
    yield ""
    yield f"签署内容的 SHA-256:`{_groups(agreement.document_digest)}`"


def _title(name: str, titles: Mapping[str, str]) -> str:
    return f"{titles[name]}({name})" if name in titles else name


def _titles(names: Iterable[str], titles: Mapping[str, str]) -> str:
    return "、".join(_title(name, titles) for name in names)


def _groups(raw: bytes) -> str:
    """Hexadecimal in groups of four bytes, which two people can compare by voice."""
    return raw.hex(" ", 4)


def _date(value: object) -> str:
    year, month, day = (getattr(value, part) for part in ("year", "month", "day"))
    return f"{year:04}-{month:02}-{day:02}"


def _minute(instant: dt.datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
