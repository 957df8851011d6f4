"""The console's server: every page behind one gate."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler as WebHandler

from nodes.console import auth
from nodes.console.forms import MAX_BODY, read_form
from nodes.console.house import Desks, House
from nodes.console.routes import ROUTES
from nodes.console.visit import Route, Visit
from nodes.core import NodeCore
from nodes.desk.staff import APPROVAL, LOCKER, MAILROOM, SUPERVISOR, WINDOW
from nodes.lookout import Lookout
from tongban import errors
from tongban.web import Site, add_static, no_page, page, problem_response, unforeseen, wants_json


class Console:
    """Serves the console of one node."""

    def __init__(self, core: NodeCore, desks: Desks, lookout: Lookout | None = None) -> None:
        self._house = House(core, desks, lookout or Lookout(core))
        application = web.Application(
            middlewares=[unforeseen(core.entropy, self._failed), self._outside], client_max_size=MAX_BODY
        )
        for route in (*auth.ROUTES, *ROUTES):
            application.router.add_route(route.method, route.path, self._gate(route))
        add_static(application, "nodes.console")
        self._site = Site(application)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which for 0 the system chose."""
        return await self._site.start(host, port)

    async def stop(self) -> None:
        """Stop listening."""
        await self._site.stop()

    def _gate(self, route: Route) -> WebHandler:
        async def handle(request: web.Request) -> web.StreamResponse:
            visit = Visit(request, self._house, language=auth.language(request))
            try:
                visit.staff, secret = await auth.visitor(self._house, request)
                visit.csrf = auth.form_token(secret)
                if visit.staff.user and not route.quiet:
                    self._house.lookout.working()
                if not route.open and not visit.staff.user:
                    raise errors.SignInRequired(field="authorization")
                if visit.staff.roles == {LOCKER} and not (route.open or route.quiet or route.public):
                    visit.staff.require("查看办件", WINDOW, APPROVAL, MAILROOM, SUPERVISOR)
                if route.method == "POST":
                    visit.form = await read_form(request)
                    auth.check_form(visit)
                return await route.handler(visit)
            except errors.TongbanError as error:
                self._house.lookout.note(error)
                return await self._refused(visit, error)

        return handle

    async def _refused(self, visit: Visit, error: errors.TongbanError) -> web.StreamResponse:
        request = visit.request
        if wants_json(request):
            return problem_response(request, error)
        if isinstance(error, errors.SignInRequired) and request.method == "GET":
            return visit.go(f"/sign-in?next={quote(request.path)}")
        visit.error = error
        return await visit.render("error.html")

    @web.middleware
    async def _outside(self, request: web.Request, handler: WebHandler) -> web.StreamResponse:
        """What is no page of ours gets a page too."""
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            visit = Visit(request, self._house, language=auth.language(request))
            visit.staff, secret = await auth.visitor(self._house, request)
            visit.csrf = auth.form_token(secret)
            response = await self._refused(visit, no_page(request, error))
            response.set_status(error.status)
            if isinstance(error, web.HTTPMethodNotAllowed):
                response.headers["Allow"] = error.headers["Allow"]
            return response

    def _failed(self, request: web.Request, incident: str) -> web.Response:
        template = self._house.templates.get_template("incident.html")
        return page(template.render(incident=incident, english=auth.language(request) == "en"), 500)
