"""What is on the pages, as plain data: text by text, so that the typesetter never sees anything that it could run."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import segno

from agreements.domain import printed, proof
from agreements.domain.certificates import Signed
from agreements.domain.documents import is_mandate
from agreements.domain.proof import Verdict
from agreements.reading import Row, Section, Titles, document_sections, groups, minute, named, plain
from agreements.standing import STATES, standing_sections
from tongban import errors
from tongban.paper.typography import typographic
from tongban.paper.values import map_texts
from tongban.v1 import agreement_pb2, lifecycle_pb2, proof_pb2, registry_pb2

_OPEN = "待明确事项"
_SIGNED_APART = "签署"


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a sheet shows, and what is embedded in it."""

    title: str
    name: str
    version: int
    digest: str
    notice: str
    """What keeps the text from binding, or empty."""
    questions: int
    sections: tuple[Section, ...]
    open: Section | None
    signatures: tuple[Mapping[str, str], ...]
    missing: tuple[str, ...]
    standing: tuple[Section, ...]
    printer: str
    print_time: str
    printer_root: str
    qr: str
    qr_text: str
    qr_signed: int
    seconds: int
    """When it was printed, in seconds since 1970: the document's own date."""
    proof: bytes

    def data(self) -> dict[str, object]:
        """For the typesetter, with the punctuation of print."""
        exact = {"name", "digest", "qr", "qr_text", "printer_root", "proof"}
        return {key: value if key in exact else map_texts(value, typographic) for key, value in asdict(self).items()}


def content(given: registry_pb2.GetAgreementProofResponse) -> Content:
    """The content of a print, verified; FieldInvalid where the proof has a flaw or no statement for the QR."""
    verdict = proof.verify(given.proof)
    if verdict.flaws:
        flaw = verdict.flaws[0]
        raise errors.FieldInvalid(field=flaw.place, problem=flaw.zh, problem_en=flaw.en)
    if verdict.printed is None:
        raise errors.FieldInvalid(field="proof.printed", problem="没有打印声明", problem_en="there is no statement")
    titles = {each.name: each.title for each in given.titles}
    statement = verdict.printed.statement
    sections = tuple(document_sections(verdict.document, titles))
    return Content(
        title=plain(verdict.document.title),
        name=verdict.document.name,
        version=verdict.document.document_version,
        digest=groups(verdict.digest),
        notice=_notice(given.agreement, verdict),
        questions=len(verdict.document.open_questions),
        sections=tuple(section for section in sections if section.title != _OPEN),
        open=next((section for section in sections if section.title == _OPEN), None),
        signatures=tuple(
            [_signature(signed, titles) for signed in verdict.signatures]
            + [_signature(signed, titles, "(已不是本版参与方)") for signed in verdict.others]
        ),
        missing=tuple(named(node, titles) for node in _unsigned(verdict)),
        standing=tuple(_standing(given.agreement, titles)),
        printer=named(statement.printer, titles),
        print_time=minute(statement.print_time),
        printer_root=groups(hashlib.sha256(verdict.printed.roots[statement.printer]).digest()),
        qr=_qr(given.proof.printed),
        qr_text=printed.to_text(given.proof.printed),
        qr_signed=len(verdict.printed.signed),
        seconds=statement.print_time.seconds,
        proof=proof.to_file(given.proof),
    )


def _notice(agreement: agreement_pb2.Agreement, verdict: Verdict) -> str:
    if agreement.amendment.document_digest == verdict.digest:
        return "待签署的修订,尚未生效"
    past = {text.document_digest for text in agreement.past}
    if agreement.document_digest != verdict.digest:
        return "已被后来的版本取代" if verdict.digest in past else "不是现行文本"
    if verdict.missing:
        return "尚缺签署,未生效"
    if agreement.state != lifecycle_pb2.AGREEMENT_STATE_SIGNED:
        return STATES.get(agreement.state, "状态未知")
    return ""


def _unsigned(verdict: Verdict) -> Iterable[str]:
    document, signed = verdict.document, {each.node for each in verdict.signatures}
    asked = [document.issuer] if is_mandate(document) else [party.node for party in document.parties]
    return (node for node in asked if node not in signed)


def _signature(signed: Signed, titles: Titles, remark: str = "") -> Mapping[str, str]:
    return {
        "party": named(signed.node, titles) + remark,
        "time": minute(signed.event.claim_time),
        "key": signed.key_id,
        "root": groups(hashlib.sha256(signed.root).digest()),
        "event": signed.event.event_id,
        "actor": plain(signed.event.actor) or "未载明",
    }


def _standing(agreement: agreement_pb2.Agreement, titles: Titles) -> Iterable[Section]:
    """Where it stands, without the signatures, which have a table of their own."""
    for section in standing_sections(agreement, titles):
        if section.title == _SIGNED_APART:
            continue
        yield Section(section.title, tuple(Row(row.label, row.values) for row in section.rows))


def _qr(content_of: proof_pb2.PrintedAgreement) -> str:
    """The code as SVG, as wide as its text needs, with the margin that the standard asks for."""
    out = io.BytesIO()
    code = segno.make(printed.to_text(content_of), error="l", micro=False)
    code.save(out, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode("ascii")
