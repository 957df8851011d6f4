"""The relay in a whole federation: what carriers say reaches both nodes once, and orders are carried out."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from typing import Any

import pytest

from mailroom.carriers.base import Meaning, SignedBy, Source
from mailroom.domain.exceptions import is_open
from mailroom.domain.transit import MOST_OBSERVATIONS
from nodes.core import NodeCore
from nodes.journal.drafts import Actor, Draft
from nodes.relay.observing import NOTE_PART, RAW_PART
from nodes.relay.runtime import say_carriers
from nodes.store import QUERIES
from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tests.relay.participating import (
    RELAY,
    SEAL,
    WAYBILL,
    SpokenFeeds,
    booked,
    carrier_order,
    dispatched,
    kill_relay,
    packed,
    parcel_at,
    seen,
    start_relay,
    stop_relay,
    taken_in,
    until,
)
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import leg_pb2, mailroom_pb2, parcel_pb2

VISIBLE = 2.0
"""Seconds within which a push is to be seen at the nodes."""


def codes(parcel: parcel_pb2.Parcel) -> list[str]:
    """What is wrong and open."""
    return sorted(each.code for each in parcel.exceptions if is_open(each))


async def read_parts(core: NodeCore, parcel: str, part: str) -> list[str]:
    """Everything sealed under a name that opens at a node."""

    def work(tx: Transaction) -> list[str]:
        opened = core.sealer.open_all(tx, parcel)
        return [plain.decode() for _, name, plain in opened if name == part]

    return await core.database.run(work, read_only=True)


async def by_relay(stage: Stage, parcel: str, region: str = HOME) -> int:
    """How many events of the relay a parcel has."""
    core = stage.federation.nodes[region].core
    rows = await core.database.run(lambda tx: tx.fetch_all(QUERIES.list_history, {"stream": parcel}))
    return sum(row["author"] == RELAY for row in rows)


def test_what_a_carrier_says_is_at_both_nodes_in_a_moment_and_only_they_read_its_words() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel)
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        assert feeds.watched[leg] == ("shunfeng", "SF1234567890", "")
        now = stage.federation.clock.now()
        feeds.say(leg, seen(Meaning.ACCEPTED, now), seen(Meaning.MOVING, now + dt.timedelta(seconds=1)))

        async def is_there() -> bool:
            states = [await parcel_at(stage, region, parcel.parcel.name) for region in (HOME, ACCEPTING)]
            return all(len(state.legs[0].observations) == 2 for state in states)

        assert await until(is_there) <= VISIBLE
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        assert [each.meaning for each in state.legs[0].observations] == ["accepted", "moving"]
        assert state.legs[0].carrier_word == "moving"
        assert state.custody.kind == parcel_pb2.HOLDER_KIND_LEG
        for run in (stage.home, stage.accepting):
            raw = [json.loads(each) for each in await read_parts(run.core, state.name, RAW_PART)]
            assert [each["text"] for each in raw] == ["快件已到 张三 13800000000"] * 2
            assert raw[0]["local_time"].count(":") == 2
        for disk in ("gateway", "relay"):
            assert b"13800000000" not in stage.disks.disk(disk).image()
        assert not feeds.waiting
        await taken_in(stage, parcel)
        await until(lambda: leg in feeds.forgotten)
        assert leg not in feeds.watched
        await stop_relay(stage, relay)

    play(act)


def test_a_feed_that_never_stops_talking_makes_so_many_events_and_no_more() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel)
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        begun = stage.federation.clock.now() - dt.timedelta(hours=1)
        for batch in range(5):
            words = [seen(Meaning.MOVING, begun + dt.timedelta(seconds=batch * 60 + n)) for n in range(60)]
            feeds.say(leg, *words)
            await until(lambda: not feeds.waiting)
        feeds.say(leg, seen(Meaning.DELIVERED, stage.federation.clock.now()))
        await until(lambda: not feeds.waiting)
        await stage.federation.settled()
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        assert state.legs[0].carrier_word == "delivered"
        assert state.version < MOST_OBSERVATIONS + 40
        await stop_relay(stage, relay)

    play(act)


def test_what_a_member_types_without_end_keeps_no_carrier_from_being_heard() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        name = parcel.parcel.name
        leg = await booked(stage, parcel)
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        now = stage.federation.clock.now()
        for batch in range(0, MOST_OBSERVATIONS, 25):
            await _type(stage.accepting.core, [_typed(name, batch + number, now) for number in range(25)])
        await stage.federation.settled()
        feeds.say(leg, seen(Meaning.ACCEPTED, now))
        await until(lambda: not feeds.waiting)
        await stage.federation.settled()
        state = await parcel_at(stage, HOME, name)
        assert len(state.legs[0].observations) == MOST_OBSERVATIONS
        assert [each.meaning for each in state.legs[0].observations if each.source != "manual"] == ["accepted"]
        await stop_relay(stage, relay)

    play(act)


async def _type(core: NodeCore, words: list[Draft]) -> None:
    await core.record(Actor("s-tester", "mailroom-1"), lambda view: (words, None))


def _typed(parcel: str, number: int, when: dt.datetime) -> Draft:
    word = parcel_pb2.CarrierObserved(leg=1, code="delivered", meaning="delivered", source="manual")
    word.observation_id = number.to_bytes(16, "big")
    word.observe_time.FromDatetime(when)
    return Draft(parcel, "carrier_observed", word)


def test_the_same_word_pushed_and_pulled_and_told_again_is_one() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel)
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        now = stage.federation.clock.now()
        word = seen(Meaning.MOVING, now, source=Source.PUSH)
        for again in (
            word,
            seen(Meaning.MOVING, now),
            word,
            seen(Meaning.MOVING, now, text="快件已到  张三 13800000000"),
        ):
            feeds.say(leg, again, again)
        await until(lambda: not feeds.waiting)
        await stage.federation.settled()
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        assert len(state.legs[0].observations) == 1
        assert await by_relay(stage, parcel.parcel.name) == 1
        await stop_relay(stage, relay)

    play(act)


def test_words_that_are_an_exception_open_it_at_once_with_an_owner() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel)
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        now = stage.federation.clock.now()
        said: list[Any] = [
            (seen(Meaning.PROBLEM, now, code="kd.209", exception="damaged"), "damaged"),
            (seen(Meaning.UNKNOWN, now, code="kd.777", exception="unknown-code"), "unknown-code"),
            (seen(Meaning.PROBLEM, now, code="kd.203", exception="refused"), "refused"),
            (seen(Meaning.PROBLEM, now, code="kd.203", text="再次拒收", exception="refused"), "refused"),
            (seen(Meaning.DELIVERED, now, code="kd.303", signed_by=SignedBy.AGENT), "signed-by-other"),
        ]
        for word, code in said:
            feeds.say(leg, word)

            async def is_open_now(code: str = code) -> bool:
                return code in codes(await parcel_at(stage, ACCEPTING, parcel.parcel.name))

            assert await until(is_open_now) <= VISIBLE
        await stage.federation.settled()
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        assert codes(state) == ["damaged", "refused", "signed-by-other", "unknown-code"]
        assert all(each.owner and each.HasField("deadline_time") for each in state.exceptions)
        assert state.custody.kind == parcel_pb2.HOLDER_KIND_LEG
        await stop_relay(stage, relay)

    play(act)


def test_a_waybill_is_ordered_by_the_legs_name_and_its_number_comes_to_both_nodes() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel, order=carrier_order())
        await until(lambda: leg in feeds.ordered)
        request = feeds.ordered[leg]
        assert (request.key, request.receiver.city, request.weight_grams) == (leg, "漳州市", 300)
        feeds.assign(leg, "SF7777777777", "ref-1")
        await until(lambda: leg in feeds.watched)
        assert feeds.watched[leg] == ("shunfeng", "SF7777777777", "0596-7654321")
        await stage.federation.settled()
        for region in (HOME, ACCEPTING):
            state = await parcel_at(stage, region, parcel.parcel.name)
            assert (state.legs[0].waybill, state.legs[0].carrier_order) == ("SF7777777777", "ref-1")
        assert "胜利路".encode() not in stage.disks.disk("gateway").image()
        with contextlib.suppress(errors.SealNotForUs):
            assert await read_parts(stage.home.core, parcel.parcel.name, "order") == []
        await stop_relay(stage, relay)

    play(act)


def test_a_refused_order_is_an_exception_with_its_reason_and_a_cancelled_leg_is_cancelled_there() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel, order=carrier_order())
        await until(lambda: leg in feeds.ordered)
        refusal = errors.CarrierRefused(carrier="shunfeng", code="8016", said="超出服务范围", where="-")
        feeds.refuse(leg, refusal)
        feeds.refuse(leg, refusal)

        async def is_said() -> bool:
            return codes(await parcel_at(stage, ACCEPTING, parcel.parcel.name)) == ["order-failed"]

        await until(is_said)
        await until(lambda: not feeds.waiting)
        await stage.federation.settled()
        assert await by_relay(stage, parcel.parcel.name) == 1
        (note,) = await read_parts(stage.accepting.core, parcel.parcel.name, NOTE_PART)
        assert "超出服务范围" in note
        feeds.ordered.clear()
        cancelled = Draft(parcel.parcel.name, "leg_cancelled", leg_pb2.LegCancelled(leg=1))
        await stage.accepting.core.record(Actor("s-tester", "mailroom-1"), lambda view: ([cancelled], None))
        await until(lambda: leg in feeds.cancelled)
        feeds.cancel_done(leg)
        await until(lambda: not feeds.waiting)
        assert not feeds.ordered
        assert codes(await parcel_at(stage, ACCEPTING, parcel.parcel.name)) == []
        await stop_relay(stage, relay)

    play(act)


def test_an_order_that_does_not_open_is_said_at_once() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        await booked(stage, parcel, order=type(carrier_order())())

        async def is_said() -> bool:
            return codes(await parcel_at(stage, ACCEPTING, parcel.parcel.name)) == ["order-failed"]

        assert await until(is_said) <= VISIBLE
        assert not feeds.ordered
        await stop_relay(stage, relay)

    play(act)


def test_a_relay_that_was_away_for_days_brings_everything_and_nodes_go_on_without_it() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        first = await packed(stage)
        leg = await booked(stage, first)
        await dispatched(stage, first)
        await until(lambda: leg in feeds.watched)
        await kill_relay(stage, relay)
        second = await packed(stage)
        other = await booked(stage, second)
        await dispatched(stage, second)
        await asyncio.sleep(5 * 86400)
        await taken_in(stage, first)
        await stage.federation.settled()
        state = await parcel_at(stage, ACCEPTING, first.parcel.name)
        assert state.custody.post.node == f"nodes/{HOME}"
        now = stage.federation.clock.now()
        for hours in range(20):
            feeds.say(leg, seen(Meaning.MOVING, now - dt.timedelta(hours=100 - hours)))
        relay = await start_relay(stage, feeds)
        await until(lambda: leg in feeds.forgotten and other in feeds.watched and not feeds.waiting)
        await stage.federation.settled()
        for region in (HOME, ACCEPTING):
            state = await parcel_at(stage, region, first.parcel.name)
            assert len(state.legs[0].observations) == 20
            # What was taken in meanwhile is not called late by a relay that had not heard of it yet.
            assert codes(state) == []
            overdue = codes(await parcel_at(stage, region, second.parcel.name))
            assert "late" in overdue
        await stop_relay(stage, relay)

    play(act)


def test_a_desk_orders_by_the_relay_that_hears_the_carrier_and_hands_over_on_its_waybill() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        desk, clerk = stage.accepting.desks.mailroom, stage.accepting.staff("mailroom-1")
        request = mailroom_pb2.OfferParcelRequest(name=parcel.parcel.name, carrier="shunfeng", order=carrier_order())
        with pytest.raises(errors.FieldInvalid, match="no relay"):
            await desk.offer_parcel(clerk, request)
        assert await say_carriers(relay.core, ["ems", "shunfeng"], [])
        await stage.federation.settled()
        with pytest.raises(errors.FieldInvalid, match="no relay in the directory"):
            await desk.offer_parcel(clerk, request)
        assert await say_carriers(relay.core, ["ems", "shunfeng"], ["shunfeng"])
        assert not await say_carriers(relay.core, ["ems", "shunfeng"], ["shunfeng"])
        await stage.federation.settled()
        heard_only = mailroom_pb2.OfferParcelRequest(name=parcel.parcel.name, carrier="ems", order=carrier_order())
        with pytest.raises(errors.FieldInvalid, match="from these one does: shunfeng") as refused:
            await desk.offer_parcel(clerk, heard_only)
        assert refused.value.field == "carrier"
        assert "不能向EMS订运单,能订的是:顺丰速运" in refused.value.text("zh")
        offered = await desk.offer_parcel(clerk, request)
        assert (offered.legs[0].relay, offered.legs[0].order) == (RELAY, True)
        leg = f"{parcel.parcel.name}/legs/1"
        await until(lambda: leg in feeds.ordered)
        feeds.assign(leg, WAYBILL)
        await until(lambda: leg in feeds.watched)
        await stage.federation.settled()
        handed = await desk.dispatch_parcel(
            clerk,
            mailroom_pb2.DispatchParcelRequest(
                name=parcel.parcel.name, carrier="shunfeng", seals=[SEAL], stub=parcel.stub
            ),
        )
        assert handed.custody.leg == leg
        assert handed.legs[0].dispatch.waybill == WAYBILL
        assert codes(handed) == []
        await stop_relay(stage, relay)

    play(act)
