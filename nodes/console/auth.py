"""Signing in and out, and proof that a form came from one of our pages.

The session's token lives in a cookie; the token of forms is an HMAC under it, so it needs no store and ends with the
session.  Before anybody has signed in, a random cookie takes the session's place.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from aiohttp import web

from nodes.console.house import House
from nodes.console.visit import NOBODY, Route, Visit
from nodes.desk.staff import SESSION_HOURS, Staff
from tongban import errors
from tongban.problem import language_of
from tongban.v1 import window_pb2
from tongban.validation import check

CSRF_FIELD = "csrf"
LANGUAGE_COOKIE = "tongban-language"
_LOCAL_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.-]*")


def session_cookie(house: House) -> str:
    """The name of the session's cookie, of this node alone."""
    return f"tongban-session-{re.sub(r'[^A-Za-z0-9]', '-', house.core.name.removeprefix('nodes/'))}"


def _guest_cookie(house: House) -> str:
    return session_cookie(house).replace("session", "guest")


async def visitor(house: House, request: web.Request) -> tuple[Staff, str]:
    """Who asks, and the secret that their forms' token is made of."""
    token = _cookie(request, session_cookie(house))
    if token:
        try:
            return await house.desks.staff.who(token), token
        except errors.SignInRequired:
            pass
    return NOBODY, _cookie(request, _guest_cookie(house))


def _cookie(request: web.Request, name: str) -> str:
    """A cookie of ours, which are ASCII; nothing where somebody put other bytes into it."""
    value = request.cookies.get(name, "")
    return value if value.isascii() else ""


def form_token(secret: str) -> str:
    """The token that every form of this visitor carries."""
    if not secret:
        return ""
    digest = hmac.digest(secret.encode("utf-8"), b"tongban/console/form", hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:24]).decode("ascii")


def check_form(visit: Visit) -> None:
    """Refuse a form that did not come from one of our pages, or whose session has ended."""
    if not visit.csrf or not hmac.compare_digest(visit.csrf.encode(), visit.form.text(CSRF_FIELD).encode()):
        refused = errors.Forbidden.quoted(
            "FORBIDDEN",
            "页面已过期,或表单不是由本页面发出的,未办理任何事项。请返回上一页刷新后重新提交。",
            "This form is out of date or is not this console's; nothing was done. Reload the page and send again.",
        )
        refused.mender = errors.Mender.CLERK
        raise refused


def language(request: web.Request) -> str:
    """The reader's language: as chosen, or else as the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in {"zh", "en"} else language_of(request.headers.get("Accept-Language", ""))


async def sign_in_page(visit: Visit) -> web.StreamResponse:
    """The form, and a cookie to tie it to."""
    if visit.staff.user and visit.error is None:
        return visit.go("/")
    fresh = ""
    if not visit.csrf:
        fresh = visit.house.core.entropy.token(24).hex()
        visit.csrf = form_token(fresh)
    onward = visit.form.text("next") or visit.query("next")
    response = await visit.render("sign_in.html", onward=onward)
    if fresh:
        _set(visit, response, _guest_cookie(visit.house), fresh)
    return response


async def sign_in(visit: Visit) -> web.StreamResponse:
    """Open a session."""
    request = window_pb2.SignInRequest(
        user=visit.form.text("user"), password=visit.form.values.get("password", [""])[0]
    )
    try:
        check(request, refuse_unknown=True)
        answer = await visit.house.desks.staff.sign_in(request)
    except errors.TongbanError as error:
        visit.error = error
        return await sign_in_page(visit)
    onward = visit.form.text("next")
    response = visit.go(onward if _LOCAL_PATH.fullmatch(onward) else "/")
    _set(visit, response, session_cookie(visit.house), answer.session, hours=SESSION_HOURS)
    response.del_cookie(_guest_cookie(visit.house))
    return response


async def sign_out(visit: Visit) -> web.StreamResponse:
    """End the session, here and in the browser."""
    token = _cookie(visit.request, session_cookie(visit.house))
    if token:
        await visit.house.desks.staff.sign_out(token)
    response = visit.go("/sign-in")
    response.del_cookie(session_cookie(visit.house))
    return response


async def choose_language(visit: Visit) -> web.StreamResponse:
    """Chinese or English from now on."""
    onward = visit.form.text("next")
    response = visit.go(onward if _LOCAL_PATH.fullmatch(onward) else "/")
    chosen = "en" if visit.form.text("language") == "en" else "zh"
    _set(visit, response, LANGUAGE_COOKIE, chosen, hours=24 * 365)
    return response


def _set(visit: Visit, response: web.StreamResponse, name: str, value: str, hours: int | None = None) -> None:
    response.set_cookie(
        name,
        value,
        httponly=True,
        samesite="Strict",
        secure=visit.request.secure,
        path="/",
        max_age=hours * 3600 if hours else None,
    )


ROUTES = (
    Route("GET", "/sign-in", sign_in_page, open=True),
    Route("POST", "/sign-in", sign_in, open=True),
    Route("POST", "/sign-out", sign_out, open=True),
    Route("POST", "/language", choose_language, open=True),
)
