"""What was verified, or what is wrong and who mends it, as sentences for whoever holds the paper."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping

from agreements.domain import printed, proof
from agreements.domain.certificates import Flaw
from agreements.domain.terms import SHANGHAI
from agreements.reading import groups, plain
from agreements.standing import STATES

_AFTERWARDS = (
    "本核验不需要联网,也不表明此后是否中止、修订或终止:须向任一节点查询。",
    "This needed no line, and does not tell of a later suspension, amendment or end: ask any node.",
)
_PAGES = (
    "核验的是所签署的文本,不是页面上的字:以 --text 列出的全文为准。",
    "What was verified is the text that was signed, not what stands on the pages: --text tells it.",
)
_COMPARE = (
    "请将上列根密钥指纹与各方通过电话核对。",
    "Compare the root fingerprints above with the parties by telephone.",
)


def known_roots(given: Mapping[str, bytes], found: Mapping[str, bytes]) -> tuple[Flaw, ...]:
    """What does not agree with the fingerprints that the reader knows already."""
    flaws = []
    for node, fingerprint in given.items():
        if node not in found:
            flaws.append(Flaw("root", f"其中没有 {node}", f"{node} is not in it", node))
        elif found[node] != fingerprint:
            zh = f"{node} 的根密钥指纹与您所知的不符:先看所输入的有无错字,再打电话核实,核实之前不要采信"
            en = f"the root of {node} is not the one that you know: look for a slip in yours, then ask by telephone"
            flaws.append(Flaw("root", zh, en, node))
    return tuple(flaws)


def of_proof(verdict: proof.Verdict, language: str) -> Iterator[str]:
    """What a proof proves."""
    en = language == "en"
    document = verdict.document
    yield _headline(bool(verdict.flaws), bool(verdict.missing), en)
    title = plain(document.title).replace("\n", " ")
    yield (
        f"{title} ({document.name}), version {document.document_version}"
        if en
        else (f"《{title}》({document.name}),第 {document.document_version} 版")
    )
    yield f"SHA-256 {groups(verdict.digest)}"
    for signed in verdict.signatures:
        root = groups(hashlib.sha256(signed.root).digest())
        if en:
            yield f"  signed by {signed.node} at {_minute(signed.time)}, key {signed.key_id}, root {root}"
        else:
            yield f"  {signed.node} 于 {_minute(signed.time)} 签署,密钥 {signed.key_id},根密钥指纹 {root}"
    for signed in verdict.others:
        if en:
            yield f"  {signed.node}, no party of this version any more, agreed at {_minute(signed.time)}"
        else:
            yield f"  {signed.node}(已不是本版参与方)于 {_minute(signed.time)} 签署同意"
    yield from (
        f"  not signed by {node}: they have to sign" if en else f"  {node} 尚未签署:须由其签署"
        for node in verdict.missing
    )
    if verdict.printed is not None:
        yield _print(verdict.printed, en)
    if document.open_questions:
        count = len(document.open_questions)
        yield f"The text leaves {count} questions open." if en else f"文本有 {count} 项待明确事项。"
    yield from _flaws(verdict.flaws, en)
    yield _PAGES[en]
    yield _COMPARE[en]
    yield _AFTERWARDS[en]


def of_print(found: printed.Print, language: str) -> Iterator[str]:
    """What a QR proves by itself."""
    en = language == "en"
    statement = found.statement
    missing = statement.signature_count < statement.party_count
    yield _headline(bool(found.flaws), False, en)
    yield (
        f"{statement.name}, version {statement.document_version}"
        if en
        else (f"{statement.name},第 {statement.document_version} 版")
    )
    yield f"SHA-256 {groups(statement.document_digest)}"
    yield _print(found, en)
    state = STATES.get(statement.state, str(statement.state))
    counts = (statement.signature_count, statement.party_count)
    if en:
        yield f"At that time {counts[0]} of {counts[1]} parties had signed."
    else:
        yield f"打印时的状态:{state},{counts[1]} 方中 {counts[0]} 方已签署{',尚不完整' if missing else ''}。"
    for node, time in found.signed:
        yield f"  signed by {node} at {_minute(time)}" if en else f"  {node} 于 {_minute(time)} 签署"
    if not found.signed and statement.signature_count:
        yield (
            "The parties' own signatures are not in the QR; they are in the PDF's attachment."
            if en
            else "二维码中没有各方自己的签名;它们在 PDF 的附件中。"
        )
    for owner, root in found.roots.items():
        digest = groups(hashlib.sha256(root).digest())
        yield f"  root of {owner}: {digest}" if en else f"  {owner} 的根密钥指纹:{digest}"
    yield from _flaws(found.flaws, en)
    yield (
        "Compare digest and fingerprints with those on the paper." if en else "请将摘要和根密钥指纹与纸面所载逐一相比。"
    )
    yield _AFTERWARDS[en]


def _headline(wrong: bool, missing: bool, en: bool) -> str:
    if wrong:
        return "NOT VERIFIED" if en else "核验未通过"
    if missing:
        return "Signatures are missing; those that are there verify" if en else "签署不全;已有的签署核验无误"
    return "Verified" if en else "核验通过"


def _print(found: printed.Print, en: bool) -> str:
    statement = found.statement
    time = _minute(statement.print_time.ToDatetime(dt.UTC))
    return f"Printed by {statement.printer} at {time}." if en else f"由 {statement.printer} 于 {time} 打印。"


def _flaws(flaws: tuple[Flaw, ...], en: bool) -> Iterator[str]:
    for flaw in flaws:
        if en:
            yield f"  wrong at {flaw.place}: {flaw.en}. {f'{flaw.node} has' if flaw.node else _GIVER[1]} to mend it."
        else:
            yield f"  {flaw.place} 有误:{flaw.zh.rstrip('。')}。请{flaw.node or _GIVER[0]}更正后重新出具。"


_GIVER = ("提供此文件的单位", "Whoever gave you this has")


def _minute(moment: dt.datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") + " (UTC+8)"
