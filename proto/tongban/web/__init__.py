"""What the consoles and the operator's page share: a server, pages that cannot be turned against their reader, a look.

A page is rendered here and carries no script of its own.  So the policy sent with every answer allows this origin's
files and nothing else: no inline script or style, no frame, no form that posts elsewhere.  Templates escape whatever
they are given, and a name that is not there is an error, not an empty string.  Nothing is stored by a browser or
a proxy except the style sheet and the one script, and no access log is written, because a path may name an application.

What can go wrong: something nobody foresaw.  The reader gets an incident number and the log gets the traceback under
the same number, and nothing of the request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tongban import errors
from tongban.clock import Entropy
from tongban.faults import Party
from tongban.problem import CONTENT_TYPE, INTERNAL_STATUS, internal_problem, language_of, problem

logger = logging.getLogger(__name__)

STATIC = "/static/"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Site:
    """An application that listens until it is stopped."""

    def __init__(self, application: web.Application, runner: web.AppRunner | None = None) -> None:
        """`runner`: its own, where it serves the application in another way."""
        application.on_response_prepare.append(_secure)
        # No access log: a path may name an application. The signal handlers belong to the process.
        self._runner = runner or web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=2.0)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which for 0 the system chose."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise errors.ConfigurationInvalid(
                field=f"{host}:{port}",
                problem="无法监听此地址(可能已被占用)",
                problem_en="cannot listen here; it may be taken",
            ) from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening and end what is under way."""
        await self._runner.cleanup()


def environment(package: str) -> jinja2.Environment:
    """The templates of a package: everything is escaped, and an unknown name is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def add_static(application: web.Application, *packages: str) -> None:
    """Serve the files in the `static` folders of these packages; a later one may replace an earlier one's."""
    files: dict[str, Path] = {}
    for package in ("tongban.web", *packages):
        folder = Path(str(resources.files(package))) / "static"
        files.update({path.name: path for path in folder.iterdir() if path.suffix in {".css", ".js", ".svg"}})

    async def serve(request: web.Request) -> web.StreamResponse:
        path = files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    application.router.add_get(f"{STATIC}{{name}}", serve)


def page(html: str, status: int = 200) -> web.Response:
    """A rendered page."""
    return web.Response(text=html, status=status, content_type="text/html", charset="utf-8")


def wants_json(request: web.Request) -> bool:
    """Whether the caller is a program that asked for JSON."""
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def problem_response(request: web.Request, error: errors.TongbanError, speaker: Party = Party.OWN_NODE) -> web.Response:
    """The error as problem+json; `speaker` is whose page it is."""
    language = language_of(request.headers.get("Accept-Language", ""))
    document = problem(error, language, instance=request.path, speaker=speaker)
    return web.json_response(document, status=error.http_status, content_type=CONTENT_TYPE)


def no_page(request: web.Request, error: web.HTTPException) -> errors.TongbanError:
    """What a reader is told of an address, or a way to use one, that is not there."""
    path = request.path[:80]
    if isinstance(error, web.HTTPMethodNotAllowed):
        return errors.InvalidInput.quoted(
            errors.InvalidInput.reason(),
            f"{path} 不能这样使用({request.method})。请从首页进入。",
            f"{path} is not for {request.method}. Begin at the first page.",
            field="method",
        )
    return errors.NotFound.quoted(
        errors.NotFound.reason(),
        f"没有找到这个页面 {path}。请核对地址,或从首页进入。",
        f"There is no page {path}. Check the address.",
        field="path",
    )


def unforeseen(entropy: Entropy, render: Callable[[web.Request, str], web.Response]) -> Middleware:
    """A middleware for what nobody foresaw; `render` makes the page that tells the incident number."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (web.HTTPException, errors.TongbanError, ConnectionError):
            raise
        except Exception:
            incident = entropy.token(4).hex()
            logger.exception("incident %s", incident)
            if wants_json(request):
                language = language_of(request.headers.get("Accept-Language", ""))
                document = internal_problem(incident, language, instance=request.path)
                return web.json_response(document, status=INTERNAL_STATUS, content_type=CONTENT_TYPE)
            return render(request, incident)

    return middleware


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = "no-cache" if request.path.startswith(STATIC) else "no-store"
    response.headers.popall("Server", None)
