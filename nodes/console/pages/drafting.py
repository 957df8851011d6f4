"""A text that a legal officer writes or uploads: checked first, with what it would contradict, then proposed.

What is proposed is what was checked: the page carries the digest of the text that it showed, and a text that has become
another meanwhile (because the file was changed, or the agreement stands elsewhere now) is checked anew instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from agreements import written
from agreements.domain.difference import Change, difference
from agreements.domain.documents import document_digest
from agreements.reading import Section, document_sections
from nodes.console.pages.agreements import digest_of, present, titles_of
from nodes.console.visit import Route, Visit
from nodes.desk.staff import SUPERVISOR
from tongban import errors
from tongban.v1 import agreement_pb2, negotiation_pb2, registry_pb2

FORMS = {"bilateral": "双边协议", "alliance": "联盟协议", "mandate": "授权清单"}
STEPS = {"propose": "首次提出", "revise": "修改待签署的文本", "amend": "提出修订"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A text that may be proposed, and what should be known before."""

    document: agreement_pb2.AgreementDocument
    digest: bytes
    raw: bytes
    step: str
    filled: tuple[str, ...]
    needed: tuple[str, ...]
    conflicts: tuple[negotiation_pb2.AgreementConflict, ...]
    sections: tuple[Section, ...]
    changes: tuple[Change, ...]


async def draft(visit: Visit) -> web.StreamResponse:
    """The page: empty, with a sample, or with the present text of an agreement to be amended."""
    visit.staff.require("起草协议", SUPERVISOR)
    text = visit.form.text("text")
    if not text and visit.query("sample") in FORMS:
        text = written.template(visit.query("sample"))
    elif not text and visit.query("of"):
        found = await present(visit, f"agreements/{visit.query('of')}")
        if found is not None:
            document = agreement_pb2.AgreementDocument()
            document.CopyFrom(found.amendment.document if found.HasField("amendment") else found.document)
            document.ClearField("document_version")
            text = written.write(document)
    return await visit.render("agreements/draft.html", text=text, checked=None, forms=FORMS)


async def handed_in(visit: Visit) -> web.StreamResponse:
    """Check a text; propose it where exactly that was checked before."""
    visit.staff.require("起草协议", SUPERVISOR)
    file = visit.form.files.get("file")
    if file is not None and file.content:
        visit.form.values["text"] = [file.content.decode("utf-8", "replace")]
    text = visit.form.text("text")
    try:
        checked = await _checked(visit, text)
        if visit.form.text("propose") and digest_of(visit) == checked.digest:
            request = registry_pb2.ProposeAgreementRequest(document=checked.raw)
            await visit.ask(visit.house.desks.agreements.propose_agreement, request)
            amended = "?text=amendment" if checked.step == "amend" else ""
            return visit.go(f"/{checked.document.name}{amended}")
    except errors.TongbanError as error:
        visit.error = error
        return await visit.render("agreements/draft.html", text=text, checked=None, forms=FORMS)
    return await visit.render("agreements/draft.html", text=text, checked=checked, forms=FORMS, steps=STEPS)


async def _checked(visit: Visit, text: str) -> Checked:
    core = visit.house.core
    if not text:
        raise errors.FieldInvalid(
            field="text", problem="请粘贴文本或选择文件", problem_en="paste a text or choose a file"
        )
    said = written.read(text.encode())
    document = said.document
    before = await present(visit, document.name)
    try:
        filled = written.fill(document, {node.name: node for node in core.shared.directory.nodes()}, before)
        raw = document.SerializeToString(deterministic=True)
        request = negotiation_pb2.CheckAgreementRequest(document=raw)
        found = await visit.ask(visit.house.desks.agreements.check_agreement, request)
    except errors.TongbanError as error:
        raise said.at_its_line(error) from None
    return Checked(
        document=document,
        digest=document_digest(raw),
        raw=raw,
        step=found.step,
        filled=filled,
        needed=tuple(found.needed_signatures),
        conflicts=tuple(found.conflicts),
        sections=tuple(document_sections(document, titles_of(visit, document))),
        changes=difference(_compared(before), document) if before is not None else (),
    )


def _compared(before: agreement_pb2.Agreement) -> agreement_pb2.AgreementDocument:
    return before.amendment.document if before.HasField("amendment") else before.document


async def sample(visit: Visit) -> web.StreamResponse:
    """A sample as a file."""
    kind = visit.query("kind")
    if kind not in FORMS:
        raise errors.NotFound(field="kind", name=kind)
    headers = {"Content-Disposition": f'attachment; filename="{kind}.yaml"', "X-Content-Type-Options": "nosniff"}
    return web.Response(text=written.template(kind), content_type="text/yaml", charset="utf-8", headers=headers)


ROUTES = (
    # `~` is in no agreement's name, so these pages hide none.
    Route("GET", "/agreements/~draft", draft),
    Route("POST", "/agreements/~draft", handed_in),
    Route("GET", "/agreements/~sample", sample),
)
