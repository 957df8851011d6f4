"""The supervisor: agreements to read and sign, the directory, how the node is, who works here."""

from __future__ import annotations

from aiohttp import web

from agreements.text import agreement_text, document_text, names_in
from nodes.console.pages import printing
from nodes.console.visit import Route, Visit
from nodes.desk.staff import SUPERVISOR
from tongban import errors
from tongban.v1 import agreement_pb2, registry_pb2


async def agreements(visit: Visit) -> web.StreamResponse:
    """All that this node knows."""
    listed = await visit.ask(
        visit.house.desks.registry.list_agreements, registry_pb2.ListAgreementsRequest(page_size=500)
    )
    known = [await _present(visit, each.name) or each for each in listed.agreements]
    return await visit.render("supervisor/agreements.html", agreements=known)


async def _present(visit: Visit, name: str) -> agreement_pb2.Agreement | None:
    """An agreement with this node's own signature, also while that waits for its receipt."""
    state = await visit.house.core.state(name)
    return state if isinstance(state, agreement_pb2.Agreement) else None


async def agreement(visit: Visit) -> web.StreamResponse:
    """The text, to be read before it is signed."""
    name = f"agreements/{visit.part('agreement')}"
    visit.staff.require("查看协议", SUPERVISOR)
    found = await _present(visit, name)
    if found is None:
        raise errors.AgreementNotFound(field="name", name=name)
    here = visit.house.core.name
    titles = _titles(visit, found)
    amendment = found.amendment if found.HasField("amendment") else None
    return await visit.render(
        "supervisor/agreement.html",
        agreement=found,
        amendment=amendment,
        lines=_lines(agreement_text(found, titles)),
        amended=_lines(document_text(amendment.document, titles)) if amendment is not None else [],
        beside=printing.latest(found),
        party=here in {party.node for party in found.document.parties},
        signed=here in {signature.node for signature in found.signatures},
        signed_amendment=here in {signature.node for signature in found.amendment.signatures},
    )


def _titles(visit: Visit, found: agreement_pb2.Agreement) -> dict[str, str]:
    titles = {name: visit.house.title(name) for name in names_in(found)}
    return {name: title for name, title in titles.items() if title != name}


def _lines(text: str) -> list[tuple[str, str]]:
    """The text's lines with their kind; the text is our own Markdown, of headings and lists alone."""
    marks = (("# ", "h1"), ("## ", "h2"), ("  - ", "sub"), ("- ", "li"))
    found = []
    for line in filter(str.strip, text.splitlines()):
        mark, kind = next(((m, k) for m, k in marks if line.startswith(m)), ("", "p"))
        found.append((kind, line[len(mark) :].replace("`", "")))
    return found


async def sign(visit: Visit) -> web.StreamResponse:
    """Sign what was read."""
    name = f"agreements/{visit.part('agreement')}"
    try:
        if visit.form.text("read") != "yes":
            raise errors.FieldInvalid(
                field="read", problem="请先通读全文并勾选", problem_en="read the whole text, then tick the box"
            )
        try:
            digest = bytes.fromhex(visit.form.text("digest"))
        except ValueError:
            digest = b""
        request = registry_pb2.SignAgreementRequest(name=name, document_digest=digest)
        await visit.ask(visit.house.desks.agreements.sign_agreement, request)
    except errors.TongbanError as error:
        visit.error = error
        return await agreement(visit)
    return visit.go(f"/{name}")


async def nodes(visit: Visit) -> web.StreamResponse:
    """The directory."""
    listed = await visit.ask(visit.house.desks.registry.list_nodes, registry_pb2.ListNodesRequest(page_size=500))
    return await visit.render("supervisor/nodes.html", nodes=listed.nodes)


async def status(visit: Visit) -> web.StreamResponse:
    """How the node is."""
    found = await visit.ask(visit.house.desks.registry.get_node_status, registry_pb2.GetNodeStatusRequest())
    return await visit.render("supervisor/status.html", status=found)


async def finish(visit: Visit) -> web.StreamResponse:
    """Mark something as mended."""
    request = registry_pb2.FinishTaskRequest(task_id=visit.form.text("task_id"))
    try:
        await visit.ask(visit.house.desks.registry.finish_task, request)
    except errors.TongbanError as error:
        visit.error = error
        return await status(visit)
    return visit.go("/status")


async def retry(visit: Visit) -> web.StreamResponse:
    """Do a refused step again, or try what is parked."""
    registry = visit.house.desks.registry
    try:
        if task_id := visit.form.text("task_id"):
            await visit.ask(registry.retry_task, registry_pb2.RetryTaskRequest(task_id=task_id))
        else:
            await visit.ask(registry.retry_parked, registry_pb2.RetryParkedRequest())
    except errors.TongbanError as error:
        visit.error = error
        return await status(visit)
    return visit.go("/status")


async def retry_all(visit: Visit) -> web.StreamResponse:
    """Do every refused step again that is still possible, in the order they were made; the others stay listed."""
    registry = visit.house.desks.registry
    listed = await visit.ask(registry.get_node_status, registry_pb2.GetNodeStatusRequest())
    for task in listed.tasks:
        try:
            await visit.ask(registry.retry_task, registry_pb2.RetryTaskRequest(task_id=task.task_id))
        except errors.NotFound:
            continue  # done already, with a step that it belongs to
        except errors.TongbanError as error:
            visit.error = error
    return await status(visit) if visit.error else visit.go("/status")


async def people(visit: Visit) -> web.StreamResponse:
    """Who works here."""
    return await visit.render("supervisor/people.html", people=await visit.house.desks.staff.list_staff(visit.staff))


ROUTES = (
    *printing.ROUTES,
    Route("GET", "/agreements", agreements),
    Route("GET", "/agreements/{agreement}", agreement),
    Route("POST", "/agreements/{agreement}", sign),
    Route("GET", "/nodes", nodes),
    Route("GET", "/status", status),
    Route("POST", "/status", finish),
    Route("POST", "/status/retry", retry),
    Route("POST", "/status/retry-all", retry_all),
    Route("GET", "/staff", people),
)
