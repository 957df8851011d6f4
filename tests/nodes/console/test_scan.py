"""The scan page as somebody with a scanner has it: one field, one POST a scan, no scripts."""

from __future__ import annotations

import html
import re

import pytest

from mailroom.domain.labels import Command, ItemLabel
from mailroom.domain.legs import is_vouched_for
from nodes.desk.photos import open_photo
from tests.nodes.console.browser import Browser, Sight
from tests.nodes.console.conftest import ACCEPTING, HOME, QUICK, Halls
from tests.nodes.console.test_journey import file_one
from tongban.storage.queries import Query
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2

WAYBILL = "EB123456785CN"
SEAL = "SEAL-0001"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 60_000


_READINGS = Query.of("readings", "Who read what.", "SELECT stream FROM readings ORDER BY reading_id")


async def scanned(browser: Browser, *texts: str) -> Sight:
    """Scan these; the page as it is then."""
    page = await browser.get("/scan")
    for text in texts:
        page = await browser.send(page.form("/scan"), scan=text)
        assert page.status == 200, page.text
    return page


async def packed(porter: Browser, number: str, seal: str = SEAL) -> tuple[str, str]:
    """A sealed parcel and the text of its code."""
    page = await porter.get(f"/parcels/pack?application={number}")
    label = await porter.send(page.form(), seals=seal)
    found = re.search(r"data-stub>([^<]+)<", label.text)
    assert found is not None, label.text
    return label.path.removesuffix("/label"), html.unescape(found[1])


def cue(page: Sight) -> str:
    """What the page sounds like."""
    found = re.search(r'data-cue="(\w+)"', page.text)
    assert found is not None
    return found[1]


async def sent(halls: Halls) -> tuple[str, str]:
    """A parcel on its way from 潮州 to 漳州, handed over by scans: its path and code."""
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        number = (await file_one(clerk)).path.split("/")[2]
        path, code = await packed(porter, number)
        page = await porter.get("/scan")
        batch = next(form for form in page.forms if form.values.get("mode") == ["out"])
        page = await porter.send(batch, carrier="ems")
        assert page.says("交出:请扫邮包码")
        page = await scanned(porter, WAYBILL, code, SEAL)
        assert page.says("已交出"), page.text
        assert cue(page) == "done"
        assert f"/print/handover?parcel={path[1:]}" in html.unescape(page.text)
    await halls.federation.settled()
    return path, code


@pytest.mark.federation
async def test_a_parcel_goes_through_the_scanner(halls: Halls) -> None:
    path, code = await sent(halls)
    home = halls.federation.nodes[HOME].core
    async with halls.at(HOME, "porter") as porter:
        page = await scanned(porter, SEAL, WAYBILL)
        assert page.says("请扫邮包码")
        page = await scanned(porter, code)
        assert page.says("已接收"), page.text
        assert cue(page) == "done"
        held = (await home.state(path[1:])).custody
        assert (held.post.node, held.post.post) == (f"nodes/{HOME}", "mailroom-1")

        page = await scanned(porter, code, SEAL)
        assert page.says("请第二人输入自己的用户名")
        alone = await scanned(porter, "porter")
        assert cue(alone) == "bad"
        assert alone.says("第二人不能是拆封人自己")
        assert (await scanned(porter, "clerk")).says("第二人应为本节点收发室的人员")
        page = await scanned(porter, "everybody")
        assert page.says("已拆封"), page.text
        item = (await home.state(path[1:])).manifest[0].item
        page = await scanned(porter, ItemLabel.of(item).text, Command.DAMAGED.text, Command.DONE.text)
        assert page.says("核对已登记"), page.text
        assert cue(page) == "warn"
        state = await home.state(path[1:])
        assert state.state == lifecycle_pb2.PARCEL_STATE_RECONCILED
        assert [(c.item, c.outcome) for c in state.checks] == [(item, parcel_pb2.CHECK_OUTCOME_DAMAGED)]
        detail = await porter.get(path)
        assert detail.says("破损")
        assert detail.says("接收扫描")


