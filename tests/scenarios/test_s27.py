"""S27 远程视频公证、取证: its paper leg.

Works when: only PRC nationals and listed matters; venue and witness recorded; the paper statement mailed to the notary
is tracked.  Here: the statement that was signed before the camera goes from the window abroad in the diplomatic bag, a
leg without a waybill and without a feed, and whoever asks is told at any time who answers for it.
"""

from __future__ import annotations

import datetime as dt

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from nodes.demo.cast import WENCHENG
from nodes.demo.setting import Setting
from tests.scenarios import acting, mail
from tongban.v1 import mailroom_pb2, types_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

STILL_MISSING = "the video session itself: who may be heard, venue and witness on record; the paper leg runs"

CONSULATE = acting.place("330300-it", "海外视频公证点(米兰)", "notarial video point in Milan")
AGREEMENT = "agreements/s27-remote-notary"
STATEMENT = acting.item_of(WENCHENG, "s27-statement", "远程视频公证:财产声明", [types_pb2.MODE_AGENT])


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def agreed(setting: Setting) -> None:
    await setting.add(CONSULATE)
    await acting.publish(setting, [STATEMENT])
    clause = acting.clause_of("statements", WENCHENG, [CONSULATE], [STATEMENT])
    await acting.agree(setting, AGREEMENT, "海外远程视频公证(文成县)", [WENCHENG, CONSULATE], [clause])


async def test_the_statement_is_tracked_in_the_diplomatic_bag(setting: Setting) -> None:
    filed = await acting.submit(setting, CONSULATE, STATEMENT, mode=types_pb2.MODE_AGENT, paper=True)
    paper = f"{filed.name}/originals/{acting.DEED}"
    await acting.until_state(setting, WENCHENG, filed.name, "SUBMITTED")
    packed = await mail.pack(setting, CONSULATE, WENCHENG, [paper], "TB-S27-1")
    given = await mail.give(setting, CONSULATE, packed, carrier="diplomatic-bag", waybill="")
    leg = given.legs[0]
    assert (leg.carrier, leg.waybill, leg.relay, leg.booking_node) == ("diplomatic-bag", "", "", CONSULATE.name)
    assert leg.HasField("due_time")
    on_the_way = dt.datetime.now(dt.UTC)
    await mail.until_parcel(setting, WENCHENG, packed.parcel.name, "WITH_CARRIER")
    chain = await acting.chain(setting, WENCHENG, filed.name, acting.DEED)
    assert (chain[-1].kind, chain[-1].answerable_node) == (mail.LEG, CONSULATE.name)
    await mail.take(setting, WENCHENG, packed, waybill="")
    opened = await mail.look_through(setting, WENCHENG, packed.parcel.name)
    assert mail.open_codes(opened) == {}
    # Also afterwards: who had it then.
    caller = await mail.mailroom(setting, WENCHENG)
    then = Timestamp()
    then.FromDatetime(on_the_way)
    asked = mailroom_pb2.GetCustodyRequest(original=paper, at_time=then)
    answer = await caller(caller.mailroom.GetCustody, asked)
    assert (answer.current.kind, answer.current.answerable_node) == (mail.LEG, CONSULATE.name)
    now = await caller(caller.mailroom.GetCustody, mailroom_pb2.GetCustodyRequest(original=paper))
    assert (now.current.kind, now.current.post.node) == (mail.POST, WENCHENG.name)
