"""Whom a node is told about: itself and its partners, when they were last seen and what waits for them."""

from __future__ import annotations

import asyncio
import datetime as dt

from gateway.links import list_links
from tests.federation.stage import ACCEPTING, HOME, OUTSIDE, Stage, play
from tests.gateway.kit import ACCEPTING as ACCEPTING_NODE
from tests.gateway.kit import HOME as HOME_NODE
from tests.gateway.kit import world

A, H, FAR = f"nodes/{ACCEPTING}", f"nodes/{HOME}", f"nodes/{OUTSIDE}"


def test_a_partner_that_leaves_is_said_to_be_away_since_then() -> None:
    async def act(stage: Stage) -> None:
        gateway = stage.federation.gateway
        assert gateway is not None
        answer = await list_links(gateway, A, [])
        assert [(link.node, link.connected, link.unread) for link in answer.links] == [(H, True, 0), (A, True, 0)]
        assert answer.gateway_time.ToDatetime(dt.UTC) == stage.federation.clock.now()
        await asyncio.sleep(60)
        stage.home.line.cut()
        await asyncio.sleep(1)
        left = stage.federation.clock.now()
        await asyncio.sleep(7200)
        await stage.journey().submit()
        await asyncio.sleep(5)
        home = (await list_links(gateway, A, [H])).links[0]
        assert not home.connected
        assert abs(home.since_time.ToDatetime(dt.UTC) - left) <= dt.timedelta(seconds=2)
        assert home.unread == 1

    play(act)


def test_a_stranger_is_not_told_of() -> None:
    async def act(stage: Stage) -> None:
        gateway = stage.federation.gateway
        assert gateway is not None
        assert [link.node for link in (await list_links(gateway, A, [FAR, H, "nodes/none"])).links] == [H]
        assert [link.node for link in (await list_links(gateway, FAR, [A, H])).links] == []
        assert [link.node for link in (await list_links(gateway, FAR, [])).links] == [FAR]

    play(act, regions=(HOME, ACCEPTING, OUTSIDE))


def test_after_the_gateway_started_again_a_node_was_seen_when_it_last_acknowledged() -> None:
    async def act(stage: Stage) -> None:
        gateway = stage.federation.gateway
        assert gateway is not None
        await gateway.flush_cursors()
        stage.home.line.cut()
        stage.accepting.line.cut()
        await stage.federation.stop_gateway()
        again = await stage.federation.start_gateway()
        link = (await list_links(again, A, [H])).links[0]
        assert not link.connected
        assert link.HasField("since_time")

    play(act)


async def test_what_was_acknowledged_before_is_looked_up_once(database_url: str) -> None:
    async with world(database_url) as w:
        w.core.note_cursors(HOME_NODE, {"mailbox": 0, "feeds/nodes": 1})
        await w.core.flush_cursors()
        w.core.last_seen.clear()
        links = {link.node: link for link in (await list_links(w.core, ACCEPTING_NODE, [])).links}
        assert links[HOME_NODE].HasField("since_time")
        assert not links[ACCEPTING_NODE].HasField("since_time")
        assert {HOME_NODE, ACCEPTING_NODE} <= set(w.core.last_seen)