@pytest.mark.federation
async def test_what_is_misread_is_told_in_both_languages_and_changes_nothing(halls: Halls) -> None:
    async with halls.at(HOME, "porter") as porter:
        page = await scanned(porter, "TBC:DANCE")
        assert cue(page) == "bad"
        assert 'role="alert"' in page.text
        assert page.text.index("不是操作单上的码") < page.text.index("not a code of the command sheet")
        assert cue(await scanned(porter, Command.UNDO.text)) == "bad"
        page = await scanned(porter, "SEAL-1")
        assert cue(page) == "good"
        page = await scanned(porter, Command.UNDO.text)
        assert page.says("已撤销 SEAL-1")
    async with halls.at(HOME, "clerk") as clerk:
        assert (await clerk.get("/scan")).status == 403


@pytest.mark.federation
async def test_a_page_that_is_sent_again_scans_nothing_again(halls: Halls) -> None:
    async with halls.at(HOME, "porter") as porter:
        form = (await porter.get("/scan")).form("/scan")
        first = await porter.send(form, scan="SEAL-1")
        again = await porter.send(form, scan="SEAL-2")
        assert again.says("这一页过时了")
        assert "SEAL-1" in first.text
        assert "SEAL-2" not in again.text
        # Another desk, another browser: what was scanned is there.
        async with halls.at(HOME, "porter") as other:
            assert "SEAL-1" in (await other.get("/scan")).text


@pytest.mark.federation
async def test_one_person_opens_before_a_camera(halls: Halls) -> None:
    path, code = await sent(halls)
    async with halls.at(HOME, "porter") as porter:
        page = await scanned(porter, code, SEAL, WAYBILL, code, SEAL)
        form = page.form("/scan/photo")
        bad = await porter.send(form, {"photo": (b"no picture", "image/png")})
        assert bad.says("照片须为 JPEG 或 PNG")
        opened = await porter.send(form, {"photo": (PNG, "image/png")})
        assert opened.says("已拆封"), opened.text
    await halls.federation.settled()
    sender = halls.federation.nodes[ACCEPTING].core
    parts = await sender.database.run(lambda tx: sender.sealer.open_all(tx, path[1:]))
    event = next(event for event, _, _ in parts if event.HasField("parcel_opened"))
    pieces = [(name, content) for each, name, content in parts if each.event_id == event.event_id]
    assert event.parcel_opened.witness == ""
    assert open_photo("photo", event.parcel_opened.photo_digest, pieces) == PNG
    async with halls.at(ACCEPTING, "porter") as giver, halls.at(ACCEPTING, "clerk") as clerk:
        page = await giver.get(path)
        assert page.says("有照片")
        page = await giver.send(page.form(f"{path}/sealed"))
        assert page.says("拆封照片")
        form = page.form(f"{path}/picture")
        async with giver.http.post(f"{path}/picture", data={k: v[0] for k, v in form.values.items()}) as answer:
            assert answer.headers["Content-Disposition"].endswith('.png"')
            assert await answer.read() == PNG
        assert (await clerk.get(path)).says("拆封")
        assert not any(form.action.endswith("/sealed") for form in (await clerk.get(path)).forms)
    readings = await sender.database.run(lambda tx: tx.fetch_all(_READINGS))
    assert [row["stream"] for row in readings] == [path[1:]] * 2


