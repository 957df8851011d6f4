"""S04 专窗“本地收件—互寄—远程审批—本地出件”.

Works when: end to end with one original: out, signed, decided remotely, licence returned and handed over; no custody
gap.  Here: filed at a window of 潮州, decided in 漳州, collected in 潮州, by separate processes over gRPC.  Then with a
carrier that is heard, a parcel that comes to a wrong post, and one whose contents are short.
"""

from __future__ import annotations

import itertools

import pytest
import pytest_asyncio

from nodes.demo.cast import (
    APPLICANT,
    CHAOZHOU,
    ORIGINAL,
    PINGTAN,
    RESULT,
    WENCHENG,
    ZHANGZHOU,
    Place,
    Text,
    submission,
)
from nodes.demo.client import until
from nodes.demo.play import STEPS, Play, Report
from nodes.demo.setting import RELAY, Setting
from tests.carriers.kuaidi import FORM, SUCCESS, KuaidiStandIn
from tests.privacy import search
from tests.scenarios import acting, mail
from tongban import errors
from tongban.clock import SystemClock, SystemEntropy
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    mailroom_pb2,
    parcel_pb2,
    window_pb2,
)

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

POST, LEG, PERSON = parcel_pb2.HOLDER_KIND_POST, parcel_pb2.HOLDER_KIND_LEG, parcel_pb2.HOLDER_KIND_APPLICANT


