"""Where an agreement stands, as people read it: signatures, what waits, what is suspended, who leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from agreements.domain.documents import is_mandate
from agreements.domain.texts import present_end
from agreements.reading import Row, Section, Titles, date_of, groups, minute, named, plain
from tongban.v1 import agreement_pb2, lifecycle_pb2

STATES: Final[Mapping[int, str]] = {
    lifecycle_pb2.AGREEMENT_STATE_PROPOSED: "待签署",
    lifecycle_pb2.AGREEMENT_STATE_SIGNED: "已签署",
    lifecycle_pb2.AGREEMENT_STATE_SUSPENDED: "中止",
    lifecycle_pb2.AGREEMENT_STATE_TERMINATED: "终止",
}

_Agreement = agreement_pb2.Agreement


def standing_sections(agreement: _Agreement, titles: Titles) -> Iterator[Section]:
    """Everything that happened to an agreement, and what it waits for."""
    yield Section("状态", tuple(_state(agreement, titles)))
    signed = _signatures(agreement.document, agreement.signatures, titles)
    digest = Row("签署内容的 SHA-256", (groups(agreement.document_digest),))
    yield Section("签署", (*signed, digest))
    if agreement.HasField("amendment"):
        yield Section("待签署的修订", tuple(_text(agreement.amendment, titles)))
    for heading, rows in (
        ("部分中止", (_part(each, titles) for each in agreement.part_suspensions)),
        ("退出", (_leaving(each, titles) for each in agreement.leavings)),
        ("试运行", (_trial(each, titles) for each in agreement.trials)),
        ("商议意见", (_comment(each, agreement, titles) for each in agreement.comments)),
    ):
        listed = tuple(rows)
        if listed:
            yield Section(heading, listed)
    for text in agreement.past:
        yield Section(f"曾生效的第 {text.document.document_version} 版", tuple(_text(text, titles)))


def _state(agreement: _Agreement, titles: Titles) -> Iterator[Row]:
    yield Row("状态", (STATES.get(agreement.state, f"未知({agreement.state})"),))
    revised = f",其后修改 {agreement.revision} 次" if agreement.revision else ""
    if agreement.proposer:
        yield Row("提出", (f"{named(agreement.proposer, titles)} 提出{revised}",))
    if agreement.HasField("begin_time"):
        yield Row("生效", (f"自 {minute(agreement.begin_time)} 起",))
    if agreement.HasField("suspend_time"):
        honour = (
            f",此前收件在 {minute(agreement.honour_time)} 前仍予承认"
            if agreement.HasField("honour_time")
            else ",此前收件也不再接收"
        )
        yield Row("中止", (f"自 {minute(agreement.suspend_time)} 起中止{honour}。",))
    if agreement.HasField("decline_date"):
        of = "" if present_end(agreement) is not None else "前一版本:"
        yield Row("不再续期", (f"{of}有参与方声明不再续期,至 {date_of(agreement.decline_date)} 止(含当日)。",))
    if agreement.HasField("terminate_date"):
        yield Row("终止", (f"自 {date_of(agreement.terminate_date)} 起终止。",))


def _signatures(
    document: agreement_pb2.AgreementDocument, signatures: Iterable[agreement_pb2.PartySignature], titles: Titles
) -> Iterator[Row]:
    signed = set()
    for signature in signatures:
        signed.add(signature.node)
        yield Row(named(signature.node, titles), (f"{minute(signature.sign_time)} 签署",))
    asked = [document.issuer] if is_mandate(document) else [party.node for party in document.parties]
    yield from (Row(named(node, titles), ("尚未签署",)) for node in asked if node not in signed)


def _text(text: agreement_pb2.AgreementText, titles: Titles) -> Iterator[Row]:
    document = text.document
    yield Row("文本", (f"{plain(document.title)},第 {document.document_version} 版",))
    revised = f",其后修改 {text.revision} 次" if text.revision else ""
    when = f" {minute(text.propose_time)}" if text.HasField("propose_time") else ""
    yield Row("提出", (f"{named(text.proposer, titles) or '未载明'}{when}{revised}",))
    if text.HasField("begin_time"):
        yield Row("生效", (f"自 {minute(text.begin_time)} 起",))
    yield from _signatures(document, text.signatures, titles)
    yield Row("SHA-256", (groups(text.document_digest),))


def _part(part: agreement_pb2.PartSuspension, titles: Titles) -> Row:
    what = "、".join(named(item, titles) for item in part.items) or "该方的全部事项"
    honour = (
        f",此前收件在 {minute(part.honour_time)} 前仍予承认" if part.HasField("honour_time") else ",此前收件也不再接收"
    )
    values = [f"自 {minute(part.effect_time)} 起中止:{what}{honour}"]
    if part.comment:
        values.append(f"原因:{plain(part.comment)}")
    return Row(named(part.node, titles), tuple(values))


def _leaving(leaving: agreement_pb2.PartyLeaving, titles: Titles) -> Row:
    return Row(named(leaving.node, titles), (f"自 {date_of(leaving.effect_date)} 起退出",))


def _trial(trial: agreement_pb2.PartyTrial, titles: Titles) -> Row:
    tried = f"与 {named(trial.partner, titles)} 试运行通过({plain(trial.application)})"
    return Row(named(trial.node, titles), (tried,))


def _comment(comment: agreement_pb2.AgreementComment, agreement: _Agreement, titles: Titles) -> Row:
    texts = {agreement.document_digest: agreement.document.document_version}
    texts.update({text.document_digest: text.document.document_version for text in agreement.past})
    if agreement.HasField("amendment"):
        texts[agreement.amendment.document_digest] = agreement.amendment.document.document_version
    version = texts.get(comment.document_digest)
    about = f"第 {version} 版" if version else "此前的文本"
    clause = f"条款 {plain(comment.clause)}" if comment.clause else "全文"
    head = f"{minute(comment.create_time)} 对{about}{clause}"
    return Row(named(comment.node, titles), (head, plain(comment.comment)))