@pytest.mark.federation
async def test_one_photograph_of_a_batchs_waybills(halls: Halls) -> None:
    core = halls.federation.nodes[ACCEPTING].core
    batch = ((SEAL, WAYBILL), ("SEAL-0002", "EB000000005CN"))
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        names = []
        page = await porter.get("/scan")
        page = await porter.send(next(f for f in page.forms if f.values.get("mode") == ["out"]), carrier="ems")
        assert not any(form.action == "/scan/waybills" for form in page.forms)
        for seal, waybill in batch:
            path, code = await packed(porter, (await file_one(clerk)).path.split("/")[2], seal)
            page = await scanned(porter, code, seal, waybill)
            assert page.says("已交出"), page.text
            names.append(path[1:])

        form = page.form("/scan/waybills")
        assert form.values["parcel"] == names
        assert "waybills" in page.ids
        assert not page.unlabelled
        before = [(await core.state(name)).version for name in names]
        bad = await porter.send(form, {"photo": (b"no picture", "image/png")})
        assert cue(bad) == "bad"
        assert bad.text.index("照片须为 JPEG 或 PNG") < bad.text.index("a photograph is a JPEG or PNG")
        assert cue(await porter.send(form)) == "bad", "no file at all"
        assert [(await core.state(name)).version for name in names] == before
        none = await porter.send(form, {"photo": (PNG, "image/png")}, parcel=[])
        assert none.says("请勾选照片上的邮包")
        assert [(await core.state(name)).version for name in names] == before

        done = await porter.send(form, {"photo": (PNG, "image/png")})
        assert cue(done) == "done", done.text
        assert done.says("面单照片已登记,2 个邮包,齐了")
        assert done.says("没有待补的面单照片。")
        legs = [(await core.state(name)).legs[-1] for name in names]
        assert all(is_vouched_for(leg) for leg in legs)
        assert len({leg.waybill_photo_digest for leg in legs}) == 2, "each has a salt of its own"
        again = await porter.send(form, {"photo": (PNG, "image/png")})
        assert cue(again) == "bad"
        assert [(await core.state(name)).legs[-1] for name in names] == legs


@pytest.mark.federation
async def test_a_parcels_page_is_told_of_a_carriers_word(halls: Halls) -> None:
    path, _ = await sent(halls)
    async with halls.at(HOME, "porter") as porter:
        page = await porter.get(path)
        mark = re.search(r'/now" data-mark="(\w+)"', page.text)
        assert mark is not None
        quiet = await porter.get(f"{path}/now?mark={mark[1]}")
        assert quiet.status == 204
        giver = halls.federation.nodes[ACCEPTING]
        word = mailroom_pb2.RecordObservationRequest(name=path[1:], leg=1, meaning="delivering", text="快递员正在派送")
        await giver.desks.mailroom.record_observation(giver.staff("mailroom-1"), word)
        await halls.federation.settled()
        fresh = await porter.get(f"{path}/now?mark={mark[1]}")
        assert fresh.status == 200
        assert fresh.says("派送中")
        assert fresh.headers["X-Mark"] != mark[1]
        assert not fresh.says("快递员正在派送"), "a carrier's own words are sealed"
        sealed = (await porter.get(path)).form(f"{path}/sealed")
        assert (await porter.send(sealed)).says("快递员正在派送")


@pytest.mark.federation
async def test_a_parcel_at_the_wrong_post_is_named_its_way_and_sent_on(halls: Halls) -> None:
    path, code = await sent(halls)
    core, desks = halls.federation.nodes[HOME].core, halls.federation.nodes[HOME].desks
    role = frozenset({"mailroom"})
    await desks.staff.add("helper", "helper-password", title="helper", roles=role, post="window-1", cost=QUICK)
    async with halls.at(HOME, "helper") as helper, halls.at(HOME, "porter") as porter:
        page = await scanned(helper, code, SEAL, WAYBILL)
        assert cue(page) == "warn"
        assert page.says("误投")
        assert page.says('应送往 <strong class="big">漳州市 收发室')
        listed = await helper.get("/parcels?show=astray")
        assert path in listed.links.values()
        assert path not in (await helper.get("/parcels?show=open")).links.values()
        page = await helper.get(page.links["改寄"])
        assert page.form().values["destination"] == [f"nodes/{HOME}|mailroom-1"]
        page = await helper.send(page.form())
        assert page.path == f"{path}/dispatch", page.text
        given = await helper.send(page.form(), stub=code, seals=SEAL, carrier="hand", waybill="")
        assert given.says("在途"), given.text
        taken = await scanned(porter, code, SEAL, Command.DONE.text)
        assert cue(taken) == "done", taken.text
        state = await core.state(path[1:])
        assert state.custody.post == state.destination
