"""The page's server."""

from __future__ import annotations

import datetime as dt

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.core import GatewayCore
from gateway.epochs import RECOVERY
from gateway.links import links_of
from gateway.page.overview import log_line, overview
from gateway.sealer import KEY as OTHER_KEY
from gateway.store import QUERIES
from tongban import errors
from tongban.clock import SystemEntropy
from tongban.faults import Party
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.storage.base import Row, Transaction
from tongban.v1 import lifecycle_pb2
from tongban.web import Site, add_static, environment, no_page, page, problem_response, unforeseen


class Page:
    """Serves the operator's page of one gateway."""

    def __init__(self, core: GatewayCore) -> None:
        self._core = core
        self._templates = environment("gateway.page")
        application = web.Application(middlewares=[unforeseen(SystemEntropy(), self._failed), self._named])
        application.router.add_get("/", self._overview)
        application.router.add_get("/healthz", self._health)
        application.router.add_get("/links", self._links)
        add_static(application)
        self._site = Site(application)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which for 0 the system chose."""
        return await self._site.start(host, port)

    async def stop(self) -> None:
        """Stop listening."""
        await self._site.stop()

    async def _overview(self, request: web.Request) -> web.Response:
        shown = await overview(self._core)
        return page(self._templates.get_template("overview.html").render(o=shown))

    async def _links(self, request: web.Request) -> web.Response:
        """How the nodes' links are, for `tongban gateway doctor`."""
        nodes = self._core.admitter.directory.nodes()
        links = await links_of(self._core, [node.name for node in nodes])
        return web.json_response(
            {
                **await self._inside(),
                "links": [
                    {
                        "node": node.name,
                        "title": node.profile.title,
                        "connected": link.connected,
                        "since": link.since_time.ToDatetime(dt.UTC).isoformat() if link.HasField("since_time") else "",
                        "unread": link.unread,
                        "suspended": node.state == lifecycle_pb2.NODE_STATE_SUSPENDED,
                    }
                    for node, link in zip(nodes, links, strict=True)
                    if node.name != GATEWAY_AUTHOR
                ],
            }
        )

    async def _inside(self) -> dict[str, object]:
        """What waits within the gateway: its queue, the log's checkpoints, streams that came back and do not fit."""
        now = self._core.clock.now().timestamp()

        def work(tx: Transaction) -> tuple[list[Row], bool]:
            return tx.fetch_all(RECOVERY.list_forks), log_line(tx, now).late

        forks, late = await self._core.database.run(work, read_only=True)
        waiting, load = self._core.admitter.queue()
        problems = self._core.sealing
        return {
            "queue": {"waiting": waiting, "load": load},
            "evidence": {"problems": dict(problems), "other_key": OTHER_KEY in problems, "late": late},
            "parked": [{key: row[key] for key in ("stream", "node", "version", "events")} for row in forks],
        }

    async def _health(self, request: web.Request) -> web.Response:
        await self._core.database.run(
            lambda tx: tx.fetch_one(QUERIES.get_setting, {"key": "epoch"}),
            read_only=True,
        )
        content = {"status": "serving", "gateway": self._core.name, "epoch": self._core.admitter.epoch}
        if self._core.draining.is_set():
            return web.json_response({**content, "status": "draining"}, status=503)
        if (problem := self._core.admitter.storage.problem) is not None:
            # 200 all the same: nodes read on, and sending them elsewhere would help nobody.
            return web.json_response({**content, "status": "degraded", "problem": problem.text("zh")})
        return web.json_response(content)

    def _failed(self, request: web.Request, incident: str) -> web.Response:
        status = 503 if request.path == "/healthz" else 500
        return web.Response(text=f"系统内部错误 / internal error: {incident}", status=status)

    @web.middleware
    async def _named(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except errors.TongbanError as error:
            return problem_response(request, error, Party.GATEWAY)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            response = problem_response(request, no_page(request, error))
            response.set_status(error.status)
            return response