class Quiet:
    """An audience that keeps what it was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, str]] = []

    def begin(self, number: int, what: Text, place: Place, user: str) -> None:
        self.steps.append((number, f"{place.region}:{user}"))

    def done(self, detail: Text, seconds: float) -> None:
        pass

    def custody(self, original: str, chain: list[parcel_pb2.Custody]) -> None:
        pass


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def report(setting: Setting) -> Report:
    """One application, all the way."""
    audience = Quiet()
    report = await Play(setting.clients, audience, SystemClock(), SystemEntropy()).run()
    assert [number for number, _ in audience.steps] == list(range(1, STEPS + 1))
    return report


async def view_at(setting: Setting, place: Place, report: Report) -> window_pb2.ApplicationView:
    caller = await setting.clients[place.region].staff("window")
    name = f"applications/{report.application}"
    return await caller(caller.window.GetApplication, window_pb2.GetApplicationRequest(name=name))


async def test_it_is_closed_and_every_event_has_its_receipt(report: Report) -> None:
    assert report.state == "CLOSED"
    assert report.events == report.receipts >= 20
    assert len(report.parcels) == 2


async def test_both_nodes_hold_the_same_history(setting: Setting, report: Report) -> None:
    here, there = await view_at(setting, CHAOZHOU, report), await view_at(setting, ZHANGZHOU, report)
    assert here.application == there.application
    assert [(e.stream, e.version, e.event_id, e.author) for e in here.history] == [
        (e.stream, e.version, e.event_id, e.author) for e in there.history
    ]
    versions: dict[str, list[int]] = {}
    for entry in here.history:
        versions.setdefault(entry.stream, []).append(entry.version)
    assert len(versions) == 3
    for numbers in versions.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


async def test_only_the_home_decided_and_only_the_window_filed_and_handed_out(setting: Setting, report: Report) -> None:
    authors = {e.event_type: e.author for e in (await view_at(setting, CHAOZHOU, report)).history}
    for decision in ("application_accepted", "review_started", "application_approved", "result_issued"):
        assert authors[decision] == ZHANGZHOU.name
    for step in ("application_submitted", "result_ready", "result_collected", "parcel_collected"):
        assert authors[step] == CHAOZHOU.name


async def test_each_original_has_exactly_one_holder_at_each_moment(setting: Setting, report: Report) -> None:
    name = f"applications/{report.application}"
    application = (await view_at(setting, CHAOZHOU, report)).application
    named = [m.original for m in application.materials] + [d.original for d in application.results]
    originals = {f"{name}/originals/{each}" for each in filter(None, named)}
    assert originals == {f"{name}/originals/{ORIGINAL}", f"{name}/originals/{RESULT}"} == set(report.chains)
    history = {e.event_id: e.stream for e in (await view_at(setting, ZHANGZHOU, report)).history}
    for chain in report.chains.values():
        assert chain[0].kind == POST
        for before, after in itertools.pairwise(chain):
            # Each holder begins where the one before ends, so there is neither a gap nor an overlap.
            assert before.since_time.ToNanoseconds() <= after.since_time.ToNanoseconds()
            assert (before.kind, before.post, before.leg) != (after.kind, after.post, after.leg)
            if before.kind == POST and after.kind == POST:
                assert before.post.node == after.post.node, "between two nodes there is a leg"
        for each in chain:
            assert history[each.event_id] == each.stream, "every move rests on an event of the history"
            if each.kind == LEG:
                assert each.leg.rpartition("/legs/")[0].removeprefix("parcels/") in report.parcels
                assert each.answerable_node


async def test_the_papers_went_the_way_that_they_should(report: Report) -> None:
    deed, licence = (report.chains[f"applications/{report.application}/originals/{o}"] for o in (ORIGINAL, RESULT))
    assert [(c.kind, c.post.node) for c in deed] == [
        (POST, CHAOZHOU.name),
        (POST, CHAOZHOU.name),
        (LEG, ""),
        (POST, ZHANGZHOU.name),
    ]
    assert [(c.kind, c.post.node) for c in licence] == [
        (POST, ZHANGZHOU.name),
        (POST, ZHANGZHOU.name),
        (LEG, ""),
        (POST, CHAOZHOU.name),
        (POST, CHAOZHOU.name),
        (PERSON, ""),
    ]


async def test_both_nodes_say_the_same_of_every_original(setting: Setting, report: Report) -> None:
    for original, chain in report.chains.items():
        for place in (CHAOZHOU, ZHANGZHOU):
            caller = await setting.clients[place.region].staff("mailroom")
            asked = mailroom_pb2.GetCustodyRequest(original=original)
            answer = await caller(caller.mailroom.GetCustody, asked)
            assert list(answer.chain) == chain
            assert answer.current == chain[-1]


async def test_the_pickup_code_cannot_be_used_twice(setting: Setting, report: Report) -> None:
    caller = await setting.clients[CHAOZHOU.region].staff("window")
    name = f"applications/{report.application}"
    request = window_pb2.CollectResultRequest(
        name=name, pickup_code="00000000", proof=application_pb2.COLLECTION_PROOF_CODE
    )
    with pytest.raises(errors.PickupCodeUsed):
        await caller(caller.window.CollectResult, request)


@pytest.mark.parametrize("place", [PINGTAN, WENCHENG], ids=lambda place: place.region)
async def test_whoever_is_no_party_knows_nothing_of_it(setting: Setting, report: Report, place: Place) -> None:
    with pytest.raises(errors.ApplicationNotFound):
        await view_at(setting, place, report)
    mailroom = await setting.clients[place.region].staff("mailroom")
    for parcel in report.parcels:
        asked = mailroom_pb2.GetParcelRequest(name=f"parcels/{parcel}")
        with pytest.raises(errors.ParcelNotFound):
            await mailroom(mailroom.mailroom.GetParcel, asked)
    for original in report.chains:
        with pytest.raises(errors.NotFound):
            await mailroom(mailroom.mailroom.GetCustody, mailroom_pb2.GetCustodyRequest(original=original))
    numbers = {"application": report.application, **{f"parcel {i}": p for i, p in enumerate(report.parcels)}}
    assert search([setting.home.node(place.region)], numbers) == []
    # The same search, where they must be.
    assert {f.secret for f in search([setting.home.node(ZHANGZHOU.region)], numbers)} == set(numbers)


async def test_no_plaintext_reaches_the_gateway(setting: Setting, report: Report) -> None:
    caller = await setting.clients[ZHANGZHOU.region].staff("approval")
    asked = approval_pb2.OpenApplicationRequest(name=f"applications/{report.application}")
    opened = await caller(caller.approval.OpenApplication, asked)
    assert dict(opened.form) == APPLICANT, "the home can read what nobody on the way may"
    secrets = {key: APPLICANT[key] for key in ("applicant_name", "identity_number", "phone", "address")}
    secrets["serial"] = next(m.serial for m in opened.materials if m.serial)
    assert search([setting.home.gateway, setting.home.log], secrets) == []
    # The search itself works: what is open to the gateway is found there.
    assert search([setting.home.gateway], {"application": report.application})
    # At rest a node keeps it sealed, too.
    assert search([setting.home.path / "nodes"], secrets) == []


async def filed_with_paper(setting: Setting) -> tuple[str, str]:
    """An application of 潮州 for 漳州, and its original."""
    caller = await setting.clients[CHAOZHOU.region].staff("window")
    request = submission(acting.request_id())
    filed = await caller(caller.window.SubmitApplication, request)
    await acting.until_state(setting, ZHANGZHOU, filed.name, "SUBMITTED")
    return filed.name, f"{filed.name}/originals/{ORIGINAL}"


async def until_word(setting: Setting, at: Place, parcel: str, word: str) -> parcel_pb2.Parcel:
    """Until a node has heard this of the carrier."""

    async def look() -> parcel_pb2.Parcel | None:
        found = await mail.parcel(setting, at, parcel)
        return found if found.legs[-1].carrier_word == word else None

    return await until(
        look, Text(f"承运方消息“{word}”到达{at.title}", f"the carrier's {word} to arrive at {at.english}")
    )


async def subscribed(aggregator: KuaidiStandIn, waybill: str) -> None:
    """Until the relay has asked for pushes about a waybill."""

    async def look() -> bool:
        return waybill in aggregator.subscribed

    await until(look, Text("中继订阅运单", "the relay to subscribe"))


async def test_what_the_carrier_says_is_heard_at_both_ends_and_moves_nothing(
    setting: Setting, aggregator: KuaidiStandIn
) -> None:
    name, paper = await filed_with_paper(setting)
    packed = await mail.pack(setting, CHAOZHOU, ZHANGZHOU, [paper], "TB-S04-11")
    waybill = "EB900000011CN"
    given = await mail.give(setting, CHAOZHOU, packed, waybill=waybill)
    assert given.legs[0].relay == RELAY
    await subscribed(aggregator, waybill)
    aggregator.scan(waybill, "103", "已揽收")
    pushed = await aggregator.push(waybill, "ems")
    assert (pushed.status, pushed.body) == (200, SUCCESS)
    for node in (CHAOZHOU, ZHANGZHOU):
        heard = await until_word(setting, node, packed.parcel.name, "accepted")
        assert heard.custody.kind == LEG
    aggregator.scan(waybill, "303", "已签收,签收人为门卫代收")
    await aggregator.push(waybill, "ems")
    await aggregator.push(waybill, "ems")
    for node in (CHAOZHOU, ZHANGZHOU):
        heard = await until_word(setting, node, packed.parcel.name, "delivered")
        # Delivered, says the carrier: the leg still has it, and somebody else's signature is somebody's task.
        assert heard.custody.kind == LEG
        assert mail.open_codes(heard) == {"signed-by-other": CHAOZHOU.name}
        assert [each.meaning for each in heard.legs[0].observations] == ["accepted", "delivered"]
    await mail.take(setting, ZHANGZHOU, packed, waybill=waybill)
    taken = await mail.look_through(setting, ZHANGZHOU, packed.parcel.name)
    assert mail.open_codes(taken) == {}
    assert mail.holders(await acting.chain(setting, ZHANGZHOU, name, ORIGINAL))[-1] == (POST, ZHANGZHOU.name)
    # What the carrier wrote is for the parties alone.
    assert search([setting.home.gateway, setting.home.log], {"words": "门卫代收"}) == []


async def test_a_forged_push_changes_nothing(setting: Setting, aggregator: KuaidiStandIn) -> None:
    _, paper = await filed_with_paper(setting)
    packed = await mail.pack(setting, CHAOZHOU, ZHANGZHOU, [paper], "TB-S04-12")
    waybill = "EB900000025CN"
    await mail.give(setting, CHAOZHOU, packed, waybill=waybill)
    await subscribed(aggregator, waybill)
    aggregator.scan(waybill, "301", "已签收")
    forged = aggregator.push_body(waybill, "ems", salt="another salt")
    answer = await aggregator.post(aggregator.callback(waybill), forged, FORM, SUCCESS, retries=0)
    assert answer.body != SUCCESS
    aggregator.scans[waybill].clear()
    aggregator.scan(waybill, "103", "已揽收")
    await aggregator.push(waybill, "ems")
    heard = await until_word(setting, CHAOZHOU, packed.parcel.name, "accepted")
    assert [each.meaning for each in heard.legs[0].observations] == ["accepted"]


async def test_a_parcel_at_a_wrong_post_is_held_there_and_sent_on(setting: Setting) -> None:
    name, paper = await filed_with_paper(setting)
    packed = await mail.pack(setting, CHAOZHOU, ZHANGZHOU, [paper], "TB-S04-13")
    await mail.give(setting, CHAOZHOU, packed, carrier="agency-van", waybill="")
    # 平潭 is no party to this parcel; it lies on its counter all the same.
    await mail.take(setting, PINGTAN, packed, waybill="")
    astray = await mail.until_parcel(setting, PINGTAN, packed.parcel.name, "WRONG_POST")
    assert (astray.custody.kind, astray.custody.post.node) == (POST, PINGTAN.name)
    assert mail.open_codes(astray) == {"wrong-post": PINGTAN.name}
    assert (astray.destination.node, astray.destination.post) == (ZHANGZHOU.name, "mailroom-1")
    caller = await mail.mailroom(setting, PINGTAN)
    redirect = mailroom_pb2.RedirectParcelRequest(
        name=packed.parcel.name, destination=astray.destination, reason="wrong-post"
    )
    await caller(caller.mailroom.RedirectParcel, redirect)
    given = await mail.give(setting, PINGTAN, packed, carrier="hand", waybill="")
    assert (given.legs[-1].booking_node, given.custody.answerable_node) == (PINGTAN.name, PINGTAN.name)
    await mail.until_parcel(setting, ZHANGZHOU, packed.parcel.name, "WITH_CARRIER")
    await mail.take(setting, ZHANGZHOU, packed, waybill="")
    opened = await mail.look_through(setting, ZHANGZHOU, packed.parcel.name)
    assert mail.open_codes(opened) == {}
    holders = mail.holders(await acting.chain(setting, ZHANGZHOU, name, ORIGINAL))
    assert holders[-4:] == [(LEG, ""), (POST, PINGTAN.name), (LEG, ""), (POST, ZHANGZHOU.name)]


async def test_what_is_missing_blocks_no_receipt_and_has_an_owner(setting: Setting) -> None:
    name, paper = await filed_with_paper(setting)
    packed = await mail.pack(setting, CHAOZHOU, ZHANGZHOU, [paper], "TB-S04-14")
    await mail.give(setting, CHAOZHOU, packed, carrier="hand", waybill="")
    await mail.until_parcel(setting, ZHANGZHOU, packed.parcel.name, "WITH_CARRIER")
    await mail.take(setting, ZHANGZHOU, packed, waybill="")
    short = await mail.look_through(
        setting, ZHANGZHOU, packed.parcel.name, {ORIGINAL: parcel_pb2.CHECK_OUTCOME_MISSING}
    )
    assert mail.open_codes(short) == {"missing": CHAOZHOU.name}
    chain = await acting.chain(setting, ZHANGZHOU, name, ORIGINAL)
    assert (chain[-1].kind, chain[-1].answerable_node) == (mail.MISSING, CHAOZHOU.name)
    # The sender's mailroom has it on its list with a deadline, and is asked to search.
    await mail.until_parcel(setting, CHAOZHOU, packed.parcel.name, "RECONCILED")
    sender, receiver = await mail.mailroom(setting, CHAOZHOU), await mail.mailroom(setting, ZHANGZHOU)
    cases = (await sender(sender.mailroom.ListCases, mailroom_pb2.ListCasesRequest(own=True))).cases
    ours = [case for case in cases if case.parcel == packed.parcel.name]
    assert [(case.code, case.subject) for case in ours] == [("missing", paper)]
    assert ours[0].HasField("deadline_time")
    assert ours[0].advice_zh
    trace = mailroom_pb2.RequestTraceRequest(
        name=packed.parcel.name, item=paper, asked_node=CHAOZHOU.name, note="请在窗口抽屉查找房产证"
    )
    await receiver(receiver.mailroom.RequestTrace, trace)

    async def asked() -> bool:
        return bool((await mail.parcel(setting, CHAOZHOU, packed.parcel.name)).traces)

    await until(asked, Text("查询单到达", "the request to search to arrive"))
    answer = mailroom_pb2.AnswerTraceRequest(
        name=packed.parcel.name, trace=1, outcome="found", note="在窗口抽屉里,未装入"
    )
    await sender(sender.mailroom.AnswerTrace, answer)
    # It is found where it was packed: it goes again, and then nothing is missing any more.
    again = await mail.post(setting, CHAOZHOU, ZHANGZHOU, [paper], "TB-S04-15")
    assert mail.open_codes(await mail.parcel(setting, ZHANGZHOU, again)) == {}
    assert mail.holders(await acting.chain(setting, ZHANGZHOU, name, ORIGINAL))[-1] == (POST, ZHANGZHOU.name)
