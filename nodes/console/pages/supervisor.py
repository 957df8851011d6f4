"""The supervisor: the directory, how the node is, who works here."""

from __future__ import annotations

from aiohttp import web

from nodes.console.visit import Route, Visit
from tongban import errors
from tongban.v1 import registry_pb2


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
    Route("GET", "/nodes", nodes),
    Route("GET", "/status", status),
    Route("POST", "/status", finish),
    Route("POST", "/status/retry", retry),
    Route("POST", "/status/retry-all", retry_all),
    Route("GET", "/staff", people),
)
