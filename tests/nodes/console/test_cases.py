"""The pages of exceptions: the list, the search between two mailrooms, the end, and what the applicant hears."""

from __future__ import annotations

import pytest

from mailroom.case_words import words_of
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import file_one, send_parcel
from tongban.storage.queries import Query

_AGED = Query.of("age_cases", "All deadlines have passed.", "UPDATE cases SET deadline = 1")
pytestmark = pytest.mark.federation


async def sent(halls: Halls) -> tuple[str, str]:
    """An application filed in 潮州 and its parcel on the way to 漳州; their numbers."""
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        application = (await file_one(clerk)).path.split("/")[2]
        await send_parcel(porter, application, "SEAL-0001")
        parcel = "P" + (await porter.get("/parcels")).text.split('href="/parcels/P', 1)[1].split('"')[0]
    await halls.federation.settled()
    return application, parcel


async def test_raised_listed_and_ended(halls: Halls) -> None:
    application, parcel = await sent(halls)
    async with halls.at(ACCEPTING, "porter") as porter:
        page = await porter.get(f"/parcels/{parcel}/cases")
        assert page.says("没有未了结的异常。")
        page = await porter.get(f"/parcels/{parcel}/cases/raise")
        assert page.unlabelled == []
        refused = await porter.send(page.form(f"/parcels/{parcel}/cases/raise"), note="没有选")
        assert refused.status == 400
        assert refused.says("没有选")
        page = await porter.send(refused.form(f"/parcels/{parcel}/cases/raise"), code="lost", note="快递公司说丢了")
        assert page.path == f"/parcels/{parcel}/cases"
        assert page.says(words_of("lost").do[0])
        assert page.says("快递公司说丢了")
        listed = await porter.get("/cases")
        assert listed.says("遗失")
        assert f"/parcels/{parcel}/cases" in listed.links.values()
        fresh = await porter.get("/cases/now?show=own")
        assert fresh.says(words_of("lost").do[0])
        assert "<html" not in fresh.text
        assert (await porter.get("/")).says("待本单位处理的异常")
    async with halls.at(ACCEPTING, "clerk") as clerk:
        for path in (f"/applications/{application}", f"/applications/{application}/receipt"):
            assert (await clerk.get(path)).says(words_of("lost").applicant[0])
        assert "/cases/resolve" not in (await clerk.get(f"/parcels/{parcel}/cases")).text
    async with halls.at(ACCEPTING, "porter") as porter:
        page = await porter.get(f"/parcels/{parcel}/cases")
        page = await porter.get(page.links["销结"])
        assert page.unlabelled == []
        refused = await porter.send(page.form(f"/parcels/{parcel}/cases/resolve"), resolution="found", note="")
        assert refused.status == 400
        page = await porter.send(
            refused.form(f"/parcels/{parcel}/cases/resolve"), resolution="found", note="在转运站找到了"
        )
        assert page.path == f"/parcels/{parcel}/cases"
        assert page.says("没有未了结的异常。")
        assert page.says("在转运站找到了")
    async with halls.at(ACCEPTING, "clerk") as clerk:
        page = await clerk.get(f"/applications/{application}")
        assert not page.says(words_of("lost").applicant[0])
        assert page.says("已处理:找到了")


async def test_search_between_two_mailrooms(halls: Halls) -> None:
    _, parcel = await sent(halls)
    async with halls.at(ACCEPTING, "porter") as porter:
        page = await porter.get(f"/parcels/{parcel}/cases/trace")
        assert page.unlabelled == []
        form = page.form(f"/parcels/{parcel}/cases/trace")
        assert form.values["asked_node"] == [f"nodes/{HOME}"]
        refused = await porter.send(form, note="蓝色信封", answer_by="2020-01-01")
        assert refused.status == 400
        assert refused.says("蓝色信封")
        page = await porter.send(refused.form(f"/parcels/{parcel}/cases/trace"), note="蓝色信封", answer_by="")
        assert page.says("待答复")
    await halls.federation.settled()
    async with halls.at(HOME, "porter") as other:
        listed = await other.get("/cases")
        assert listed.says("查询单待复")
        page = await other.get(f"/parcels/{parcel}/cases")
        page = await other.get(page.links["答复"])
        assert page.says("蓝色信封")
        assert page.unlabelled == []
        page = await other.send(
            page.form(f"/parcels/{parcel}/cases/answer"), outcome="not-found", note="收发室和门卫都没有"
        )
        assert page.says("没有找到")
        assert (await other.get("/cases")).says("没有未了结的异常。")
        gone = await other.get(f"/parcels/{parcel}/cases/answer?trace=9")
        assert gone.status == 404
    await halls.federation.settled()
    async with halls.at(ACCEPTING, "porter") as porter:
        assert (await porter.get(f"/parcels/{parcel}/cases")).says("收发室和门卫都没有")


async def test_the_supervisor_has_what_was_not_ended_in_time(halls: Halls) -> None:
    _, parcel = await sent(halls)
    run = halls.federation.nodes[ACCEPTING]
    async with halls.at(ACCEPTING, "porter") as porter:
        page = await porter.get(f"/parcels/{parcel}/cases/raise")
        await porter.send(page.form(f"/parcels/{parcel}/cases/raise"), code="damaged", note="压坏了")
    async with halls.at(ACCEPTING, "chief") as chief:
        assert "/cases/escalated" in (await chief.get("/")).links.values()
        assert (await chief.get("/cases/escalated")).says("没有未了结的异常。")
        for show in ("own", "all", "escalated", "nonsense"):
            assert (await chief.get(f"/cases?show={show}")).status == 200
        await run.core.database.run(lambda tx: tx.execute(_AGED))
        assert (await chief.get("/cases/escalated")).says("已超过期限")
        assert (await chief.get(f"/parcels/{parcel}/cases")).says("销结")


async def test_in_english(halls: Halls) -> None:
    _, parcel = await sent(halls)
    async with halls.at(ACCEPTING, "everybody") as browser:
        page = await browser.get(f"/parcels/{parcel}/cases/raise")
        await browser.send(page.form(f"/parcels/{parcel}/cases/raise"), code="customs-hold", note="x")
        await browser.send(next(f for f in page.forms if f.action == "/language"), language="en")
        assert (await browser.get("/cases")).says(words_of("customs-hold").do[1])
