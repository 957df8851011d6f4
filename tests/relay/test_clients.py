"""The line to a carrier: bounded in time and size, to nobody else, and its faults say what may have been done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from mailroom.carriers.base import MAX_BODY, CarrierFault, FaultKind, HttpRequest
from nodes.relay.clients import CUT, TIMED_OUT, UNSENT, HttpLine
from tongban.web import Site

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]
Open = Callable[[Serve], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Open]:
    """Servers that answer as the test says."""
    sites: list[Site] = []

    async def open_site(handler: Serve) -> str:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        site = Site(application)
        sites.append(site)
        return f"http://127.0.0.1:{await site.start('127.0.0.1', 0)}/"

    yield open_site
    await asyncio.gather(*(site.stop() for site in sites))


@pytest.fixture
async def line() -> AsyncIterator[HttpLine]:
    made = HttpLine("shunfeng")
    yield made
    await made.close()


async def fault_of(line: HttpLine, url: str, seconds: float = 5.0) -> CarrierFault:
    with pytest.raises(CarrierFault) as caught:
        await line.send(HttpRequest("POST", url, b"secret=SECRET"), seconds)
    assert "SECRET" not in str(caught.value)
    return caught.value


async def test_what_is_sent_arrives_as_it_stands(line: HttpLine, serve: Open) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(status=418, body=await request.read(), headers={"X-Path": request.raw_path})

    url = await serve(echo)
    reply = await line.send(HttpRequest("POST", f"{url}a%2Fb?c=%E4%BD%A0", b"\x00\xff", {"Content-Type": "x/y"}), 5.0)
    assert (reply.status, reply.body, reply.headers["X-Path"]) == (418, b"\x00\xff", "/a%2Fb?c=%E4%BD%A0")


async def test_a_redirection_is_an_answer_and_not_followed(line: HttpLine, serve: Open) -> None:
    reached: list[str] = []

    async def stranger(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response()

    elsewhere = await serve(stranger)

    async def away(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": elsewhere})

    assert (await line.send(HttpRequest("POST", await serve(away), b"secret"), 5.0)).status == 307
    assert reached == []


async def test_an_answer_without_end_is_cut_off(line: HttpLine, serve: Open) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 50 * MAX_BODY:
            await response.write(b"x" * 65536)
            sent += 65536
        return response

    fault = await fault_of(line, await serve(endless), 20.0)
    assert fault.kind is FaultKind.MALFORMED
    assert sent < 20 * MAX_BODY


async def test_a_silent_server_costs_its_time_and_no_more(line: HttpLine, serve: Open) -> None:
    async def silent(request: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response()

    fault = await fault_of(line, await serve(silent), 0.2)
    assert (fault.kind, fault.code, fault.retryable) == (FaultKind.DOWNSTREAM, TIMED_OUT, True)


async def test_only_what_never_left_is_called_unsent(line: HttpLine, serve: Open) -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    assert (await fault_of(line, await serve(cut))).code == CUT
    site = Site(web.Application())
    port = await site.start("127.0.0.1", 0)
    await site.stop()
    assert (await fault_of(line, f"http://127.0.0.1:{port}/")).code == UNSENT
