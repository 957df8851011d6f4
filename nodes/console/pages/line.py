"""The way from this desk to the partners: which part fails, whose it is, what to do."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from aiohttp import web

from nodes.console.visit import Route, Visit
from nodes.domain import diagnosis
from nodes.domain.diagnosis import Link
from nodes.lookout import WORST
from tongban.faults import HOP_WORDS, Finding, Hop
from tongban.v1 import registry_pb2
from tongban.web import page

HOLD_SECONDS = 1.0
"""So long a page's question for something new is held; a page that hears nothing longer knows that the node is gone."""
_WAY = (Hop.DESK, Hop.NODE, Hop.LINE, Hop.GATEWAY)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the way: good, bad, or not to be seen behind a bad one."""

    words: str
    mark: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner's link, and what is wrong with it."""

    link: Link
    finding: Finding | None


async def line(visit: Visit) -> web.StreamResponse:
    """The page, looked at anew."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(visit.house.lookout.look(), WORST)
    return await _shown(visit, "line/page.html")


async def now(visit: Visit) -> web.StreamResponse:
    """What may have changed of it."""
    return await _shown(visit, "line/now.html")


async def _shown(visit: Visit, template: str) -> web.StreamResponse:
    house = visit.house
    status = await visit.ask(house.desks.registry.get_node_status, registry_pb2.GetNodeStatusRequest())
    desk = house.faults.desk()
    links = [link for name, link in sorted(house.core.line.links.items()) if name != house.core.name]
    partners = [Partner(link, diagnosis.partner(link, desk.title(link.node), desk.zone)) for link in links]
    early = await house.faults.early()
    return await visit.render(template, status=status, partners=partners, way=_way(visit), early=early)


def _way(visit: Visit) -> list[Stretch]:
    """The parts up to the gateway: a fault hides what lies behind it."""
    bad = {finding.fault.hop for finding in visit.house.core.line.findings}
    hidden = False
    stretches = []
    for hop in _WAY:
        mark = "bad" if hop in bad else "dim" if hidden else "good"
        hidden = hidden or (hop in bad and not visit.house.core.line.connected)
        stretches.append(Stretch(HOP_WORDS[hop][1 if visit.language == "en" else 0], mark))
    if not visit.house.core.line.connected and not bad:
        stretches[-1] = Stretch(stretches[-1].words, "dim")
    return stretches


async def banner(visit: Visit) -> web.StreamResponse:
    """What every page shows on top, as soon as it is something else than the page has."""
    lookout = visit.house.lookout
    mark = visit.query("mark")
    await lookout.changed(int(mark) if mark.isdecimal() and len(mark) < 12 else -1, HOLD_SECONDS)
    if mark == str(lookout.mark):
        return web.Response(status=204)
    template = visit.house.templates.get_template("line/fresh.html")
    answer = page(template.render(v=visit, _=visit.say, line=await visit.house.line()))
    answer.headers["X-Mark"] = str(lookout.mark)
    return answer


ROUTES = (
    Route("GET", "/line", line),
    Route("GET", "/line/now", now, quiet=True),
    Route("GET", "/line/banner", banner, quiet=True),
)
