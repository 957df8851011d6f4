"""S04 专窗“本地收件—互寄—远程审批—本地出件”.

Works when: end to end with one original: out, signed, decided remotely, licence returned and handed over; no custody
gap.  Here: filed at a window of 潮州, decided in 漳州, collected in 潮州, by separate processes over gRPC.
"""

from __future__ import annotations

import itertools

import pytest
import pytest_asyncio

from nodes.demo.cast import APPLICANT, CHAOZHOU, ORIGINAL, PINGTAN, RESULT, WENCHENG, ZHANGZHOU, Place, Text
from nodes.demo.play import STEPS, Play, Report
from nodes.demo.setting import Setting
from tests.privacy import search
from tongban import errors
from tongban.clock import SystemClock, SystemEntropy
from tongban.v1 import application_pb2, approval_pb2, mailroom_pb2, parcel_pb2, window_pb2

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
